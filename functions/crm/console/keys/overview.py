"""The keys of machines: which there are, and making one, whose secret the page that answers shows, and no other."""

import secrets
from collections.abc import Mapping
from typing import Any

from crm.access import rules as access
from crm.access.models import Roster
from crm.console.asked import Page, Visit
from crm.console.forms import again, checked, filled, once, whole
from crm.console.routes import HOME
from crm.console.shown_once import another
from crm.console.staff import members
from crm.core import clock
from crm.core.errors import Forbidden, InvalidFields, KeyReused
from crm.core.paging import PageRequest
from crm.core.reason import Reason
from crm.keys import rules, service
from crm.keys.models import MachineKey

HERE = f"{HOME}/keys"
_AT_ONCE = 50
_TOLD = ("name", "role", "rate", "created_at", "created_by", "valid_until", "revoked_at", "rotated_at", "last_used")
_FIELDS = ("name", "role", "rate", "valid_days")
_USUAL = {"name": "", "role": "till", "rate": "120", "valid_days": "365"}
BEYOND = Reason("this role may more than yours")


def show(visit: Visit) -> Page:
    """All keys, a page at a time, and the form that makes one."""
    return _page(visit, _USUAL)


def make(visit: Visit) -> Page:
    """Make a key. The answer shows what the machine is to send; the same form once more shows the key without it."""
    from crm.keys.schemas import NewKey  # looking at keys needs no schema

    form = visit.asked.form
    typed = {name: form.get(name, "").strip() for name in _FIELDS}
    try:
        numbers = {name: whole(name, typed[name]) for name in ("rate", "valid_days")}
        told = {**filled(form, ("name", "role")), **{name: one for name, one in numbers.items() if one is not None}}
        new = checked(NewKey, told)
        made, secret = service.make(**new.model_dump(), by=visit.actor, idempotency_key=once(form))
    except InvalidFields as refused:
        return again(_page(visit, typed), refused)
    except Forbidden:
        return again(_page(visit, typed), InvalidFields.one("/role", BEYOND))
    except KeyReused as sent:
        return again(_page(visit, typed), sent)
    return shown(visit, made, secret, done="made")


def shown(visit: Visit, key: MachineKey, secret: str | None, *, done: str) -> Page:
    """What the machine is to send, this once; where it was shown already, how another one is made."""
    told = told_of(key)
    values: dict[str, Any] = {"key": told, "secret": secret, "base": visit.asked.base, "done": done, "another": None}
    if told["state"] == "active":
        # Nobody has copied the one before: it need not stay good.
        values["another"] = another(secret, f"{HERE}/{key.key_id}", version=key.version, grace_hours=0)
    return Page("keys/made.html", values)


def told_of(key: MachineKey) -> Mapping[str, Any]:
    """A key as pages show it, without anything that opens it."""
    now = clock.stamp()
    earlier = key.earlier_until if key.earlier_until and now < key.earlier_until else None
    known = {name: getattr(key, name) for name in _TOLD}
    return {**known, "id": key.key_id, "state": rules.state(key, now=now), "earlier_until": earlier}


def _page(visit: Visit, typed: Mapping[str, str]) -> Page:
    cursor = visit.asked.query.get("cursor") or None
    found = service.page(PageRequest(f"console keys:{visit.actor.scope}", _AT_ONCE, cursor))
    values: dict[str, Any] = {
        "keys": [told_of(one) for one in found.items],
        "next": f"{HERE}?cursor={found.next}" if found.next else None,
        "roles": _roles(visit),
        "typed": typed,
        "once": secrets.token_urlsafe(12),
        "errors": {},
        "done": visit.asked.query.get("done"),
    }
    return Page("keys/keys.html", values)


def _roles(visit: Visit) -> list[str]:
    """The roles that the reader may give to a machine."""
    own = Roster.read().roles
    given = ((name, access.found(name, own)) for name in members.roles_to_give(visit.actor))
    return [name for name, role in given if role and rules.is_for_machines(role.rights)]
