"""Lists of customers, read from the views: by name, by owner, by word; each is one Query per page."""

from collections.abc import Callable
from typing import Any

from crm.core import text, views
from crm.core.errors import InvalidFields
from crm.core.paging import Page, PageRequest
from crm.customers.projection import EVERYBODY, owned_by, searched_under
from crm.segments import service as segment_service

_PHONE_PUNCTUATION = " +-()./"
_SHOWN = ("id", "name", "kind", "email", "phone", "language", "owner")


def page(request: PageRequest, *, search: str | None, segment: str | None, owner: str | None) -> Page[dict[str, Any]]:
    """One page by name, of everybody, an owner or a segment, or by word.

    Raises InvalidFields for a combination that would need a scan, NotFound for an unknown segment and NotBuiltYet for
    one that is being filled for the first time.
    """

    def is_owned(entry: dict[str, Any]) -> bool:
        return owner is None or entry.get("owner") == owner

    if search is not None and segment is not None:
        raise InvalidFields.one("search", "cannot be combined with segment, which would need a scan; use one of them")
    if search is not None:
        wanted = _words(search)
        found_under = searched_under(wanted[0])
        return _entries(request, found_under, prefix=wanted[0], fits=lambda e: _is_hit(e, wanted) and is_owned(e))
    if segment is not None:
        return _entries(request, segment_service.listing_key(segment_id=segment), prefix="", fits=is_owned)
    return _entries(request, EVERYBODY if owner is None else owned_by(owner), prefix="", fits=lambda _: True)


def _words(search: str) -> list[str]:
    """The words looked for, longest first: the longest is the rarest. A phone number is one word."""
    digits = text.ascii_digits(search)
    if not any(c.isalpha() for c in digits):
        digits = "".join(c for c in digits if c not in _PHONE_PUNCTUATION)
    found = sorted(set(text.words(digits)), key=len, reverse=True)
    if not found:
        raise InvalidFields.one("search", "give at least one letter or digit")
    return found


def _is_hit(entry: dict[str, Any], wanted: list[str]) -> bool:
    """Whether every word looked for begins a word of the entry; of several entries of one customer only the first."""
    words: list[str] = entry["words"]
    first = min(word for word in words if word.startswith(wanted[0]))
    return entry["sk"] == f"{first}#{entry['id']}" and all(
        any(word.startswith(prefix) for word in words) for prefix in wanted
    )


def _entries(
    request: PageRequest, pk: str, *, prefix: str, fits: Callable[[dict[str, Any]], bool]
) -> Page[dict[str, Any]]:
    chosen: list[dict[str, Any]] = []
    place = request.after
    while True:
        entries, place = views.query(pk, prefix=prefix, after=place, limit=request.limit - len(chosen))
        chosen += [_shown(entry) for entry in entries if fits(entry)]
        if place is None or len(chosen) == request.limit:
            return Page(chosen, request.cursor_at(place))


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in _SHOWN if name in entry}
