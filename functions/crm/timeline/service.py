"""Events read back in order of time, and taken back. See `crm.timeline.recording` for how they come in."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import table
from crm.core.errors import StoreUnavailable
from crm.core.paging import Page, PageRequest, of_partition
from crm.customers import service as customer_service
from crm.customers.models import Profile, partition
from crm.timeline.models import EVENT, Event, Receipt

Recount = Callable[[Mapping[str, Any], Sequence[Event]], dict[str, Any]]
Rewrite = Callable[[str, Sequence[Event]], Callable[[TransactWrite], None]]
"""What else is written for a customer, from the events that remain."""
_TRIES = 12
# A transaction has a hundred items; each event goes with its receipt.
_MOST_WITHDRAWN = 40


def withdraw(*, customer_id: str, event_ids: Collection[str], recount: Recount, alongside: Rewrite) -> int:
    """Take events back with their receipts, as if they had never been recorded; return how many there were.

    `recount` gives the facts from those before and the events that remain; `alongside` what else is written, from the
    remaining events. Those that are gone already are no error. Raises NotFound.
    """
    done = 0
    for _ in range(_TRIES):
        profile = customer_service.get(customer_id=customer_id)
        if profile.merging:
            raise StoreUnavailable(
                "a merge of this customer is still under way, and its events are not all in one place"
            )
        events = list(each(customer_id=profile.customer_id))
        going = [event for event in events if event.event_id in event_ids][:_MOST_WITHDRAWN]
        if not going:
            return done
        gone = {event.event_id for event in going}
        rest = [event for event in events if event.event_id not in gone]
        try:
            table.commit(
                _withdrawal(profile, going, recount(profile.facts, rest), alongside(profile.customer_id, rest))
            )
        except table.ConditionFailed:
            continue
        done += len(going)
        if len(going) < _MOST_WITHDRAWN:
            return done
    raise StoreUnavailable("this customer is being changed by many at once; not all was taken back")


def page(*, customer_id: str, request: PageRequest, chosen: Callable[[Event], bool]) -> Page[Event]:
    """The customer's events, newest first, that are `chosen`. Raises NotFound."""
    customer_id = customer_service.get(customer_id=customer_id).customer_id
    found: list[Event] = []
    place = request.after
    while True:
        entries, place = of_partition(
            Event, partition(customer_id), EVENT, after=place, limit=request.limit - len(found), newest_first=True
        )
        found += [event for event in entries if chosen(event)]
        if place is None or len(found) == request.limit:
            return Page(found, request.cursor_at(place))


def each(*, customer_id: str) -> Iterator[Event]:
    """All events of a customer, the first first."""
    yield from Event.query(partition(customer_id), Event.sk.startswith(EVENT), consistent_read=True)


def _withdrawal(
    profile: Profile, going: list[Event], facts: Mapping[str, Any], also: Callable[[TransactWrite], None]
) -> Callable[[TransactWrite], None]:
    def write(transaction: TransactWrite) -> None:
        for event in going:
            transaction.delete(event)
            transaction.delete(Receipt.keyed(profile.customer_id, event.event_id))
        customer_service.advance(transaction, profile, facts=facts)
        also(transaction)

    return write
