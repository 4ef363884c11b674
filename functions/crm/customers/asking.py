"""What may be asked of the lists of customers together, and which of the lists answers it. Pure.

A list is kept for everybody, for each owner, tag, language and segment, each in some orders. Of the filters that are
given the one that leaves the fewest customers names the list, and the others are applied to its entries. What would
have to look at all customers is refused, and the answer says what to ask instead. docs/lists.md has the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crm.core.actor import Within
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.core.views import Where
from crm.customers import projection
from crm.customers.projection import EVERYBODY, owned_by

Left = tuple[Where, ...]
"""What a list does not say by itself and its entries are asked for."""


class Sort(StrEnum):
    """What lists can be sorted by."""

    NAME = "name"
    NEWEST = "newest"
    LAST_CONTACT = "last_contact"
    OWNER = "owner"
    NEXT_REMINDER = "next_reminder"


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
    within: Within | None = None
    """Whose customers whoever asks may see; None: everybody's."""
    hidden: frozenset[str] = frozenset()
    """Which fields of them whoever asks does not see."""

    @property
    def by(self) -> Sort:
        """The order: by name, unless asked otherwise."""
        return self.sort or Sort.NAME

    @property
    def downwards(self) -> bool:
        """Whether the largest comes first: as asked, else only of the newest."""
        return self.order is Direction.DESCENDING or (self.order is None and self.by is Sort.NEWEST)

    @property
    def filters(self) -> list[str]:
        """The names of the filters that were given, the one that leaves the fewest first."""
        return [name for name in ("segment", "tag", "owner", "language") if getattr(self, name) is not None]

    def where(self, *names: str) -> Left:
        """The conditions on an entry's attributes, of those filters that were given, and whose it has to be."""
        reach = () if self.within is None else (Where("owner", "within", self.within),)
        return (*(Where(name, "is", getattr(self, name)) for name in names if name in self.filters), *reach)

    def passes(self, profile: Mapping[str, Any]) -> bool:
        """Whether a profile has the tag, the owner and the language asked for, and is within reach."""
        if self.within is not None and not self.within.holds(profile.get("owner")):
            return False
        tags = {projection.tagged(tag) for tag in profile.get("tags") or ()}
        tag_fits = self.tag is None or projection.tagged(self.tag) in tags
        return tag_fits and all(
            profile.get(where.name) == where.value for where in self.where("owner", "language") if where.how == "is"
        )


_ALL = frozenset(Sort)
_SORTS = {
    "segment": frozenset({Sort.NAME, Sort.LAST_CONTACT}),
    "tag": frozenset({Sort.NAME, Sort.NEXT_REMINDER}),
    "owner": _ALL,
    "language": frozenset({Sort.NAME, Sort.NEXT_REMINDER}),
}
_BESIDE_SEARCH = frozenset({"owner", "language"})


def require_list(asked: Asked) -> None:
    """Raise InvalidFields where no list answers these filters in this order."""
    if asked.segment is not None and asked.tag is not None:
        _refuse(
            "tag",
            Reason("cannot be combined with segment"),
            Reason("leave out one of them, or ask for the tag in the segment's rule"),
        )
    first = next(iter(asked.filters), None)
    if first and asked.by not in _SORTS[first]:
        offered = " or ".join(sorted(_SORTS[first]))
        _refuse(
            "sort",
            Reason("by {order} with {filter}", order=asked.by, filter=first),
            Reason("sort by {offered}, leave out {filter}, or make a segment of it", offered=offered, filter=first),
        )
    if asked.by is Sort.NEXT_REMINDER and asked.order is Direction.DESCENDING:
        _refuse("order", Reason("the other way round"), Reason("leave out order: the next reminder comes first"))


def require_search(asked: Asked) -> None:
    """Raise InvalidFields for what a search cannot be narrowed by."""
    for name in (*asked.filters, *(name for name in ("sort", "order") if getattr(asked, name) is not None)):
        if name not in _BESIDE_SEARCH:
            _refuse(
                "search",
                Reason("cannot be combined with {name}", name=name),
                Reason("leave out one of them; owner and language can be added"),
            )


def listed_under(asked: Asked) -> tuple[str, str, Left]:
    """The list that answers, the beginning of its sort keys, and what is left to filter."""
    if asked.tag is not None:
        return projection.tagged(asked.tag), "", asked.where("owner", "language")
    left = asked.where("language")
    if asked.owner is None and asked.language is not None:
        return projection.speaking(str(asked.language)), "", asked.where()
    pk = EVERYBODY if asked.owner is None else owned_by(asked.owner)
    match asked.by:
        case Sort.NEWEST:
            return projection.newest(pk), "", left
        case Sort.LAST_CONTACT:
            return projection.contacted(pk), "", left
        case Sort.NAME if asked.owner is None:
            return EVERYBODY, "", left
        case _:
            return projection.BY_OWNER, f"{asked.owner}#" if asked.owner else "", left


def _refuse(pointer: str, what: Reason, remedy: Reason) -> None:
    raise InvalidFields.one(
        pointer, Reason("{what}: it would need a walk through all customers; {remedy}", what=what, remedy=remedy)
    )
