"""Asking profiles whether they belong: the rules compiled once, and the moment at which all of them are asked."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crm.business import service as business
from crm.calendar.rules import local_date, zone_of
from crm.core import clock, items
from crm.core.projection import Rules, SegmentRule
from crm.criteria import bought
from crm.criteria.rules import Criterion, compiled
from crm.criteria.standing import Moment
from crm.segments.models import Segment, from_text

_EPOCH = ("RULES", "EPOCH")
_CUTS = ("RULES", "CUTS")
_UTC = ZoneInfo("UTC")


class _Known:
    """The groups of the rules that were asked last: projectors ask the same of one customer after the other."""

    rules: Rules | None = None
    criteria: tuple[tuple[SegmentRule, Criterion], ...] = ()


def criteria_of(rules: Rules) -> tuple[tuple[SegmentRule, Criterion], ...]:
    """Every rule that is kept, with its compiled form."""
    if _Known.rules is not rules:
        _Known.criteria = tuple((one, compiled(one.rule)) for one in rules.segments)
        _Known.rules = rules
    return _Known.criteria


def moment_of(rules: Rules) -> Moment:
    """The moment of a projection."""
    return Moment(rules.day, rules.leap_day, rules.cuts, zone_of(rules.timezone, business=_UTC))


def criterion_of(segment: Segment) -> Criterion:
    """The rule that the segment's readers see, compiled; where they see none yet, the one it is being filled under."""
    return compiled(from_text(segment.rule_seen))


def moment() -> Moment:
    """The moment at which projections are made now, so that who asks at once finds what the lists are about to show."""
    found = items.many([_EPOCH, _CUTS])
    stand, cuts = found.get(_EPOCH, {}), found.get(_CUTS, {}).get("cuts", {})
    here = business.current()
    zone = zone_of(stand.get("timezone"), business=here.timezone)
    day = stand.get("day")
    return Moment(
        day=date.fromisoformat(day) if day else local_date(clock.now(), zone),
        leap_day=stand.get("leap_day") or here.leap_day,
        cuts={measure: tuple(map(Decimal, points)) for measure, points in cuts.items()},
        zone=zone,
    )


def includes(criterion: Criterion, profile: Mapping[str, Any], *, at: Moment) -> bool:
    """Whether a customer belongs, computed from the profile itself (with its `pk`): exact at once, no view is asked."""
    if criterion.needs_bought and bought.ATTRIBUTE not in profile:
        profile = {**profile, bought.ATTRIBUTE: items.one(profile["pk"], bought.SORT)}
    return criterion.at(profile, at).member


def with_bought(profiles: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Profiles with what each customer bought beside them, for a rule that asks for it."""
    found = list(profiles)
    baskets = items.many((profile["pk"], bought.SORT) for profile in found)
    return [{**profile, bought.ATTRIBUTE: baskets.get((profile["pk"], bought.SORT))} for profile in found]
