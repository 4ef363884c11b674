"""A customer's relations with the other sides as they are now, a page at a time."""

from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.pagination import ResultIterator

from crm.core import items, table
from crm.core.errors import InvalidFields
from crm.core.paging import Page, PageRequest
from crm.customers import service as customer_service
from crm.customers.models import PROFILE, Profile, followed, partition
from crm.relations.models import RELATION, Relation
from crm.relations.rules import BUSINESS, KINDS

Entry = tuple[Relation, Mapping[str, Any] | None]
"""A relation, and {id, name, kind} of the other side; None for the business."""
_SHOWN = ("name", "kind")


def page(*, customer_id: str, kind: str | None, request: PageRequest) -> Page[Entry]:
    """The relations of a customer, by kind; those with customers in the bin are left out. Raises NotFound."""
    if kind is not None and kind not in KINDS:
        raise InvalidFields.one("kind", f"is none of {', '.join(KINDS)}")
    own = customer_service.get(customer_id=customer_id).customer_id
    found: list[Entry] = []
    place = request.after
    while True:
        relations, place = _query(own, kind, after=place, limit=request.limit - len(found))
        found += _with_others(relations)
        if place is None or len(found) == request.limit:
            return Page(found, request.cursor_at(place))


def others(customer_ids: Iterable[str], *, only: Iterable[str] = _SHOWN) -> dict[str, dict[str, Any]]:
    """By the ids asked for the customers who are there, {id, …}: who was merged as whom they are now."""
    wanted = list(dict.fromkeys(customer_ids))
    read = items.many([(partition(one), PROFILE) for one in wanted], only=only) if wanted else {}
    found = {pk.partition("#")[2]: {**item, "id": pk.partition("#")[2]} for (pk, _), item in read.items()}
    for missing in (one for one in wanted if one not in found):
        if profile := followed(missing, _standing):
            found[missing] = {**table.from_item(profile.serialize()), "id": profile.customer_id}
    return found


def _with_others(relations: list[Relation]) -> list[Entry]:
    known = others(one.other for one in relations if one.other != BUSINESS)
    return [(one, known.get(one.other)) for one in relations if one.other == BUSINESS or one.other in known]


def _standing(customer_id: str) -> Profile | None:
    try:
        return Profile.read(customer_id)
    except Profile.DoesNotExist:
        return None


def _query(customer_id: str, kind: str | None, *, after: str | None, limit: int) -> tuple[list[Relation], str | None]:
    pk = partition(customer_id)
    prefix = f"{RELATION}{kind}#" if kind else RELATION
    answer: ResultIterator[Relation] = Relation.query(
        pk,
        Relation.sk.startswith(prefix),
        limit=limit,
        page_size=limit,
        consistent_read=True,
        last_evaluated_key=table.to_item({"pk": pk, "sk": after}) if after else None,
    )
    entries = list(answer)
    last = answer.last_evaluated_key
    return entries, last["sk"]["S"] if last else None
