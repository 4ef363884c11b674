"""Rules that name other groups: written out in full, and refused where they would go in a circle."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from crm.core.errors import FieldError
from crm.core.reason import Reason
from crm.criteria.rules import Groups, Rule, leaves

MOST_CONDITIONS = 500
MOST_LEVELS = 50
"""Of a rule with the groups that it names written out."""
TOO_LARGE = Reason("at most {conditions} conditions on {levels} levels", conditions=MOST_CONDITIONS, levels=MOST_LEVELS)


def referred(rule: Rule) -> frozenset[str]:
    """The ids of the groups that a rule names itself."""
    return frozenset(one for leaf in leaves(rule) if leaf["field"] == "segment" for one in _ids(leaf))


def dependents(segment_id: str, rules: Mapping[str, Rule]) -> list[str]:
    """The ids of the groups, of all with their rules, that name a group, or name one that does; the nearest first."""
    found: list[str] = []
    near = [segment_id]
    while near:
        near = [one for one, rule in rules.items() if one not in found and referred(rule) & {*near}]
        found += near
    return found


def resolved(rule: Rule, *, groups: Groups) -> Rule:
    """A rule that `problems` has nothing against, with the groups that it names written out."""
    if "field" not in rule:
        ((branch, parts),) = rule.items()
        if branch == "not":
            return {branch: resolved(parts, groups=groups)}
        return {branch: [resolved(part, groups=groups) for part in parts]}
    if rule["field"] != "segment":
        return rule
    named = {"any": [resolved(found, groups=groups) for one in _ids(rule) if (found := groups(one))]}
    return {"not": named} if rule["op"] == "ne" else named


def problems(
    rule: Rule, *, own: str | None, groups: Groups, name: Callable[[str], str], pointer: str = "/rule"
) -> tuple[FieldError, ...]:
    """What is wrong with the groups that a rule names: unknown ones, circles (with their path), too much in all.

    `own` is the id of the group whose rule it is to be; None for a group that is yet to be made.
    """
    found = tuple(_of_each(rule, own, groups, name, pointer))
    if not found and not fits(rule, groups=groups):
        return (FieldError(pointer, Reason("{too_large}, the groups that it names included", too_large=TOO_LARGE)),)
    return found


def _of_each(
    rule: Rule, own: str | None, groups: Groups, name: Callable[[str], str], pointer: str
) -> Iterator[FieldError]:
    for one, at in _places(rule, pointer):
        if one != own and groups(one) is None:
            yield FieldError(at, Reason("there is no group {one}", one=ascii(one[:60])))
        elif own and (circle := _circle(one, own, groups)):
            path = " → ".join(map(name, [own, *circle]))
            yield FieldError(at, Reason("would go in a circle: {path}; ask for the conditions themselves", path=path))


def _circle(start: str, own: str, groups: Groups) -> list[str] | None:
    """The way from a group back to `own`, the shortest; None where there is none."""
    ways = [[start]]
    seen = {start}
    for way in ways:
        if way[-1] == own:
            return way
        onward = sorted(referred(groups(way[-1]) or {"any": []}) - seen)
        seen |= {*onward}
        ways += [[*way, one] for one in onward]
    return None


def fits(rule: Rule, *, groups: Groups) -> bool:
    """Whether it stays within bounds written out: counted without writing it out, since twice two grows fast."""
    counted: dict[str, tuple[int, int]] = {}

    def of_group(one: str) -> tuple[int, int]:
        if one not in counted:
            found = groups(one)
            counted[one] = size(found) if found else (1, 1)
        return counted[one]

    def size(part: Rule) -> tuple[int, int]:
        """Conditions and levels."""
        if "field" in part and part["field"] != "segment":
            return 1, 1
        if "field" in part:
            sizes = [of_group(one) for one in _ids(part)]
            return 1 + sum(n for n, _ in sizes), 3 + max(levels for _, levels in sizes)
        ((branch, inner),) = part.items()
        sizes = [size(one) for one in ([inner] if branch == "not" else inner)]
        return sum(n for n, _ in sizes), 1 + max(levels for _, levels in sizes)

    conditions, levels = size(rule)
    return conditions <= MOST_CONDITIONS and levels <= MOST_LEVELS


def _places(rule: Any, at: str) -> Iterator[tuple[str, str]]:
    """Every group that is named, and where."""
    if "field" not in rule:
        ((branch, parts),) = rule.items()
        inner = [(parts, f"{at}/not")] if branch == "not" else [(p, f"{at}/{branch}/{n}") for n, p in enumerate(parts)]
        for part, place in inner:
            yield from _places(part, place)
    elif rule["field"] == "segment":
        several = rule["op"] == "in"
        for index, one in enumerate(_ids(rule)):
            yield one, f"{at}/value/{index}" if several else f"{at}/value"


def _ids(leaf: Rule) -> list[str]:
    return list(leaf["value"]) if leaf["op"] == "in" else [leaf["value"]]
