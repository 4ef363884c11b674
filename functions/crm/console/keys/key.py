"""One key of a machine: how it stands, another secret for it, and taking it back."""

import secrets
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from crm.console.asked import Page, SeeOther, Visit
from crm.console.forms import again, checked, once, version, whole
from crm.console.keys.overview import HERE, shown, told_of
from crm.core.errors import Conflict, Forbidden, InvalidFields, InvalidRequest, StaleVersion
from crm.keys import service

_GRACE = ("0", "1", "24", "72", "168")
"""So many hours the secret before stays good."""


def show(visit: Visit) -> Page:
    """How the key stands. Raises NotFound."""
    return _page(visit)


def act(visit: Visit) -> Page | SeeOther:
    """Another secret, which the answer shows this once; or none any more. Raises NotFound, InvalidRequest."""
    try:
        match visit.asked.form.get("action"):
            case "rotate":
                return _rotate(visit)
            case "revoke":
                service.revoke(key_id=_id(visit), by=visit.actor)
                return SeeOther(f"{HERE}/{_id(visit)}?done=revoked")
    except Forbidden:
        # In words that say why; the audit notes it by the status.
        return replace(_page(visit, is_refused=True), status=HTTPStatus.FORBIDDEN.value)
    except (StaleVersion, Conflict) as refused:
        # It is shown as it is now: somebody was faster, or its time is over.
        return replace(_page(visit, is_new_to_them=True), status=refused.status.value)
    raise InvalidRequest("the form says nothing that can be done")


def _rotate(visit: Visit) -> Page:
    from crm.keys.schemas import Rotation  # looking at a key needs no schema

    form = visit.asked.form
    try:
        told = checked(Rotation, {"grace_hours": whole("grace_hours", form.get("grace_hours", ""))})
        rotated, secret = service.rotate(
            key_id=_id(visit),
            grace_hours=told.grace_hours,
            expected_version=version(form),
            by=visit.actor,
            idempotency_key=once(form),
        )
    except InvalidFields as refused:
        return again(_page(visit), refused)
    return shown(visit, rotated, secret, done="rotated")


def _page(visit: Visit, **more: Any) -> Page:
    key = service.get(key_id=_id(visit))
    values: dict[str, Any] = {
        "key": told_of(key),
        "version": key.version,
        "grace": _GRACE,
        "ask": visit.asked.query.get("ask") == "revoke" and not key.revoked_at,
        "once": secrets.token_urlsafe(12),
        "errors": {},
        "is_refused": False,
        "is_new_to_them": False,
        "done": visit.asked.query.get("done"),
        **more,
    }
    return Page("keys/key.html", values)


def _id(visit: Visit) -> str:
    return visit.asked.names["key_id"]
