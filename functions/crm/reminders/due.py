"""The due reminders: what a tick orders, and the list of them for people. Both read one partition in order of time."""

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import chain
from typing import Any

from crm.core import clock, items, views
from crm.core.actor import Within
from crm.core.log import logger
from crm.core.paging import Page, PageRequest, filled
from crm.mail import queue, recipients
from crm.mail.orders import ONCE, Order, of_key
from crm.reminders import digests, service
from crm.reminders.models import PREFIX, Reminder, partition
from crm.reminders.projection import DUE


def tick() -> int:
    """Order every reminder that is due and not settled, however late the tick is, and the digests; how many."""
    now = clock.now()
    schedules = digests.all_of_today(now)
    waiting = {schedule.owner for schedule in schedules if now < schedule.begins}
    # "~" follows all that can stand after the instant: what is due at this very moment is included.
    entries = views.each(DUE, until=clock.instant(now) + "~")
    single = (_order(entry) for entry in entries if _parted(str(entry["sk"]))[1] not in waiting)
    count = queue.put(chain(single, digests.orders(schedules, now)))
    logger().info("reminders ordered", orders=count)
    return count


def page(request: PageRequest, *, within: Within | None = None) -> Page[Reminder]:
    """Pending reminders of everybody within reach, the next due first."""
    ask = partial(_some, within)
    found, place = filled(ask, after=request.after, limit=request.limit, sees_all=within is None)
    return Page(found, request.cursor_at(place))


def _some(within: Within | None, after: str | None, most: int) -> tuple[list[tuple[str, Reminder]], str | None]:
    entries, place = views.query(DUE, after=after, limit=most)
    keys = {}
    for entry in entries:
        _, pk, reminder_id = _parted(str(entry["sk"]))
        keys[pk, PREFIX + reminder_id] = str(entry["sk"])
    found = _pending(list(keys))
    if within is not None:
        owners = service.owners(found)
        found = [one for one in found if any(within.holds(owner) for owner in owners[one.reminder_id])]
    return [(keys[one.pk, one.sk], one) for one in found], place


def page_of(staff_id: str, request: PageRequest) -> Page[Reminder]:
    """Pending reminders of one member of staff, the next due first: one Query, and the reminders by their keys."""
    owner = partition("staff", staff_id)
    entries, place = views.query(f"DUE#{owner}", after=request.after, limit=request.limit)
    keys = [(owner, PREFIX + str(entry["sk"]).partition("#")[2]) for entry in entries]
    return Page(_pending(keys), request.cursor_at(place))


def names(reminders: Iterable[Reminder], *, within: Within | None = None) -> dict[str, str]:
    """By customer id the names of whom reminders are about, as far as they are within reach."""
    customers = {reminder.customer_id for reminder in reminders if reminder.customer_id}
    places = (recipients.place("customer", customer_id) for customer_id in sorted(customers))
    return {
        pk.partition("#")[2]: str(profile["name"])
        for (pk, _), profile in items.many(places).items()
        if within is None or within.holds(profile.get("owner"))
    }


def _pending(keys: list[tuple[str, str]]) -> list[Reminder]:
    """The reminders as they are now, in order; the view may be a moment behind."""
    found = {(one.pk, one.sk): one for one in Reminder.batch_get(keys, consistent_read=True)} if keys else {}
    return [found[key] for key in keys if key in found and found[key].state == "pending"]


def _order(entry: Mapping[str, Any]) -> Order:
    _, pk, reminder_id = _parted(str(entry["sk"]))
    kind, _, recipient_id = pk.partition("#")
    return of_key(f"{kind.lower()}_{recipient_id}_{reminder_id}_{entry.get('occurrence') or ONCE}")


def _parted(place: str) -> tuple[str, str, str]:
    """The instant, the owner's partition and the id that a listing's sort key is made of."""
    at, _, rest = place.partition("#")
    pk, _, reminder_id = rest.rpartition("#")
    return at, pk, reminder_id
