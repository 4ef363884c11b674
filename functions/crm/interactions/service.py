"""Use cases of interactions."""

from collections.abc import Sequence

from crm.core import clock
from crm.core.paging import Page, PageRequest
from crm.customers.models import Profile
from crm.interactions import rules
from crm.interactions.schemas import NewInteraction
from crm.timeline import recording
from crm.timeline import service as timeline_service
from crm.timeline.models import Event
from crm.timeline.recording import Recording

_ROUTE = "POST /customers/{id}/interactions"


def log(*, customer_id: str, interaction: NewInteraction, caller: str, idempotency_key: str | None) -> Event:
    """Record the interaction and the customer's facts together. Raises NotFound, KeyReused, InvalidFields."""
    return log_each(customer_id=customer_id, interactions=[(interaction, idempotency_key)], caller=caller)[0]


def log_each(
    *,
    customer_id: str,
    interactions: Sequence[tuple[NewInteraction, str | None]],
    caller: str,
    profile: Profile | None = None,
) -> list[Event]:
    """Record interactions, each with its key, in as few transactions as hold them (see `crm.timeline.recording`).

    `profile`: the customer's, where it has just been read.
    Nothing is recorded if one lies in the future. Raises NotFound, KeyReused, InvalidFields.
    """
    return recording.record(
        customer_id=customer_id,
        recordings=[_recording(interaction, caller, key) for interaction, key in interactions],
        advance=lambda facts, event: rules.advance(facts, kind=event.kind, at=event.at),
        profile=profile,
    )


def _recording(interaction: NewInteraction, caller: str, key: str | None) -> Recording:
    rules.require_past(interaction.at, now=clock.now())
    details = interaction.model_dump(include={"summary", "channel"}, exclude_none=True)
    return Recording(interaction.kind, interaction.at, details, route=_ROUTE, caller=caller, idempotency_key=key)


def id_of(*, customer_id: str, caller: str, idempotency_key: str) -> str:
    """The id of the interaction that a request with this key records."""
    return recording.event_id(customer_id=customer_id, route=_ROUTE, caller=caller, idempotency_key=idempotency_key)


def page(*, customer_id: str, request: PageRequest) -> Page[Event]:
    """The customer's interactions, newest first. Raises NotFound."""
    return timeline_service.page(
        customer_id=customer_id, request=request, chosen=lambda event: event.kind in rules.KINDS
    )
