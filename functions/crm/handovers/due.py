"""When somebody is told by mail whom they were given: what a tick orders.

Whoever is away, or works here no more, is not told; their substitute is, by the substitute's own wish.
"""

from collections.abc import Iterator
from datetime import datetime

from crm.core import clock
from crm.core.log import logger
from crm.mail import queue
from crm.mail.orders import ASSIGNED, Order, of_key
from crm.mail.recipients import Recipient, load
from crm.reminders import digests
from crm.routing import assigned, rules
from crm.routing import service as routing_service
from crm.routing.models import Told

_SLOT_MINUTES = 15


def tick() -> int:
    """Order the mails to all who were given somebody since they were told last; how many."""
    count = queue.put(orders(clock.now()))
    logger().info("mails about assignments ordered", orders=count)
    return count


def orders(now: datetime) -> Iterator[Order]:
    """One order for each who is to be told, and those again that are under way."""
    ordered = set[Order]()
    until = assigned.settled(now)
    for staff_id in assigned.members_with_some():
        told = Told.read(staff_id)
        found = of_key(told.claimed_by) if told.claimed_by else _new(told, until, now)
        if found and found not in ordered:
            ordered.add(found)
            yield found


def reader_of(staff_id: str) -> str | None:
    """Who is told instead of a member, mostly that one; None: nobody is there."""
    return rules.standing_in(staff_id, routing_service.members(), today=routing_service.moment().day)


def _new(told: Told, until: str, now: datetime) -> Order | None:
    name = reader_of(told.staff_id) if assigned.waits(told, until=until) else None
    reader = load(kind="staff", recipient_id=name) if name else None
    occurrence = _occurrence(reader, now) if reader else None
    return of_key(f"staff_{name}_{ASSIGNED}_{occurrence}") if occurrence else None


def _occurrence(reader: Recipient, now: datetime) -> str | None:
    """The quarter of an hour, or the day by the member's clocks; None: not now."""
    wish = reader.profile.get("notify") or "at_once"
    if wish == "daily":
        schedule = digests.day_of(reader, now)
        return schedule.day.isoformat() if now >= schedule.begins else None
    slot = now.replace(minute=now.minute - now.minute % _SLOT_MINUTES)
    return f"{slot:%Y%m%dT%H%M}" if wish == "at_once" else None
