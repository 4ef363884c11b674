"""Who did, saw and tried what, the last first; and whether the chain that says so is whole."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from crm.access import rules as access_rules
from crm.audit import listing, showing, verifying
from crm.audit.listing import Wanted
from crm.audit.models import Head
from crm.audit.verifying import Walk
from crm.console.asked import Page, Visit
from crm.console.roles import permitting
from crm.console.routes import HOME
from crm.console.saying import Saying
from crm.core import clock
from crm.core.paging import PageRequest
from crm.customers import service as customers
from crm.mail.languages import Language
from crm.staff import service as staff_service

_HERE = f"{HOME}/audit"
_FILTERS = ("staff", "customer", "event", "from", "to")
EVENTS = ("done", "denied", "read")
_AT_ONCE, _MOST_MEMBERS, _LONGEST = 25, 200, 60
_STEPS = 4
"""Of so many entries at once a request looks whether the chain is whole; the next goes on."""
_BEGIN = "begin"


def show(visit: Visit) -> Page:
    """A page of entries. Raises ForeignCursor."""
    walked = visit.asked.query.get("walk", "")[:2_000]
    verified = _verified(visit, walked) if walked else None
    if visit.asked.is_partial and verified:
        return Page("audit/verified.html", {"verified": verified})
    asked = {name: visit.asked.query.get(name, "").strip()[:_LONGEST] for name in _FILTERS}
    wanted, unclear = _wanted(asked, Saying(visit.language))
    request = PageRequest(f"console audit:{visit.actor.scope}:{json.dumps(asked)}", _AT_ONCE, _cursor(visit))
    found = listing.page(wanted, request)
    told, head = list(showing.entries(found.items)), Head.read()
    values = {
        "asked": asked,
        "unclear": unclear,
        "told": told,
        "needed": _needed((one.route for one in told if one.route), visit.language),
        # Who was erased, or is in the bin, has no page to be led to.
        "there": customers.names(one.customer for one in told if one.customer),
        "next": f"{_HERE}?{urlencode({**_given(asked), 'cursor': found.next})}" if found.next else None,
        "first": f"{_HERE}?{urlencode(_given(asked))}",
        "is_first": request.cursor is None,
        "members": staff_service.page(PageRequest("console audit members", _MOST_MEMBERS)).items,
        "events": EVENTS,
        "head": head,
        # The day under which it stands is that of UTC, and no reader's.
        "last_at": listing.last_at(head) if head else None,
        "verified": verified,
    }
    return Page("audit/audit.html", values, 422 if unclear else 200)


def _needed(routes: Iterable[str], language: Language) -> dict[str, str]:
    """What each route is for, by the sentence of its permission; routes for everybody who is signed in have none."""
    policy = access_rules.policy()
    known = {route: policy.routes[route] for route in routes if route in policy.routes}
    return {route: permitting.in_words(policy.permissions[one], language) for route, one in known.items()}


def _given(asked: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in asked.items() if value}


def _cursor(visit: Visit) -> str | None:
    return visit.asked.query.get("cursor") or None


def _wanted(asked: Mapping[str, str], say: Saying) -> tuple[Wanted, set[str]]:
    """What is asked for, and which days of it are none."""
    ends = {name: _midnight(asked[name], say, plus) for name, plus in (("from", 0), ("to", 1))}
    unclear = {name for name, found in ends.items() if asked[name] and found is None}
    event = asked["event"] if asked["event"] in EVENTS else None
    return Wanted(asked["customer"] or None, asked["staff"] or None, ends["from"], ends["to"], event), unclear


def _midnight(text: str, say: Saying, days_later: int) -> str | None:
    try:
        day = date.fromisoformat(text) + timedelta(days=days_later)
        return clock.instant(datetime.combine(day, time(), say.zone))
    except (ValueError, OverflowError):
        return None


def _verified(visit: Visit, walked: str) -> dict[str, Any]:
    """What a part of a walk along the chain has found: `is_over`, what is `broken`, how far it is."""
    request = PageRequest(f"console audit walk:{visit.actor.scope}", cursor=None if walked == _BEGIN else walked)
    walk = Walk(**json.loads(request.after)) if request.after else verifying.begun()
    if walk is None:
        return {"is_over": True, "broken": None, "walk": None, "next": None}
    broken, is_over = None, False
    for _ in range(_STEPS):
        walk, broken, is_over = verifying.step(walk, None)
        if is_over:
            break
    rest = None if is_over else request.cursor_at(json.dumps(asdict(walk)))
    after = f"{_HERE}?{urlencode({'walk': rest})}" if rest else None
    return {"is_over": is_over, "broken": broken, "walk": walk, "next": after}
