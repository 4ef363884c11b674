"""Why somebody is in a group: those conditions of its rule that hold for them, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from crm.criteria.rules import Rule, compiled, needs_bought
from crm.criteria.standing import Moment
from crm.segments import asking, saying
from crm.segments.models import STATIC, Segment, from_text

Profile = dict[str, Any]


@dataclass(frozen=True)
class _Asked:
    """What parts of the rule are asked by: the other groups' rules, by id, and the moment."""

    groups: Mapping[str, Rule]
    moment: Moment

    def holding(self, rule: Rule, profile: Profile) -> Iterator[Rule]:
        """The smallest parts because of which a rule holds: of `all` each, of `any` those that do."""
        if not compiled(rule, groups=self.groups.get).at(profile, self.moment).member:
            return
        for branch in ("all", "any"):
            for part in rule.get(branch, ()):
                yield from self.holding(part, profile)
        if "all" not in rule and "any" not in rule:
            yield rule


def of(segment: Segment, profiles: Sequence[Profile], *, language: str) -> list[list[str]]:
    """For each of these members (with their `pk`) the reasons, by the rule that the group's readers see.

    None for who was picked by hand, and for who fits no more and is about to leave the list.
    """
    if segment.kind == STATIC or not profiles:
        return [[] for _ in profiles]
    rule = from_text(segment.live_rule or segment.rule)
    known = {one.segment_id: one for one in Segment.read_all()} if segment.live_resolved or segment.resolved else {}
    groups = {one: from_text(group.live_rule or group.rule) for one, group in known.items()}
    asked = _Asked(groups, asking.moment())
    if needs_bought(rule, groups=groups.get):
        profiles = asking.with_bought(profiles)
    names = {one: group.name for one, group in known.items()}
    speech: dict[str, Any] = {"language": language, "names": names, "defined": cache(saying.stored)}
    return [saying.of_parts(list(asked.holding(rule, profile)), **speech) for profile in profiles]
