"""Recording of events together with the facts they change, and reading them back in order of time."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pynamodb.pagination import ResultIterator
from pynamodb.transactions import TransactWrite

from crm.core import clock, ids, table
from crm.core.errors import KeyReused, StoreUnavailable
from crm.core.paging import Page, PageRequest
from crm.customers import service as customer_service
from crm.customers.models import Profile, followed, partition
from crm.timeline.models import EVENT, Event, Receipt

Advance = Callable[[Mapping[str, Any]], dict[str, Any]]
Alongside = Callable[[Event, Mapping[str, Any]], Callable[[TransactWrite], None]]
"""Reads what it needs, given the event and the facts before it, and gives what else is written with the event."""
Recount = Callable[[Mapping[str, Any], Sequence[Event]], dict[str, Any]]
Rewrite = Callable[[str, Sequence[Event]], Callable[[TransactWrite], None]]
"""What else is written for a customer, from the events that remain."""
_TRIES = 12
# A transaction has a hundred items; each event goes with its receipt.
_MOST_WITHDRAWN = 40


@dataclass(frozen=True)
class Recording:
    """A request to record an event: what it says, who sent it by which route, under which key."""

    kind: str
    at: datetime | None
    details: dict[str, Any]
    route: str
    caller: str
    idempotency_key: str | None


def record(
    *,
    customer_id: str,
    recording: Recording,
    advance: Callable[[str], Advance],
    alongside: Alongside = lambda *_: lambda _: None,
) -> Event:
    """Write the event and the facts that follow from it in one transaction; a replay answers with the first event.

    `advance` takes the event's time and gives the rule from old facts to new ones. What `alongside` adds is written
    only if the facts are still those that it was given.
    Raises NotFound for an unknown customer and KeyReused when the key belongs to another request.
    """
    now = clock.stamp()
    for _ in range(_TRIES):
        profile = customer_service.get(customer_id=customer_id)
        event, receipt = _items(profile.customer_id, customer_id, recording, now)
        elsewhere = _elsewhere(profile, customer_id, receipt)
        facts, add = advance(event.at)(profile.facts), alongside(event, profile.facts)
        write = partial(_write, event, receipt, elsewhere, profile, facts, add)
        try:
            table.commit(write)
        except table.ConditionFailed:
            # Looked for only now, since nearly every request is the first of its key.
            recorded = _replay([receipt, *elsewhere]) if receipt else _recorded(event)
            if recorded:
                return recorded
        else:
            return event
    raise StoreUnavailable("this customer is being changed by many at once; nothing was recorded")


def event_id(*, customer_id: str, route: str, caller: str, idempotency_key: str | None) -> str:
    """The id of the event that a request makes: the same for the same key, else random."""
    return ids.derived(caller=caller, route=f"{route}:{customer_id}", idempotency_key=idempotency_key)


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
        entries, place = _query(customer_id, after=place, limit=request.limit - len(found))
        found += [event for event in entries if chosen(event)]
        if place is None or len(found) == request.limit:
            return Page(found, request.cursor_at(place))


def each(*, customer_id: str) -> Iterator[Event]:
    """All events of a customer, the first first."""
    yield from Event.query(partition(customer_id), Event.sk.startswith(EVENT), consistent_read=True)


def _write(
    event: Event,
    receipt: Receipt | None,
    elsewhere: Sequence[Receipt],
    profile: Profile,
    facts: Mapping[str, Any],
    add: Callable[[TransactWrite], None],
    transaction: TransactWrite,
) -> None:
    transaction.save(event, condition=Event.pk.does_not_exist())
    if receipt:
        transaction.save(receipt, condition=Receipt.pk.does_not_exist())
    for other in elsewhere:
        transaction.condition_check(Receipt, other.pk, other.sk, condition=Receipt.pk.does_not_exist())
    customer_service.advance(transaction, profile, facts=facts)
    add(transaction)


def _items(owner_id: str, customer_id: str, recording: Recording, now: str) -> tuple[Event, Receipt | None]:
    """The event in its owner's partition; its id and its receipt are those of the customer that the request names."""
    at = clock.instant(recording.at) if recording.at else now
    made = event_id(
        customer_id=customer_id,
        route=recording.route,
        caller=recording.caller,
        idempotency_key=recording.idempotency_key,
    )
    stamps = {"recorded_at": now, "recorded_by": recording.caller}
    event = Event.keyed(owner_id, made, kind=recording.kind, at=at, details=recording.details, **stamps)
    if recording.idempotency_key is None:
        return event, None
    request_hash = ids.request_hash([recording.kind, recording.at, recording.details])
    given = None if owner_id == customer_id else customer_id
    return event, Receipt.keyed(owner_id, made, event_sk=event.sk, given=given, request_hash=request_hash)


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


def _elsewhere(profile: Profile, customer_id: str, receipt: Receipt | None) -> list[Receipt]:
    """Where the receipt of the same request may stand besides: with records that were merged, or parted again.

    A receipt goes from one to the other in one transaction, so it is at every moment in one of these places.
    """
    if receipt is None:
        return []
    others = customer_service.known_as(profile, customer_id=customer_id)
    return [Receipt(partition(one), receipt.sk, request_hash=receipt.request_hash) for one in others]


def _replay(places: Sequence[Receipt]) -> Event | None:
    for receipt in places:
        try:
            earlier = Receipt.get(receipt.pk, receipt.sk, consistent_read=True)
        except Receipt.DoesNotExist:
            continue
        if earlier.request_hash != receipt.request_hash:
            raise KeyReused("send another Idempotency-Key for another entry")
        pks = [earlier.event_pk or earlier.pk, *(one.pk for one in places)]
        return next(filter(None, (_event(pk.partition("#")[2], earlier.event_sk) for pk in pks)), None)
    return None


def _event(customer_id: str, event_sk: str) -> Event | None:
    """An event that a merge may have carried on since its receipt was looked at."""

    def look(one: str) -> Event | None:
        try:
            return Event.get(partition(one), event_sk, consistent_read=True)
        except Event.DoesNotExist:
            return None

    return followed(customer_id, look)


def _recorded(event: Event) -> Event | None:
    """The event if it is in the store: without a key its id is random, so it is this one, its answer lost."""
    try:
        return Event.get(event.pk, event.sk, consistent_read=True)
    except Event.DoesNotExist:
        return None


def _query(customer_id: str, *, after: str | None, limit: int) -> tuple[list[Event], str | None]:
    pk = partition(customer_id)
    answer: ResultIterator[Event] = Event.query(
        pk,
        Event.sk.startswith(EVENT),
        scan_index_forward=False,
        limit=limit,
        page_size=limit,
        consistent_read=True,
        last_evaluated_key=table.to_item({"pk": pk, "sk": after}) if after else None,
    )
    entries = list(answer)
    last = answer.last_evaluated_key
    return entries, last["sk"]["S"] if last else None
