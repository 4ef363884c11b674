"""What somebody sees of the groups: where pages about them leave out what a role does not see."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from crm.console import group_names, house
from crm.core import veil
from crm.core.actor import Actor
from crm.mail.languages import Language
from crm.patterns.named import NAMED
from crm.segments import saying, seeing
from crm.segments.models import STATIC, Segment
from crm.segments.overview import Standing

_BUILT_IN = [one.id for one in NAMED]
_NOT_KNOWN = dict.fromkeys(("phone", "email", "last_contact_at", "owner"))
_SUMS = ("members", "spent", "average_spent", "purchases", "interactions")


def counts(actor: Actor) -> bool:
    """Whether they see numbers over all customers."""
    return actor.may("totals.read")


def listed(
    standings: Sequence[Standing], language: Language
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The groups that come with the product, in their order, and the business's own by name."""
    names = group_names.by_id((one.segment for one in standings), language)
    shown = [_line(one, language, names) for one in standings]
    found = [one for one in shown if one["id"] in _BUILT_IN]
    own = [one for one in shown if one["id"] not in _BUILT_IN]
    return sorted(found, key=lambda one: _BUILT_IN.index(one["id"])), sorted(
        own, key=lambda one: one["name"].casefold()
    )


def _line(standing: Standing, language: Language, names: dict[str, str]) -> Mapping[str, Any]:
    segment, sums, before = standing.segment, standing.sums, standing.members_before
    share = standing.progress.share if standing.progress else None
    return {
        "id": segment.segment_id,
        "name": group_names.called(segment, language),
        "in_words": in_words(segment, language, names),
        "is_building": segment.is_building,
        "percent": None if share is None else int(100 * share),
        "sums": {name: getattr(sums, name) for name in _SUMS} if sums else None,
        "change": sums.members - before if sums and before is not None else None,
    }


def in_words(segment: Segment, language: Language, names: dict[str, str]) -> str | None:
    """The rule as a sentence; None where there is none to say."""
    if segment.kind == STATIC:
        return None
    return saying.in_words(segment, language=language.tag, names=names, defined=house.fields)


def member(profile: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
    """A customer as lists of members show them."""
    known = {**profile, **profile["facts"]}
    return {
        **_NOT_KNOWN,
        **veil.visible(known, actor.hidden),
        "id": str(profile["pk"]).removeprefix("CUSTOMER#"),
    }


def members(profiles: Iterable[Mapping[str, Any]], actor: Actor) -> list[Mapping[str, Any]]:
    """The same of several."""
    return [member(one, actor) for one in profiles]


def seen_groups(hidden: Collection[str]) -> list[Segment]:
    """All groups that tell of no hidden field."""
    return [one for one in Segment.read_all() if not seeing.tells(one, hidden)]
