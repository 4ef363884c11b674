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
from crm.segments.orders import ORDERS, Direction, Sort, members_key


def page(
    segment: models.Segment, request: PageRequest, *, sort: Sort, direction: Direction | None, within: Within | None
) -> schemas.MemberList:
    """Some members under the rule that is complete, in an order, of whom are within reach.

    Raises NotBuiltYet where none ever was complete.
    """
    members, cursor = profiles(segment, request, sort=sort, direction=direction, within=within)
    return schemas.MemberList(items=[shown_as_member(one) for one in members], next=cursor)


def profiles(
    segment: models.Segment, request: PageRequest, *, sort: Sort, direction: Direction | None, within: Within | None
) -> tuple[list[dict[str, Any]], str | None]:
    """The same as plain profiles, and the cursor of the next page. Raises NotBuiltYet."""
    key = listing_key(segment, sort)
    downwards = (direction or ORDERS[sort].natural) is Direction.DESCENDING
    ask = partial(_members, key, downwards, within)
    members, place = filled(ask, after=request.after, limit=request.limit, sees_all=within is None)
    return members, request.cursor_at(place)


def _members(
    key: str, downwards: bool, within: Within | None, after: str | None, most: int
) -> tuple[list[tuple[str, dict[str, Any]]], str | None]:
    """Profiles of members who are within reach, each with its place; who was deleted since is left out."""
    found, place = views.query(key, after=after, limit=most, downwards=downwards)
    profiles = items.many((f"CUSTOMER#{entry['id']}", models.PROFILE) for entry in found)
    keys = [(str(entry["sk"]), (f"CUSTOMER#{entry['id']}", models.PROFILE)) for entry in found]
    there = [(sk, profiles[one]) for sk, one in keys if one in profiles]
    return [one for one in there if within is None or within.holds(one[1].get("owner"))], place


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
