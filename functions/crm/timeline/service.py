"""Recording of events together with the facts they change, and reading them back in order of time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.pagination import ResultIterator
from pynamodb.transactions import TransactWrite

from crm.core import clock, ids, table
from crm.core.errors import KeyReused, StoreUnavailable
from crm.core.paging import Page, PageRequest
from crm.customers import service as customer_service
from crm.customers.models import partition
from crm.timeline.models import EVENT, Event, Receipt

Advance = Callable[[Mapping[str, Any]], dict[str, Any]]
Alongside = Callable[[Event, Mapping[str, Any]], Callable[[TransactWrite], None]]
"""Reads what it needs, given the event and the facts before it, and gives what else is written with the event."""
_TRIES = 12


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
    event, receipt = _items(customer_id, recording)
    for _ in range(_TRIES):
        profile = customer_service.get(customer_id=customer_id)
        facts, add = advance(event.at)(profile.facts), alongside(event, profile.facts)

        def write(
            transaction: TransactWrite, profile: Any = profile, facts: Mapping[str, Any] = facts, add: Any = add
        ) -> None:
            transaction.save(event, condition=Event.pk.does_not_exist())
            if receipt:
                transaction.save(receipt, condition=Receipt.pk.does_not_exist())
            customer_service.advance(transaction, profile, facts=facts)
            add(transaction)

        try:
            table.commit(write)
        except table.ConditionFailed:
            # Looked for only now, since nearly every request is the first of its key.
            recorded = _replay(customer_id, receipt) if receipt else _recorded(event)
            if recorded:
                return recorded
        else:
            return event
    raise StoreUnavailable("this customer is being changed by many at once; nothing was recorded")


def page(*, customer_id: str, request: PageRequest, chosen: Callable[[Event], bool]) -> Page[Event]:
    """The customer's events, newest first, that are `chosen`. Raises NotFound."""
    customer_service.get(customer_id=customer_id)
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


def _items(customer_id: str, recording: Recording) -> tuple[Event, Receipt | None]:
    now = clock.stamp()
    at = clock.instant(recording.at) if recording.at else now
    route = f"{recording.route}:{customer_id}"
    event_id = ids.derived(caller=recording.caller, route=route, idempotency_key=recording.idempotency_key)
    stamps = {"recorded_at": now, "recorded_by": recording.caller}
    event = Event.keyed(customer_id, event_id, kind=recording.kind, at=at, details=recording.details, **stamps)
    if recording.idempotency_key is None:
        return event, None
    request_hash = ids.request_hash([recording.kind, recording.at, recording.details])
    return event, Receipt.keyed(customer_id, event_id, event_sk=event.sk, request_hash=request_hash)


def _replay(customer_id: str, receipt: Receipt) -> Event | None:
    try:
        earlier = Receipt.get(receipt.pk, receipt.sk, consistent_read=True)
    except Receipt.DoesNotExist:
        return None
    if earlier.request_hash != receipt.request_hash:
        raise KeyReused("send another Idempotency-Key for another entry")
    return Event.get(partition(customer_id), earlier.event_sk, consistent_read=True)


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
