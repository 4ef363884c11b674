"""All that the page of one customer shows, in two round trips: what is asked for at once is not waited for in turn."""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from crm.console.asked import Asked
from crm.core import built, table
from crm.core.config import settings
from crm.core.errors import NotFound, StoreUnavailable, ViewsBeingBuilt
from crm.customers.models import MERGED, PROFILE, partition
from crm.mail.models import PREFIX as MAIL
from crm.reminders import rules as reminder_rules
from crm.reminders.models import ABOUT
from crm.reminders.models import PREFIX as REMINDER
from crm.timeline.models import EVENT
from crm.views.state import from_raw, state_key

Item = Mapping[str, Any]
# Newest first in one Query: the profile, the mails, then what happened; a mailbox full of greetings hides no call.
_FIRST = 100
_MOST = 40
_FAMILY = "segments"
_LISTED = "SEGMENT#"
_OF_PAGE = ("profile", "merged", "message", "event")


@dataclass(frozen=True)
class Record:
    """One customer. `events` and `mails` the newest first, `reminders` the next due first.

    `groups`: the epochs of the rules under which they are in a group; None while the views are being built.
    """

    customer_id: str
    profile: Item
    events: Sequence[Item]
    mails: Sequence[Item]
    reminders: Sequence[Item]
    groups: frozenset[int] | None


class MovedAway(Exception):
    """The customer was merged into another, whose id this is."""

    def __init__(self, into: str) -> None:
        super().__init__(into)
        self.into = into


@dataclass(frozen=True)
class _First:
    """What the first round trip finds."""

    newest: Sequence[Item]
    to_them: Sequence[Item]
    about: Sequence[Item]

    def of(self, sk: str) -> list[Item]:
        return [one for one in self.newest if str(one["sk"]).startswith(sk)]


def owner_of(asked: Asked, customer_id: str) -> Iterable[tuple[str | None]] | None:
    """Whose a customer is, for the guard, out of what the page reads anyhow; None: there is nobody of this id."""
    found = _first(asked, customer_id).of(PROFILE)
    return ((found[0].get("owner"),),) if found else None


def read(asked: Asked, customer_id: str) -> Record:
    """The customer. Raises NotFound, MovedAway."""
    first = _first(asked, customer_id)
    profile = next(iter(first.of(PROFILE)), None)
    if profile is None:
        if moved := first.of(MERGED):
            raise MovedAway(str(moved[0]["into"]))
        raise NotFound("there is no such customer")
    events = first.of(EVENT) or _range(customer_id, EVENT, limit=_MOST, of=("event",))
    told, groups = _second(customer_id, first.about)
    open_ones = [one for one in (*first.to_them, *told) if _is_open(one)]
    mails = sorted(first.of(MAIL), key=lambda one: str(one["created_at"]), reverse=True)
    return Record(
        customer_id=customer_id,
        profile=profile,
        events=events[:_MOST],
        mails=mails[:_MOST],
        reminders=sorted(open_ones, key=lambda one: str(one["due_at"])),
        groups=groups,
    )


def _first(asked: Asked, customer_id: str) -> _First:
    """The first round trip, once for a request."""
    place = f"record {customer_id}"
    if place not in asked.memo:
        with ThreadPoolExecutor(2) as beside:
            to_them = beside.submit(_range, customer_id, REMINDER)
            about = beside.submit(_range, customer_id, ABOUT)
            newest = _range(customer_id, EVENT, until=PROFILE, limit=_FIRST, of=_OF_PAGE)
            asked.memo[place] = _First(newest, to_them.result(), about.result())
    found: _First = asked.memo[place]
    return found


def _second(customer_id: str, about: Sequence[Item]) -> tuple[list[Item], frozenset[int] | None]:
    """The reminders to staff about them, and which groups hold them: items of both tables in one round trip."""
    places = [str(one["sk"]).split("#")[1:] for one in about]
    of_truth = [(f"STAFF#{staff}", REMINDER + reminder) for reminder, staff in places]
    state = state_key((partition(customer_id), PROFILE), _FAMILY)
    try:
        found = built.while_whole(lambda _: _batch(of_truth, [state]))
    except ViewsBeingBuilt:
        return list(map(table.from_item, _batch(of_truth, [])[0])), None
    listed = from_raw(next(iter(found[1]), None)).listings
    return list(map(table.from_item, found[0])), frozenset(int(pk.split("#")[1]) for pk, _ in listed if _is_group(pk))


def _range(
    customer_id: str, first: str, *, until: str | None = None, limit: int = _FIRST, of: Iterable[str] = ()
) -> list[Item]:
    """Items of a customer from the last sort key to the first: those that begin with `first`, or all up to `until`."""
    names = {f":e{place}": {"S": name} for place, name in enumerate(of)}
    asked: dict[str, Any] = {"FilterExpression": f"entity IN ({','.join(names)})"} if names else {}
    found = table.client().query(
        TableName=settings().crm_table,
        KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :until",
        ExpressionAttributeValues={
            **table.to_item({":pk": partition(customer_id), ":first": first, ":until": until or f"{first}~"}),
            **names,
        },
        ScanIndexForward=False,
        ConsistentRead=True,
        Limit=limit,
        **asked,
    )
    return list(map(table.from_item, found["Items"]))


def _batch(
    of_truth: Sequence[tuple[str, str]], of_views: Sequence[tuple[str, str]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Items of both tables by their keys, low-level. Raises StoreUnavailable."""
    truth, views = settings().crm_table, settings().views_table
    wanted = {name: keys for name, keys in ((truth, of_truth[:_FIRST]), (views, of_views)) if keys}
    asked: Any = {
        name: {"Keys": [table.to_item({"pk": pk, "sk": sk}) for pk, sk in keys], "ConsistentRead": True}
        for name, keys in wanted.items()
    }
    found: dict[str, list[Any]] = {truth: [], views: []}
    for pause in table.pauses():
        if not asked:
            return found[truth], found[views]
        answer = table.client().batch_get_item(RequestItems=asked)
        for name, some in answer["Responses"].items():
            found[name] += some
        asked = answer.get("UnprocessedKeys")
        if asked:
            time.sleep(pause)
    raise StoreUnavailable("the store leaves keys unread")


def _is_open(reminder: Item) -> bool:
    return reminder["state"] in reminder_rules.OPEN and not reminder.get("silent")


def _is_group(pk: str) -> bool:
    return pk.startswith(_LISTED)
