"""Use cases of purchases."""

from functools import partial
from typing import Any

from crm.core import clock
from crm.core.config import settings
from crm.core.paging import Page, PageRequest
from crm.interactions.rules import require_past
from crm.purchases import rules
from crm.purchases.schemas import NewPurchase
from crm.timeline import service as timeline_service
from crm.timeline.models import Event

_ROUTE = "POST /customers/{id}/purchases"


def record(*, customer_id: str, purchase: NewPurchase, caller: str, idempotency_key: str | None) -> Event:
    """Record the purchase and the customer's facts together. Raises NotFound, KeyReused, InvalidFields."""
    require_past(purchase.at, now=clock.now())
    rules.require_sound(purchase)
    reporting_currency = settings().reporting_currency
    currency = purchase.currency or reporting_currency
    details = _text(purchase) | {"currency": currency}
    recording = timeline_service.Recording(
        kind=rules.KIND,
        at=purchase.at,
        details=details,
        route=_ROUTE,
        caller=caller,
        idempotency_key=idempotency_key,
    )
    return timeline_service.record(
        customer_id=customer_id,
        recording=recording,
        advance=lambda at: partial(
            rules.advance, amount=purchase.amount, currency=currency, reporting_currency=reporting_currency, at=at
        ),
    )


def _text(purchase: NewPurchase) -> dict[str, Any]:
    """The purchase with its numbers as text, exactly as sent: the store would drop zeros at the end."""
    return purchase.model_dump(mode="json", exclude={"at"}, exclude_none=True)


def page(*, customer_id: str, request: PageRequest) -> Page[Event]:
    """The customer's purchases, newest first. Raises NotFound."""
    return timeline_service.page(
        customer_id=customer_id, request=request, chosen=lambda event: event.kind == rules.KIND
    )
