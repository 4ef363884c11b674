"""Use cases of interactions."""

from functools import partial

from crm.core import clock
from crm.core.paging import Page, PageRequest
from crm.interactions import rules
from crm.interactions.schemas import NewInteraction
from crm.timeline import service as timeline_service
from crm.timeline.models import Event

_ROUTE = "POST /customers/{id}/interactions"


def log(*, customer_id: str, interaction: NewInteraction, caller: str, idempotency_key: str | None) -> Event:
    """Record the interaction and the customer's facts together. Raises NotFound, KeyReused, InvalidFields."""
    rules.require_past(interaction.at, now=clock.now())
    recording = timeline_service.Recording(
        kind=interaction.kind,
        at=interaction.at,
        details=interaction.model_dump(include={"summary", "channel"}, exclude_none=True),
        route=_ROUTE,
        caller=caller,
        idempotency_key=idempotency_key,
    )
    return timeline_service.record(
        customer_id=customer_id,
        recording=recording,
        advance=lambda at: partial(rules.advance, kind=interaction.kind, at=at),
    )


def id_of(*, customer_id: str, caller: str, idempotency_key: str) -> str:
    """The id of the interaction that a request with this key records."""
    return timeline_service.event_id(
        customer_id=customer_id, route=_ROUTE, caller=caller, idempotency_key=idempotency_key
    )


def page(*, customer_id: str, request: PageRequest) -> Page[Event]:
    """The customer's interactions, newest first. Raises NotFound."""
    return timeline_service.page(
        customer_id=customer_id, request=request, chosen=lambda event: event.kind in rules.KINDS
    )
