"""Use cases of purchases."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import clock
from crm.core.config import settings
from crm.core.errors import require_each
from crm.core.paging import Page, PageRequest
from crm.criteria import bought
from crm.customers.models import Profile
from crm.interactions.rules import require_past
from crm.purchases import baskets, rules
from crm.purchases.baskets import with_purchase
from crm.purchases.models import Bought
from crm.purchases.schemas import NewPurchase
from crm.timeline import recording
from crm.timeline import service as timeline_service
from crm.timeline.models import Event
from crm.timeline.recording import Recording

_ROUTE = "POST /customers/{id}/purchases"


def record(*, customer_id: str, purchase: NewPurchase, caller: str, idempotency_key: str | None) -> Event:
    """Record the purchase and the customer's facts together. Raises NotFound, KeyReused, InvalidFields."""
    return record_each(customer_id=customer_id, purchases=[(purchase, idempotency_key)], caller=caller)[0]


def record_each(
    *,
    customer_id: str,
    purchases: Sequence[tuple[NewPurchase, str | None]],
    caller: str,
    profile: Profile | None = None,
) -> list[Event]:
    """Record purchases, each with its key, in as few transactions as hold them (see `crm.timeline.recording`).

    `profile`: the customer's, where it has just been read.
    Nothing is recorded if one is not sound. Raises NotFound, KeyReused, InvalidFields.
    """
    reporting_currency = settings().reporting_currency
    return recording.record(
        customer_id=customer_id,
        recordings=[_recording(purchase, caller, key, reporting_currency) for purchase, key in purchases],
        advance=partial(_advanced, reporting_currency),
        alongside=partial(_bought, reporting_currency),
        profile=profile,
    )


def require_recordable(purchase: NewPurchase) -> None:
    """Raise InvalidFields for what nobody can have bought: in the future, or with sums that are not sound."""
    require_each(lambda: require_past(purchase.at, now=clock.now()), lambda: rules.require_sound(purchase))


def _recording(purchase: NewPurchase, caller: str, key: str | None, reporting_currency: str) -> Recording:
    require_recordable(purchase)
    details = _text(purchase) | {"currency": purchase.currency or reporting_currency}
    return Recording(rules.KIND, purchase.at, details, route=_ROUTE, caller=caller, idempotency_key=key)


def _advanced(reporting_currency: str, facts: Mapping[str, Any], event: Event) -> dict[str, Any]:
    amount, currency = Decimal(event.details["amount"]), event.details["currency"]
    return rules.advance(facts, amount=amount, currency=currency, reporting_currency=reporting_currency, at=event.at)


def id_of(*, customer_id: str, caller: str, idempotency_key: str) -> str:
    """The id of the purchase that a request with this key records."""
    return recording.event_id(customer_id=customer_id, route=_ROUTE, caller=caller, idempotency_key=idempotency_key)


def rewritten(customer_id: str, events: Sequence[Event]) -> Callable[[TransactWrite], None]:
    """What the customer bought, gathered anew from all events that remain."""
    remaining = [event for event in events if event.kind == rules.KIND]
    if not remaining:
        return lambda transaction: transaction.delete(Bought.keyed(customer_id))
    found = bought.NOTHING
    for event in remaining:
        found = _with(found, event, settings().reporting_currency)
    after = Bought.keyed(customer_id, kept=bought.packed(found))
    return lambda transaction: transaction.save(after)


def _bought(
    reporting_currency: str, events: Sequence[Event], facts: Mapping[str, Any]
) -> Callable[[TransactWrite], None]:
    """What the customer bought, with these purchases added."""
    customer_id = events[0].customer_id
    item = Bought.read(customer_id) if facts["purchases"] else None
    # Purchases may have been recorded before what was bought was gathered.
    earlier = timeline_service.each(customer_id=customer_id) if item is None and facts["purchases"] else ()
    found = bought.unpacked(item.kept) if item else bought.NOTHING
    for one in (*(each for each in earlier if each.kind == rules.KIND), *events):
        found = _with(found, one, reporting_currency)
    after = Bought.keyed(customer_id, kept=bought.packed(found))
    return lambda transaction: transaction.save(after)


def _with(found: bought.Bought, event: Event, reporting_currency: str) -> bought.Bought:
    return with_purchase(
        found,
        on=date.fromisoformat(event.at[:10]),
        purchase=event.details,
        reporting_currency=reporting_currency,
        today=clock.now().date(),
    )


def unite(transaction: TransactWrite, *, into: str, old: str) -> None:
    """Put what a merge of two customers means for what they bought into its transaction, which checks both profiles."""
    mine, theirs = Bought.read(into), Bought.read(old)
    if theirs is None and mine is not None:
        # Purchases may have been recorded before what was bought was gathered; then there is something to gather.
        theirs = _gathered(old)
    if theirs is None:
        return
    mine = mine or _gathered(into)
    both = [bought.unpacked(one.kept) for one in (mine, theirs) if one]
    found = both[0] if len(both) == 1 else baskets.united(*both, today=clock.now().date())
    transaction.save(Bought.keyed(into, kept=bought.packed(found)))
    transaction.delete(Bought.keyed(old))


def recounted(events: Iterable[Mapping[str, Any]]) -> bytes | None:
    """What was bought by these events ({kind, at, details}), as it is stored; None where nothing was."""
    found, currency, today = bought.NOTHING, settings().reporting_currency, clock.now().date()
    for one in events:
        if one["kind"] == rules.KIND:
            on = date.fromisoformat(one["at"][:10])
            found = with_purchase(found, on=on, purchase=one["details"], reporting_currency=currency, today=today)
    return bought.packed(found) if found != bought.NOTHING else None


def put_recounted(transaction: TransactWrite, *, customer_id: str, kept: bytes | None) -> None:
    """Put what was bought in place of what is stored, in a transaction that checks the profile."""
    if kept is None:
        transaction.delete(Bought.keyed(customer_id))
    else:
        transaction.save(Bought.keyed(customer_id, kept=kept))


def _gathered(customer_id: str) -> Bought | None:
    events = timeline_service.each(customer_id=customer_id)
    kept = recounted({"kind": one.kind, "at": one.at, "details": one.details} for one in events)
    return Bought.keyed(customer_id, kept=kept) if kept else None


def _text(purchase: NewPurchase) -> dict[str, Any]:
    """The purchase with its numbers as text, exactly as sent: the store would drop zeros at the end."""
    return purchase.model_dump(mode="json", exclude={"at"}, exclude_none=True)


def page(*, customer_id: str, request: PageRequest) -> Page[Event]:
    """The customer's purchases, newest first. Raises NotFound."""
    return timeline_service.page(
        customer_id=customer_id, request=request, chosen=lambda event: event.kind == rules.KIND
    )
