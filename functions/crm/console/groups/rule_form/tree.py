"""A rule as the form shows it: brackets and conditions, and back. Pure.

What the form cannot show so that the same comes back is kept as it is (`Kept`): it is shown as a sentence, and saved
again untouched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from crm.console.groups.rule_form import leaves
from crm.console.groups.rule_form.leaves import Condition, NotFilledIn
from crm.core.reason import Reason
from crm.criteria.own import OwnKinds

JOINS = ("all", "any", "none", "not_all")
MOST_CONDITIONS = 50
"""So many fit into a form; longer rules are kept as they are."""
ADD_ONE = Reason("Add a condition.")
Path: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Kept:
    """A part of a rule that only the API can change."""

    rule: Any


@dataclass(frozen=True)
class Bracket:
    """`join`: all of the parts, any, none, or not all of them."""

    join: str
    parts: tuple["Node", ...] = ()


Node: TypeAlias = Bracket | Condition | Kept


@dataclass
class Built:
    """The rule that a tree comes to, where each of its parts stands in it, and what is not filled in yet."""

    rule: Any = None
    places: dict[str, Path] = field(default_factory=dict)
    wrong: dict[Path, Reason] = field(default_factory=dict)


def of(rule: Mapping[str, Any], own: OwnKinds) -> Bracket:
    """The tree of a rule that is sound."""
    found = _node(rule, own)
    root = found if isinstance(found, Bracket) else Bracket("all", (found,))
    return root if _size(root) <= MOST_CONDITIONS else Bracket("all", (Kept(rule),))


def _node(rule: Mapping[str, Any], own: OwnKinds) -> Node:
    for join in ("all", "any"):
        if join in rule:
            return Bracket(join, tuple(_node(part, own) for part in rule[join]))
    if "not" not in rule:
        return leaves.of(rule, own) or Kept(rule)
    inner = _node(rule["not"], own)
    if isinstance(inner, Bracket) and inner.join in {"all", "any"}:
        return replace(inner, join="not_all" if inner.join == "all" else "none")
    return Bracket("none", (inner,))


def _size(node: Node) -> int:
    return 1 + sum(map(_size, node.parts)) if isinstance(node, Bracket) else 1


def built(root: Bracket, own: OwnKinds) -> Built:
    """The rule of a tree."""
    found = Built()
    found.rule = _rule(root, (0,), "/rule", own, found)
    return found


def _rule(node: Node, path: Path, at: str, own: OwnKinds, found: Built) -> Any:
    found.places[at] = path
    if isinstance(node, Kept):
        return node.rule
    if isinstance(node, Condition):
        try:
            return leaves.rule(node, own)
        except NotFilledIn as missing:
            found.wrong[path] = missing.reason
            return {}
    if not node.parts:
        found.wrong[path] = ADD_ONE
        return {}
    return _bracket(node, path, at, own, found)


def _bracket(node: Bracket, path: Path, at: str, own: OwnKinds, found: Built) -> Any:
    is_negated, join = node.join in {"none", "not_all"}, "all" if node.join in {"all", "not_all"} else "any"
    if is_negated:
        at = f"{at}/not"
        found.places[at] = path
    if is_negated and len(node.parts) == 1 and join == "any":
        return {"not": _rule(node.parts[0], (*path, 0), at, own, found)}
    parts = [_rule(one, (*path, place), f"{at}/{join}/{place}", own, found) for place, one in enumerate(node.parts)]
    return {"not": {join: parts}} if is_negated else {join: parts}


def place_of(pointer: str, places: Mapping[str, Path]) -> Path:
    """The part of the form that a JSON pointer into the rule is about."""
    while pointer and pointer not in places:
        pointer = pointer.rpartition("/")[0]
    return places.get(pointer, (0,))


def at(root: Node, path: Path) -> Node | None:
    """The part at a place."""
    node: Node | None = root if path[:1] == (0,) else None
    for step in path[1:]:
        node = node.parts[step] if isinstance(node, Bracket) and step < len(node.parts) else None
    return node


def changed(root: Bracket, path: Path, into: tuple[Node, ...]) -> Bracket:
    """The tree with other parts instead of the one at a place below the root."""

    def rebuilt(node: Node, rest: Path) -> tuple[Node, ...]:
        if not rest:
            return into
        if not isinstance(node, Bracket) or rest[0] >= len(node.parts):
            return (node,)
        inner = rebuilt(node.parts[rest[0]], rest[1:])
        return (replace(node, parts=(*node.parts[: rest[0]], *inner, *node.parts[rest[0] + 1 :])),)

    (found,) = rebuilt(root, path[1:]) if len(path) > 1 else (root,)
    return found if isinstance(found, Bracket) else root
