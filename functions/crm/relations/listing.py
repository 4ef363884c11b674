"""A customer's relations with the other sides as they are now, a page at a time."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm.core import items, table
from crm.core.actor import Within
from crm.core.errors import InvalidFields
from crm.core.paging import Page, PageRequest, filled, of_partition
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.customers.models import PROFILE, Profile, followed, partition
from crm.relations.models import RELATION, Relation
from crm.relations.rules import BUSINESS, KINDS

Entry = tuple[Relation, Mapping[str, Any] | None]
"""A relation, and {id, name, kind} of the other side; None for the business."""
_SHOWN = ("name", "kind", "owner")


def page(*, customer_id: str, kind: str | None, request: PageRequest, within: Within | None) -> Page[Entry]:
    """The relations of a customer, by kind; those with customers in the bin or out of reach are left out.

    Raises NotFound.
    """
    if kind is not None and kind not in KINDS:
        raise InvalidFields.one("kind", Reason("is none of {kinds}", kinds=", ".join(KINDS)))
    own = customer_service.get(customer_id=customer_id).customer_id

    begin = f"{RELATION}{kind}#" if kind else RELATION

    def ask(after: str | None, most: int) -> tuple[list[tuple[str, Entry]], str | None]:
        relations, place = of_partition(Relation, partition(own), begin, after=after, limit=most)
        return [(str(entry[0].sk), entry) for entry in _with_others(relations, within)], place

    # Also of who sees all: those with customers in the bin are left out for everybody.
    found, place = filled(ask, after=request.after, limit=request.limit, sees_all=False)
    return Page(found, request.cursor_at(place))


def others(
    customer_ids: Iterable[str],
    *,
    within: Within | None = None,
    only: Iterable[str] = _SHOWN,
    consistent: bool = True,
) -> dict[str, dict[str, Any]]:
    """By the ids asked for the customers who are there, {id, …}: who was merged as whom they are now.

    Those out of reach are as if they were not there; `within` None: all are in reach.
    """
    wanted = list(dict.fromkeys(customer_ids))
    read = items.many(((partition(one), PROFILE) for one in wanted), only=only, consistent=consistent)
    found = {pk.partition("#")[2]: {**item, "id": pk.partition("#")[2]} for (pk, _), item in read.items()}
    for missing in (one for one in wanted if one not in found):
        if profile := followed(missing, _standing):
            found[missing] = {**table.from_item(profile.serialize()), "id": profile.customer_id}
    return {one: known for one, known in found.items() if within is None or within.holds(known.get("owner"))}


def _with_others(relations: list[Relation], within: Within | None) -> list[Entry]:
    known = others((one.other for one in relations if one.other != BUSINESS), within=within)
    return [(one, known.get(one.other)) for one in relations if one.other == BUSINESS or one.other in known]


def _standing(customer_id: str) -> Profile | None:
    try:
        return Profile.read(customer_id)
    except Profile.DoesNotExist:
        return None
