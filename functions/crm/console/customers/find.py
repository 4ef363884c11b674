"""Finding anybody in one box: by the beginnings of words of the name, the number or the address."""

from typing import Any

from crm.console.asked import Page, SeeOther, Visit
from crm.console.routes import HOME
from crm.core.errors import InvalidFields
from crm.core.paging import PageRequest
from crm.core.veil import visible
from crm.customers import listing
from crm.customers.asking import Asked
from crm.customers.listing import Listed

_MOST = 20
_LONGEST = 254
_NOT_KNOWN = {"phone": None, "email": None}


def show(visit: Visit) -> Page | SeeOther:
    """Whom the words fit: a page, for a script the list alone, and for Enter, where it is one, that customer's page."""
    wanted = visit.asked.query.get("q", "").strip()[:_LONGEST]
    found, is_unclear = _found(visit, wanted) if wanted else (None, False)
    items = _shown(visit, found)
    values = {"wanted": wanted, "found": items, "is_unclear": is_unclear, "has_more": bool(found and found.next)}
    values["is_similar"] = bool(items) and items[0].get("match") == "similar"
    if visit.asked.is_partial:
        return Page("found.html", values)
    if len(items) == 1 and not values["is_similar"]:
        return SeeOther(f"{HOME}/customers/{items[0]['id']}")
    return Page("find.html", values)


def anybody(visit: Visit, wanted: str) -> list[dict[str, Any]]:
    """Whom the words fit, for a page that has a box of its own: {id, name, phone, email}, as far as seen."""
    words = wanted.strip()[:_LONGEST]
    return _shown(visit, _found(visit, words)[0]) if words else []


def _shown(visit: Visit, found: Listed | None) -> list[dict[str, Any]]:
    return [{**_NOT_KNOWN, **visible(one, visit.actor.hidden)} for one in found.items] if found else []


def _found(visit: Visit, wanted: str) -> tuple[Listed | None, bool]:
    actor = visit.actor
    asked = Asked(search=wanted, within=actor.within("customers.read"), hidden=actor.hidden)
    try:
        return listing.page(PageRequest(f"console find:{actor.scope}:{wanted}", _MOST), asked), False
    except InvalidFields:
        # No letter and no digit yet, or too many words.
        return None, True
