"""Recording of events together with the facts they change, each once however often it is asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import cause, clock, ids, outbox, table
from crm.core.errors import KeyReused, StoreUnavailable
from crm.customers import service as customer_service
from crm.customers.models import Profile, followed, partition
from crm.timeline.models import Event, Receipt

Facts = Mapping[str, Any]
Advance = Callable[[Facts, Event], dict[str, Any]]
"""The facts after an event, from those before it."""
Alongside = Callable[[Sequence[Event], Facts], Callable[[TransactWrite], None]]
"""Reads what it needs, given events of one customer and the facts before them, and gives what else is written."""
MOST_TOGETHER = 25
"""So many events go into one transaction, with their receipts: small enough that others seldom meet it."""
_TRIES = 12
# A transaction has a hundred items; the profile is one, and `alongside` may add a few.
_MOST_ITEMS = 90


@dataclass(frozen=True)
class Recording:
    """A request to record an event: what it says, who sent it by which route, under which key."""

    kind: str
    at: datetime | None
    details: dict[str, Any]
    route: str
    caller: str
    idempotency_key: str | None


@dataclass(frozen=True)
class _Entry:
    """An event with its receipt, if it has a key, and where the receipt of the same request may stand besides."""

    event: Event
    receipt: Receipt | None
    elsewhere: tuple[Receipt, ...]

    def recorded(self) -> Event | None:
        """The event that the same request has recorded before. Raises KeyReused."""
        return _replay([self.receipt, *self.elsewhere]) if self.receipt else _recorded(self.event)

    def put(self, transaction: TransactWrite) -> None:
        transaction.save(self.event, condition=Event.pk.does_not_exist())
        if self.receipt:
            transaction.save(self.receipt, condition=Receipt.pk.does_not_exist())
        for other in self.elsewhere:
            transaction.condition_check(Receipt, other.pk, other.sk, condition=Receipt.pk.does_not_exist())


def record(
    *,
    customer_id: str,
    recordings: Sequence[Recording],
    advance: Advance,
    alongside: Alongside = lambda *_: lambda _: None,
    profile: Profile | None = None,
) -> list[Event]:
    """Write events of one customer and the facts that follow from them; a replay answers with the first event.

    Up to MOST_TOGETHER are written in one transaction, in their order; more take several. What `alongside` adds is
    written only if the facts are still those that it was given. `profile`: the customer's, where it has just been read.
    Raises NotFound for an unknown customer, and KeyReused when a key belongs to another request: those before it may be
    recorded then.
    """
    now, done, tries = clock.stamp(), dict[int, Event](), 0
    while left := [place for place in range(len(recordings)) if place not in done]:
        if tries == _TRIES:
            raise StoreUnavailable("this customer is being changed by many at once; not all was recorded")
        profile = profile or customer_service.get(customer_id=customer_id)
        batch = _batch(profile, customer_id, {place: recordings[place] for place in left}, now)
        events = [entry.event for entry in batch.values()]
        facts: Facts = profile.facts
        add = alongside(events, facts)
        for event in events:
            facts = advance(facts, event)
        try:
            table.commit(partial(_write, list(batch.values()), profile, facts, add))
        except table.ConditionFailed:
            # Looked for only now, since nearly every request is the first of its key.
            recorded = {place: entry.recorded() for place, entry in batch.items()}
            done |= {place: event for place, event in recorded.items() if event}
            tries += 1
        else:
            done |= dict(zip(batch, events, strict=True))
            tries = 0
        profile = None
    return [done[place] for place in range(len(recordings))]


def event_id(*, customer_id: str, route: str, caller: str, idempotency_key: str | None) -> str:
    """The id of the event that a request makes: the same for the same key, else random."""
    return ids.derived(caller=caller, route=f"{route}:{customer_id}", idempotency_key=idempotency_key)


def _batch(profile: Profile, customer_id: str, wanted: Mapping[int, Recording], now: str) -> dict[int, _Entry]:
    """The first of them that fit into one transaction, which takes no item twice."""
    # A receipt goes from a merged record to the other in one transaction, so it is at every moment in one of these.
    others = customer_service.known_as(profile, customer_id=customer_id) if _has_key(wanted) else []
    most = min(MOST_TOGETHER, _MOST_ITEMS // (2 + len(others)) or 1)
    batch: dict[int, _Entry] = {}
    keys: set[str] = set()
    for place, recording in wanted.items():
        entry = _entry(profile.customer_id, customer_id, recording, others, now)
        if len(batch) == most or entry.event.event_id in keys:
            break
        batch[place] = entry
        keys.add(entry.event.event_id)
    return batch


def _has_key(wanted: Mapping[int, Recording]) -> bool:
    return any(recording.idempotency_key is not None for recording in wanted.values())


def _entry(owner_id: str, customer_id: str, recording: Recording, others: Sequence[str], now: str) -> _Entry:
    """The event in its owner's partition; its id and its receipt are those of the customer that the request names."""
    at = clock.instant(recording.at) if recording.at else now
    made = event_id(
        customer_id=customer_id,
        route=recording.route,
        caller=recording.caller,
        idempotency_key=recording.idempotency_key,
    )
    stamps = {"recorded_at": now, "recorded_by": recording.caller, "audit": cause.carried(owner_id)}
    event = Event.keyed(owner_id, made, kind=recording.kind, at=at, details=recording.details, **stamps)
    if recording.idempotency_key is None:
        return _Entry(event, None, ())
    request_hash = ids.request_hash([recording.kind, recording.at, recording.details])
    given = None if owner_id == customer_id else customer_id
    receipt = Receipt.keyed(owner_id, made, event_sk=event.sk, given=given, request_hash=request_hash)
    elsewhere = tuple(Receipt(partition(one), receipt.sk, request_hash=request_hash) for one in others)
    return _Entry(event, receipt, elsewhere)


def _write(
    entries: Sequence[_Entry],
    profile: Profile,
    facts: Facts,
    add: Callable[[TransactWrite], None],
    transaction: TransactWrite,
) -> None:
    for entry in entries:
        entry.put(transaction)
    customer_service.advance(transaction, profile, facts=facts)
    outbox.tell(transaction, *(_told(entry.event) for entry in entries))
    add(transaction)


def _told(event: Event) -> outbox.Told:
    kind = "purchase.recorded" if event.kind == "purchase" else "interaction.logged"
    named = f"{kind.partition('.')[0]}_id"
    return kind, {"customer_id": event.customer_id, named: event.event_id, "happened_at": event.at}


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
