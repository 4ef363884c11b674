"""Webhooks: who is told of what happens, how each stands, and having somebody told."""

import secrets
from collections.abc import Mapping
from typing import Any

from crm.console.asked import Page, Visit
from crm.console.forms import again, once
from crm.console.routes import HOME
from crm.console.shown_once import another
from crm.console.webhooks import form as hook_form
from crm.core.errors import InvalidFields, KeyReused, LimitReached
from crm.core.paging import PageRequest
from crm.webhooks import service
from crm.webhooks.models import Webhook
from crm.webhooks.rules import EVENTS

HERE = f"{HOME}/webhooks"
_TOLD = ("name", "url", "state", "off_because", "failing_since", "created_at", "created_by", "rotated_at")


def show(visit: Visit) -> Page:
    """All webhooks, and the form that makes one."""
    return _page(visit, hook_form.NOTHING)


def make(visit: Visit) -> Page:
    """Make a webhook. The answer shows its secret; the same form once more shows the webhook without it."""
    form = visit.asked.form
    try:
        fields = hook_form.filled(form)
        made, secret = service.make(**fields, by=visit.actor.who, idempotency_key=once(form))
    except (InvalidFields, LimitReached, KeyReused) as refused:
        return again(_page(visit, form), refused)
    return shown(made, secret)


def shown(webhook: Webhook, secret: str | None, *, earlier_until: str | None = None) -> Page:
    """The secret, this once; where it was shown already, how another one is made."""
    values = {"webhook": told_of(webhook), "secret": secret, "earlier_until": earlier_until}
    return Page("webhooks/made.html", {**values, "another": another(secret, f"{HERE}/{webhook.webhook_id}")})


def told_of(webhook: Webhook) -> Mapping[str, Any]:
    """A webhook as pages show it, without its secrets."""
    known = {name: getattr(webhook, name) for name in _TOLD}
    return {**known, "id": webhook.webhook_id, "events": sorted(webhook.events)}


def _page(visit: Visit, typed: Mapping[str, str]) -> Page:
    found = service.page(PageRequest(f"console webhooks:{visit.actor.scope}", service.MOST)).items
    values: dict[str, Any] = {
        "webhooks": [told_of(one) for one in found],
        "is_full": len(found) >= service.MOST,
        "shown": {**hook_form.NOTHING, **typed},
        "events": EVENTS,
        "contested": {},
        "once": secrets.token_urlsafe(12),
        "errors": {},
        "done": visit.asked.query.get("done"),
    }
    return Page("webhooks/webhooks.html", values)
