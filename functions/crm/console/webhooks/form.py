"""A webhook as the fields of a form, and back."""

from collections.abc import Mapping
from typing import Any

from crm.console.forms import checked
from crm.console.overtaken import Edit
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.webhooks.models import Webhook
from crm.webhooks.rules import EVENTS

EVENT, YES = "event.", "yes"
_LINES = ("name", "url")
NOTHING: Mapping[str, str] = dict.fromkeys((*_LINES, *(f"{EVENT}{one}" for one in EVENTS)), "")
"""The form of one that is to be made."""


def shown(webhook: Webhook) -> dict[str, str]:
    """What holds of a webhook, by the fields of the form."""
    heard = {f"{EVENT}{one}": YES if one in webhook.events else "" for one in EVENTS}
    return {**{name: str(getattr(webhook, name)) for name in _LINES}, **heard}


def filled(form: Mapping[str, str]) -> dict[str, Any]:
    """What a form tells of a new one, as `crm.webhooks.service` takes it. Raises InvalidFields."""
    from crm.webhooks.schemas import NewWebhook

    events = _chosen(form)
    return checked(NewWebhook, {**{name: form.get(name, "").strip() for name in _LINES}, "events": events}).model_dump()


def changes(edit: Edit) -> dict[str, Any]:
    """What a form changes, as `crm.webhooks.service` takes it. Raises InvalidFields."""
    from crm.webhooks.schemas import WebhookChange

    told: dict[str, Any] = {name: edit.changed[name] for name in _LINES if name in edit.changed}
    if any(name.startswith(EVENT) for name in edit.changed):
        told["events"] = _chosen(edit.shown)
    return checked(WebhookChange, told).model_dump(exclude_unset=True)


def _chosen(form: Mapping[str, str]) -> list[str]:
    chosen = [one for one in EVENTS if form.get(f"{EVENT}{one}")]
    if not chosen:
        raise InvalidFields.one("/events", Reason("Choose at least one."))
    return chosen
