"""Who would be in a group: counted from the customers as they are, without anything being stored.

Every call does a bounded part. What is left is in `next`, with which the caller goes on; until the end the number is
an estimate and says so.
"""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from crm.core import ids, table
from crm.core.config import settings
from crm.core.paging import PageRequest
from crm.core.projection import Key
from crm.criteria import references
from crm.criteria.rules import Criterion, compiled
from crm.criteria.standing import Moment
from crm.segments import asking, costs, counting, handpicked, schemas
from crm.segments.counting import Count, Lane
from crm.segments.links import Links
from crm.segments.members import shown_as_member
from crm.segments.models import PROFILE, Segment
from crm.segments.orders import customer_id

_SECONDS = 4.0
_MOST_PAGES = 100
"""A page is up to a megabyte: 256 read units. So many cost a third of a cent."""


def of(rule: Mapping[str, Any], *, caller: str, cursor: str | None) -> schemas.Preview:
    """A part of the count under a rule that `service.require_rule` has accepted, from where `cursor` ends.

    Raises InvalidFields for groups that are not there and for a cursor of another rule.
    """
    links = Links(Segment.read_all())
    links.require_sound(rule, own=None)
    criterion = compiled(references.resolved(rule, groups=links.rules.get))
    request = PageRequest(f"preview:{caller}:{ids.request_hash(rule)}", cursor=cursor, named="/cursor")
    so_far = counting.from_text(request.after) if request.after else counting.begin(items=_size())
    count = _counted(so_far, criterion, asking.moment())
    return _shown(count, next_=None if count.is_complete else request.cursor_at(counting.to_text(count)))


def _size() -> int:
    """How many items there are, by DynamoDB's own count, which is up to six hours old."""
    return table.client().describe_table(TableName=settings().crm_table)["Table"].get("ItemCount", 0)


def _counted(count: Count, criterion: Criterion, moment: Moment) -> Count:
    """Go on until the end, or until this call has done enough; at least one page in every lane."""
    stop = time.monotonic() + _SECONDS
    look = partial(_page, criterion, moment)
    pages = 0
    with ThreadPoolExecutor(counting.LANES) as pool:
        while not count.is_complete:
            count = count.taken_up()
            # A single piece is read here: to start a thread takes longer than a small shop's whole count.
            each = map if len(count.lanes) == 1 else pool.map
            found = list(each(look, count.lanes, [count.pieces] * len(count.lanes)))
            count = count.with_pages(found)
            pages += len(found)
            if pages >= _MOST_PAGES or time.monotonic() > stop:
                break
    return count


def _page(criterion: Criterion, moment: Moment, lane: Lane, pieces: int) -> tuple[Lane, list[str]]:
    """One page of a piece: the lane behind it, and the members on it."""
    profiles, after = _profiles(lane, pieces)
    if criterion.needs_bought:
        profiles = asking.with_bought(profiles)
    members = [customer_id(profile) for profile in profiles if criterion.at(profile, moment).member]
    looked_at, found = lane.looked_at + len(profiles), lane.members + len(members)
    return replace(lane, after=after, looked_at=looked_at, members=found), members


def _profiles(lane: Lane, pieces: int) -> tuple[list[dict[str, Any]], Key | None]:
    asked: dict[str, Any] = {}
    if pieces > 1:
        asked |= {"Segment": lane.piece, "TotalSegments": pieces}
    if lane.after:
        asked["ExclusiveStartKey"] = table.to_item({"pk": lane.after[0], "sk": lane.after[1]})
    answer = table.client().scan(
        TableName=settings().crm_table,
        FilterExpression="sk = :profile",
        ExpressionAttributeValues=table.to_item({":profile": PROFILE}),
        ConsistentRead=True,
        **asked,
    )
    last = answer.get("LastEvaluatedKey")
    return [table.from_item(item) for item in answer["Items"]], (last["pk"]["S"], last["sk"]["S"]) if last else None


def _shown(count: Count, *, next_: str | None) -> schemas.Preview:
    cost = costs.of_filling(customers=count.customers, members=count.estimate)
    profiles = handpicked.read(count.sample)
    return schemas.Preview(
        members=count.estimate,
        exact=count.is_complete,
        margin=count.margin,
        found=count.found,
        looked_at=count.met,
        share=round(count.share, 4),
        sample=[shown_as_member(profiles[one]) for one in count.sample if one in profiles],
        cost=schemas.FillingCost(write_units=cost.write_units, read_units=cost.read_units, usd=cost.usd),
        next=next_,
    )
