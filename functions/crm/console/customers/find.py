"""Finding anybody in one box: by words, and parts of words, of the name, the number or the address."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from crm.console.asked import Page, SeeOther, Visit
from crm.console.routes import HOME
from crm.core.errors import InvalidFields
from crm.core.paging import PageRequest
from crm.core.veil import visible
from crm.customers import listing, marking
from crm.customers.asking import Asked
from crm.customers.listing import Listed

_MOST = 20
_LONGEST = 254
_NOT_KNOWN = {"phone": None, "email": None}


class Fitting(NamedTuple):
    """Some whom the words fit, {id, name, phone, email} as far as seen, and whether there may be more."""

    items: list[dict[str, Any]]
    has_more: bool


def show(visit: Visit) -> Page | SeeOther:
    """Whom the words fit: a page, for a script the list alone, and for Enter, where it is one, that customer's page."""
    wanted = visit.asked.query.get("q", "").strip()[:_LONGEST]
    found, is_unclear = _found(visit, wanted) if wanted else (None, False)
    items = _shown(visit, found)
    is_similar = bool(items) and items[0].get("match") == "similar"
    values = {
        "wanted": wanted,
        "found": [one | _why(one, wanted, is_similar=is_similar) for one in items],
        "is_unclear": is_unclear,
        "is_similar": is_similar,
        "has_more": _has_more(found) if is_similar else bool(found and found.next),
        "lacks_parts": not is_similar and found is not None and found.complete is False,
    }
    if visit.asked.is_partial:
        return Page("found.html", values)
    if len(items) == 1 and not values["is_similar"] and not values["has_more"]:
        return SeeOther(f"{HOME}/customers/{items[0]['id']}")
    return Page("find.html", values)


def anybody(visit: Visit, wanted: str) -> Fitting:
    """Whom the words fit, for a page that has a box of its own."""
    words = wanted.strip()[:_LONGEST]
    found = _found(visit, words)[0] if words else None
    return Fitting(_shown(visit, found), _has_more(found))


def _has_more(found: Listed | None) -> bool:
    return found is not None and (bool(found.next) or found.complete is False)


def _why(one: Mapping[str, Any], wanted: str, *, is_similar: bool) -> dict[str, Any]:
    """The name, the number and the address in pieces, marked or not; `elsewhere`: what fits is in none of these."""
    pieces = marking.in_entry(one, "" if is_similar else wanted)
    is_marked = any(is_found for parts in pieces.values() for _, is_found in parts)
    return {"pieces": pieces, "elsewhere": not is_marked and not is_similar}


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
