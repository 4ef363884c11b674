"""Webhooks: who is told of what happens, how each stands, and having somebody told."""

import secrets
from collections.abc import Mapping
from typing import Any

from crm.console.asked import Page, Visit
from crm.console.forms import again, once
from crm.console.routes import HOME
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
    return Page("webhooks/made.html", {"webhook": told_of(made), "secret": secret, "is_new": True})


def told_of(webhook: Webhook) -> Mapping[str, Any]:
    """A webhook as pages show it, without its secrets."""
    known = {name: getattr(webhook, name) for name in _TOLD}
    return {**known, "id": webhook.webhook_id, "events": sorted(webhook.events)}


def _page(visit: Visit, shown: Mapping[str, str]) -> Page:
    found = service.page(PageRequest(f"console webhooks:{visit.actor.scope}", service.MOST)).items
    values: dict[str, Any] = {
        "webhooks": [told_of(one) for one in found],
        "is_full": len(found) >= service.MOST,
        "shown": {**hook_form.NOTHING, **shown},
        "events": EVENTS,
        "contested": {},
        "once": secrets.token_urlsafe(12),
        "errors": {},
        "done": visit.asked.query.get("done"),
    }
    return Page("webhooks/webhooks.html", values)
