"""One webhook: what it hears of and what came of what was sent; changed, tried, switched, given another secret."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from crm.console import overtaken
from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again, once
from crm.console.overtaken import Edit
from crm.console.webhooks import form as hook_form
from crm.console.webhooks import overview
from crm.console.webhooks.overview import HERE, told_of
from crm.core.errors import Conflict, InvalidFields, InvalidRequest, StaleVersion
from crm.core.paging import PageRequest
from crm.webhooks import deliveries, service
from crm.webhooks.models import Delivery, Webhook
from crm.webhooks.rules import EVENTS

_AT_ONCE, _LONGEST = 20, 100
STATES = ("due", "delivered", "failed")
_TOLD = ("kind", "at", "state", "attempts", "tried_at", "answer")


def show(visit: Visit) -> Page:
    """The webhook with what was sent to it, the newest first. Raises NotFound."""
    return _page(visit)


def act(visit: Visit) -> Page | SeeOther:
    """What a button of the page is for. Raises NotFound, InvalidRequest."""
    todo = _DEEDS.get(visit.asked.form.get("action", ""))
    if todo is None:
        raise InvalidRequest("the form says nothing that can be done")
    try:
        return todo(visit)
    except InvalidFields as refused:
        return again(_page(visit), refused)
    except (StaleVersion, Conflict) as refused:
        # Somebody was faster, it is off, or it is being tried just now: it is shown as it is.
        return replace(_page(visit, is_new_to_them=True), status=refused.status.value)


def _change(visit: Visit) -> Page | SeeOther:
    form = visit.asked.form

    def read() -> Webhook:
        return service.get(webhook_id=_id(visit))

    def write(webhook: Webhook, edit: Edit) -> None:
        service.change(
            webhook_id=webhook.webhook_id, fields=hook_form.changes(edit), expected_version=int(webhook.version)
        )

    try:
        outcome = overtaken.written(form, read=read, shown=hook_form.shown, write=write)
    except InvalidFields as refused:
        edit = Edit.of(form, now=hook_form.shown(read()))
        return again(_page(visit, shown=edit.shown), refused)
    if outcome.edit.contested:
        page = _page(visit, shown=outcome.edit.shown, contested=outcome.edit.contested)
        return replace(page, status=HTTPStatus.CONFLICT.value)
    return _done(visit, "changed")


def _switch_on(visit: Visit) -> SeeOther:
    service.change(webhook_id=_id(visit), fields={"active": True}, expected_version=None)
    return _done(visit, "on")


def _switch_off(visit: Visit) -> SeeOther:
    service.change(webhook_id=_id(visit), fields={"active": False}, expected_version=None)
    return _done(visit, "off")


def _rotate(visit: Visit) -> Page:
    key = once(visit.asked.form)
    rotated, secret = service.rotate(webhook_id=_id(visit), by=visit.actor.who, idempotency_key=key)
    return overview.shown(rotated, secret, earlier_until=rotated.earlier_until)


def _try(visit: Visit) -> SeeOther:
    key = once(visit.asked.form)
    deliveries.send_test(webhook_id=_id(visit), by=visit.actor.who, idempotency_key=key)
    return _done(visit, "tried")


def _again(visit: Visit) -> SeeOther:
    form = visit.asked.form
    event_id, key = form.get("event", ""), once(form)
    if not 0 < len(event_id) <= _LONGEST:
        raise InvalidRequest("the form says nothing that can be done")
    deliveries.again(webhook_id=_id(visit), event_id=event_id, by=visit.actor.who, idempotency_key=key)
    return _done(visit, "again")


def _delete(visit: Visit) -> SeeOther:
    service.remove(webhook_id=_id(visit))
    return SeeOther(f"{HERE}?done=deleted")


_DEEDS = {
    "change": _change,
    "on": _switch_on,
    "off": _switch_off,
    "rotate": _rotate,
    "try": _try,
    "again": _again,
    "delete": _delete,
}


def _page(visit: Visit, **more: Any) -> Page:
    webhook, query = service.get(webhook_id=_id(visit)), visit.asked.query
    shown, address = hook_form.shown(webhook), f"{HERE}/{webhook.webhook_id}"
    state = query.get("state") if query.get("state") in STATES else None
    request = PageRequest(f"console sent:{address}:{state}:{visit.actor.scope}", _AT_ONCE, query.get("cursor") or None)
    sent = deliveries.page(webhook_id=webhook.webhook_id, request=request, state=state)
    narrowed = f"state={state}&" if state else ""
    values: dict[str, Any] = {
        "webhook": told_of(webhook),
        "address": address,
        "shown": shown,
        "before": overtaken.marks(shown),
        "events": EVENTS,
        "states": STATES,
        "state": state,
        "sent": [_told(one) for one in sent.items],
        "next": f"{address}?{narrowed}cursor={sent.next}#sent" if sent.next else None,
        "ask": query.get("ask") == "delete",
        "once": secrets.token_urlsafe(12),
        "contested": {},
        "errors": {},
        "is_new_to_them": False,
        "done": query.get("done"),
        **more,
    }
    return Page("webhooks/webhook.html", values)


def _told(delivery: Delivery) -> Mapping[str, Any]:
    known = {name: getattr(delivery, name) for name in _TOLD}
    return {**known, "id": delivery.event_id, "next_at": delivery.next_at if delivery.state == "due" else None}


def _done(visit: Visit, what: str) -> SeeOther:
    return SeeOther(f"{HERE}/{_id(visit)}?done={what}")


def _id(visit: Visit) -> str:
    return visit.asked.names["webhook_id"]
