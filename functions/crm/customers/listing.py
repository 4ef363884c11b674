"""Pages of customers: searched for, or listed in an order and under filters. A page is one Query.

Which list is asked follows from the filters; what the list does not say by its place is filtered by what its entries
hold. A combination that no list answers would need a walk through all customers, and is refused with what to do
instead. docs/lists.md has the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crm.core import items, views
from crm.core.errors import InvalidFields
from crm.core.paging import Page, PageRequest
from crm.core.views import Sieve, Where
from crm.customers import projection, searching
from crm.customers.models import PROFILE, partition
from crm.segments import service as segment_service

Entry = Mapping[str, Any]
# Looked through for a page that is filtered: a few hundred kilobytes.
_READS = 1000
# One read of the truth takes a hundred profiles.
_MOST_PROFILES = 100


class Sort(StrEnum):
    """What lists can be sorted by."""

    NAME = "name"
    NEWEST = "newest"
    LAST_CONTACT = "last_contact"
    OWNER = "owner"


class Direction(StrEnum):
    """From the first to the last, or the other way round."""

    ASCENDING = "asc"
    DESCENDING = "desc"


@dataclass(frozen=True)
class Asked:
    """What was asked for; None where it was left open."""

    search: str | None = None
    segment: str | None = None
    tag: str | None = None
    owner: str | None = None
    language: str | None = None
    sort: Sort | None = None
    order: Direction | None = None

    @property
    def scope(self) -> str:
        """Names the list with its filters, for cursors."""
        return str([self.search, self.segment, self.tag, self.owner, self.language, self.sort, self.order])

    @property
    def downwards(self) -> bool:
        """Whether the largest comes first: as asked, else only of the newest."""
        return self.order is Direction.DESCENDING or (self.order is None and self.sort is Sort.NEWEST)

    def where(self, *names: str) -> tuple[Where, ...]:
        """The conditions on an entry's attributes, of those filters that were given."""
        return tuple(Where(name, "is", value) for name in names if (value := getattr(self, name)) is not None)


def page(request: PageRequest, asked: Asked) -> Page[Entry]:
    """One page of entries.

    Raises InvalidFields for a combination that would need a scan, NotFound for an unknown segment and NotBuiltYet for
    one that is being filled for the first time.
    """
    if asked.search is not None:
        return _hits(request, asked, asked.search)
    if asked.segment is not None:
        return _members(request, asked, asked.segment)
    pk, prefix, filters = _list(asked)
    found, place = views.query(
        pk,
        prefix=prefix,
        after=request.after,
        limit=request.limit,
        downwards=asked.downwards,
        sieve=Sieve(filters, _READS) if filters else None,
        consistent=False,
    )
    return Page(list(found), request.cursor_at(place))


def _list(asked: Asked) -> tuple[str, str, tuple[Where, ...]]:
    """Which list is asked, the beginning of its sort keys, and what is left to filter."""
    if asked.tag is not None:
        _require_alone(asked, "tag", sort=Sort.NAME)
        return projection.tagged(asked.tag), "", asked.where("owner", "language")
    if asked.owner is not None:
        return *_list_of(asked.owner, asked.sort), asked.where("language")
    if asked.language is not None:
        _require_alone(asked, "language", sort=Sort.NAME)
        return projection.speaking(asked.language), "", ()
    return _list_of_everybody(asked.sort), "", ()


def _list_of(owner: str, sort: Sort | None) -> tuple[str, str]:
    if sort is Sort.NEWEST:
        return projection.newest(projection.owned_by(owner)), ""
    if sort is Sort.LAST_CONTACT:
        return projection.contacted(projection.owned_by(owner)), ""
    return projection.BY_OWNER, f"{owner}#"


def _list_of_everybody(sort: Sort | None) -> str:
    if sort is Sort.NEWEST:
        return projection.newest(projection.EVERYBODY)
    if sort is Sort.LAST_CONTACT:
        return projection.contacted(projection.EVERYBODY)
    return projection.BY_OWNER if sort is Sort.OWNER else projection.EVERYBODY


def _require_alone(asked: Asked, name: str, *, sort: Sort) -> None:
    """Refuse an order in which no list of this filter is kept."""
    if asked.sort in (None, sort):
        return
    remedy = f"leave out sort, which lists by {sort}, or filter by owner alone, or make a segment of the {name}"
    raise InvalidFields.one(
        "sort", f"there is no list by {asked.sort} under a {name}, and it would need a scan; {remedy}"
    )


def _hits(request: PageRequest, asked: Asked, search: str) -> Page[Entry]:
    looked_for = searching.wanted(search)
    for name in ("segment", "tag", "sort", "order"):
        if getattr(asked, name) is not None:
            remedy = "which would need a scan; leave one of them out, or filter by owner or language"
            raise InvalidFields.one("search", f"cannot be combined with {name}, {remedy}")
    found, place = searching.exact(request, looked_for, filters=asked.where("owner", "language"))
    return Page([{**entry, "match": "exact"} for entry in found], request.cursor_at(place))


def _members(request: PageRequest, asked: Asked, segment_id: str) -> Page[Entry]:
    """Members by name; their entries say only who they are, so what is shown and filtered comes from the profiles."""
    if asked.sort not in (None, Sort.NAME):
        remedy = "leave out sort, or ask for /segments/{id}/customers, which knows more orders"
        raise InvalidFields.one("sort", f"a segment is not listed by {asked.sort} here; {remedy}")
    members = segment_service.listing_key(segment_id=segment_id)
    limit = min(request.limit, _MOST_PROFILES)
    found, place = views.query(members, after=request.after, limit=limit, downwards=asked.downwards)
    return Page(_profiles([entry["id"] for entry in found], asked), request.cursor_at(place))


def _profiles(ids: list[str], asked: Asked) -> list[Entry]:
    """The profiles of these customers that pass the filters, in order; who was deleted since is left out."""
    keys = [(partition(customer_id), PROFILE) for customer_id in ids]
    found = items.many(keys)
    shown = [{**found[key], "id": customer_id} for key, customer_id in zip(keys, ids, strict=True) if key in found]
    return [profile for profile in shown if _passes(profile, asked)]


def _passes(profile: Entry, asked: Asked) -> bool:
    tags = {projection.tagged(tag) for tag in profile.get("tags") or ()}
    tag_fits = asked.tag is None or projection.tagged(asked.tag) in tags
    return tag_fits and all(profile.get(where.name) == where.value for where in asked.where("owner", "language"))
