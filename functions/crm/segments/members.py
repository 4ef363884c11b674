"""The members of a group, a page at a time: one Query for who they are, one read of their profiles for what is shown.

The listings hold nothing that a purchase or a call changes besides the place itself, so what is shown comes from the
truth. Somebody who was deleted since is left out, which makes a page shorter than it was asked for.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from crm.core import items, views
from crm.core.actor import Within
from crm.core.errors import NotBuiltYet
from crm.core.paging import PageRequest, filled
from crm.segments import models, schemas
from crm.segments.orders import ORDERS, Direction, Sort
from crm.segments.projection import members_key

_AT_ONCE = 100


def page(
    segment: models.Segment, request: PageRequest, *, sort: Sort, direction: Direction | None, within: Within | None
) -> schemas.MemberList:
    """Some members under the rule that is complete, in an order, of whom are within reach.

    Raises NotBuiltYet where none ever was complete.
    """
    key = listing_key(segment, sort)
    downwards = (direction or ORDERS[sort].natural) is Direction.DESCENDING
    if within is None:
        found, place = views.query(key, after=request.after, limit=request.limit, downwards=downwards)
        members = [profile for _, profile in _profiles(found)]
    else:
        members, place = filled(partial(reached, key, downwards, within), after=request.after, limit=request.limit)
    return schemas.MemberList(items=[shown_as_member(one) for one in members], next=request.cursor_at(place))


def reached(
    key: str, downwards: bool, within: Within, after: str | None, most: int
) -> tuple[list[Mapping[str, Any]], str | None]:
    """Profiles of members who are within reach, and where to go on in the list."""
    found, place = views.query(key, after=after, limit=_AT_ONCE, downwards=downwards)
    there = [(sk, profile) for sk, profile in _profiles(found) if within.holds(profile.get("owner"))]
    if len(there) > most:
        there, place = there[:most], there[most - 1][0]
    return [profile for _, profile in there], place


def _profiles(found: list[dict[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """The profiles of entries, each with its place; who was deleted since is left out."""
    profiles = items.many((f"CUSTOMER#{entry['id']}", models.PROFILE) for entry in found)
    keys = [(str(entry["sk"]), (f"CUSTOMER#{entry['id']}", models.PROFILE)) for entry in found]
    return [(sk, profiles[key]) for sk, key in keys if key in profiles]


def listing_key(segment: models.Segment, sort: Sort = Sort.NAME) -> str:
    """The partition of the views with the members under the rule that is complete. Raises NotBuiltYet."""
    if not segment.live_epoch:
        raise NotBuiltYet("the segment is being filled for the first time; ask again shortly")
    return members_key(segment.live_epoch, sort)


def shown_as_member(profile: Mapping[str, Any]) -> schemas.Member:
    """A profile (plain values) as lists of members show it."""
    facts = profile["facts"]
    known = {"id": profile["pk"].removeprefix("CUSTOMER#"), **profile, **facts}
    values = {name: known[name] for name in schemas.Member.model_fields if known.get(name) is not None}
    return schemas.Member.model_validate(values, strict=False)
