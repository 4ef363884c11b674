"""What one day of one member of staff is about: news, reminders that wait, whom to call and why, whom one may lose.

And what became of today's greetings, and mails in doubt.

Lists that are read beside each other, each in three round trips at most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm.announcements import service as announcement_service
from crm.announcements.models import Announcement
from crm.calls import reading as call_reading
from crm.calls.reading import Line
from crm.calls.rules import NOBODY
from crm.console.day import mailed, slipping
from crm.console.day.slipping import Slipping
from crm.core import beside, clock, items, table
from crm.core.actor import Actor, Within
from crm.core.config import settings
from crm.core.errors import ViewsBeingBuilt
from crm.core.paging import PageRequest
from crm.customers.models import PROFILE
from crm.customers.models import partition as customer_partition
from crm.reminders.models import PREFIX, partition

if TYPE_CHECKING:
    from crm.greetings.today import Outcomes
    from crm.mail.doubts import Doubt

Item = Mapping[str, Any]
_AHEAD, _BACK = timedelta(days=2), timedelta(days=14)
_MOST_CALLS = 30
_OPEN, _TOLD = ("pending", "in_doubt"), ("sent", "failed", "withheld")
# Told is not done: what was mailed stays here until somebody says that it is, for two weeks.
_WAITING = (
    "attribute_not_exists(silent) AND ((#state IN (:o0,:o1) AND due_at < :until) OR "
    "(#state IN (:t0,:t1,:t2) AND due_at > :since) OR #last.#state IN (:t0,:t1,:t2))"
)


@dataclass(frozen=True)
class Day:
    """`reminders`: the first due first. `names` of whom they are about, by id, of those within reach.

    `unread`: what the team is told and they have not read, the newest first. `calls`, `slipping`, `greeted`: None while
    the views are being built, and no `doubts`.
    """

    today: date
    reminders: Sequence[Item]
    names: Mapping[str, str]
    calls: Sequence[Line] | None
    unread: Sequence[Announcement]
    slipping: Sequence[Slipping] | None
    greeted: "Outcomes | None"
    doubts: "Sequence[Doubt]"


def read(actor: Actor, zone: ZoneInfo) -> Day:
    """Today where the business is."""
    today = clock.now().astimezone(zone).date()
    (reminders, names), *others = beside.at_once(
        partial(_waiting, actor, today, zone),
        partial(calls, actor, today),
        partial(announcement_service.unread, actor),
        partial(slipping.read, actor),
        partial(mailed.today, actor, today),
        partial(mailed.doubts, actor),
    )
    return Day(today, reminders, names, *others)


def _waiting(actor: Actor, today: date, zone: ZoneInfo) -> tuple[list[Item], dict[str, str]]:
    """The reminders, and the names of whom they are about."""
    found = waiting(actor.who, today, zone) if actor.may("reminders.use") else []
    return found, _names(found, actor.within("customers.read"))


def waiting(who: str, today: date, zone: ZoneInfo) -> list[Item]:
    """The reminders that wait for a member until tomorrow, the first due first."""
    until = datetime.combine(today + _AHEAD, time(), zone)
    values = {
        **{f":o{place}": state for place, state in enumerate(_OPEN)},
        **{f":t{place}": state for place, state in enumerate(_TOLD)},
        **{":pk": partition("staff", who), ":prefix": PREFIX},
        **{":until": clock.instant(until), ":since": clock.instant(clock.now() - _BACK)},
    }
    asked: dict[str, Any] = {
        "TableName": settings().crm_table,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "FilterExpression": _WAITING,
        "ExpressionAttributeNames": {"#state": "state", "#last": "last"},
        "ExpressionAttributeValues": table.to_item(values),
        "ConsistentRead": True,
    }
    found: list[Item] = []
    while True:
        page = table.client().query(**asked)
        found += map(table.from_item, page["Items"])
        if "LastEvaluatedKey" not in page:
            return sorted(found, key=lambda one: str(one["due_at"]))
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _names(reminders: Sequence[Item], within: Within | None) -> dict[str, str]:
    ids = sorted({str(one["customer_id"]) for one in reminders if one.get("customer_id")})
    found = items.many([(customer_partition(one), PROFILE) for one in ids], only=("name", "owner")) if ids else {}
    return {
        pk.partition("#")[2]: str(profile["name"])
        for (pk, _), profile in found.items()
        if within is None or within.holds(profile.get("owner"))
    }


def calls(actor: Actor, today: date, *, most: int = _MOST_CALLS) -> list[Line] | None:
    """Whom one is to greet by voice today; None while the views are being built."""
    if not actor.may("calls.use"):
        return []
    within = actor.within("calls.use")
    owners = [one for one in (actor.who, NOBODY) if within is None or within.holds(None if one == NOBODY else one)]
    request = PageRequest(f"console calls:{actor.scope}:{today}", most)
    try:
        return list(call_reading.page(request, owners=owners, on=today, within=within).items)
    except ViewsBeingBuilt:
        return None
