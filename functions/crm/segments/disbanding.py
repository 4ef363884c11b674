"""Lets the members of a deleted hand-picked group go: goes through all profiles, some pages a message.

While the mark `DISBANDING#<group>` stands nobody can make a group of that id, and nobody could be put into it since it
was deleted. So whoever goes through everything once, page after page, has found everybody. Messages come twice and
workers die: a page done again finds nothing to do, and of two chains each goes through everything.

A page of the table may end anywhere, such as at somebody's e-mail address, and messages outlive an erasure. So a
message ends where a page does at a key of a customer, which is made of ids.
"""

import itertools
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import table
from crm.core.author import Author
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.projection import Key
from crm.segments import handpicked
from crm.segments.models import PROFILE, Disbanding

_CUSTOMER = "CUSTOMER#"
_PAGES = 10
_AT_ONCE = 50
_TRIES = 8


def disband(*, segment_id: str, mark: str | None, after: Key | None) -> tuple[str, Key] | None:
    """Do some pages: mark and place of the next message, or None at the end.

    `mark`: when the deletion was asked for, None in the first message; a message of an earlier deletion does nothing.
    """
    standing = Disbanding.read(segment_id)
    if standing is None or mark not in (None, standing.requested_at):
        return None
    place = after
    for number in itertools.count(1):
        found, place = _page(segment_id, place)
        for start in range(0, len(found), _AT_ONCE):
            _let_go(segment_id, found[start : start + _AT_ONCE])
        if place is None:
            _take_off(standing)
            return None
        if number >= _PAGES and place[0].startswith(_CUSTOMER):
            break
    return (standing.requested_at, place) if place else None


def _page(segment_id: str, after: Key | None) -> tuple[list[str], Key | None]:
    """The members on one page of the table, and where it ended."""
    start: dict[str, Any] = {"ExclusiveStartKey": table.to_item({"pk": after[0], "sk": after[1]})} if after else {}
    answer = table.client().scan(
        TableName=settings().crm_table,
        FilterExpression="sk = :profile AND contains(#groups, :group)",
        ExpressionAttributeNames={"#groups": "groups"},
        ExpressionAttributeValues=table.to_item({":profile": PROFILE, ":group": segment_id}),
        ProjectionExpression="pk",
        ConsistentRead=True,
        **start,
    )
    last = answer.get("LastEvaluatedKey")
    members = [item["pk"]["S"].removeprefix(_CUSTOMER) for item in answer["Items"]]
    return members, (last["pk"]["S"], last["sk"]["S"]) if last else None


def _let_go(segment_id: str, members: Iterable[str]) -> None:
    left = list(members)
    for _ in range(_TRIES):
        profiles = {
            one: profile for one, profile in handpicked.read(left).items() if segment_id in profile.get("groups", ())
        }
        if not profiles:
            return
        try:
            table.commit(partial(_write, segment_id, profiles))
        except table.ConditionFailed:
            left = list(profiles)
        else:
            return
    raise StoreUnavailable("these customers are being changed by many at once")


def _write(segment_id: str, profiles: Mapping[str, Mapping[str, Any]], transaction: TransactWrite) -> None:
    author = Author(who="", way="upkeep", of=segment_id)
    for profile in profiles.values():
        handpicked.move(transaction, segment_id, profile, into=False, author=author)


def _take_off(standing: Disbanding) -> None:
    same = Disbanding.requested_at == standing.requested_at
    try:
        table.commit(lambda transaction: transaction.delete(standing, condition=same))
    except table.ConditionFailed:
        return  # another chain was first
