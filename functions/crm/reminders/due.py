"""The due reminders: what a tick orders, and the list of them for people. Both read one partition in order of time."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from crm.core import clock, views
from crm.core.log import logger
from crm.core.paging import Page, PageRequest
from crm.mail import queue
from crm.mail.orders import ONCE, Order, of_key
from crm.reminders.models import Reminder
from crm.reminders.projection import DUE


def tick() -> int:
    """Order every reminder that is due and not settled, however late the tick is; how many."""
    # "~" follows all that can stand after the instant: what is due at this very moment is included.
    count = queue.put(_order(entry) for entry in views.each(DUE, until=clock.stamp() + "~"))
    logger().info("reminders ordered", orders=count)
    return count


def page(request: PageRequest) -> Page[Reminder]:
    """Pending reminders of everybody, the next due first."""
    found: list[Reminder] = []
    places = (str(entry["sk"]) for entry in views.each(DUE, after=request.after))
    last = None
    for last in islice(places, request.limit):
        _, pk, reminder_id = _parted(last)
        reminder = Reminder.read(pk, reminder_id)
        if reminder and reminder.state == "pending":
            found.append(reminder)
    more = next(places, None) is not None
    return Page(found, request.cursor_at(last if more else None))


def _order(entry: Mapping[str, Any]) -> Order:
    _, pk, reminder_id = _parted(str(entry["sk"]))
    kind, _, recipient_id = pk.partition("#")
    return of_key(f"{kind.lower()}_{recipient_id}_{reminder_id}_{entry.get('occurrence') or ONCE}")


def _parted(place: str) -> tuple[str, str, str]:
    """The instant, the owner's partition and the id that a listing's sort key is made of."""
    at, _, rest = place.partition("#")
    pk, _, reminder_id = rest.rpartition("#")
    return at, pk, reminder_id
