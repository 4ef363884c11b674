"""Relations as rows of a file, which an import takes back."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm.core.actor import Within
from crm.relations import listing
from crm.relations.models import Relation
from crm.relations.rules import BUSINESS

_ONE_SIDE = frozenset({"member_of", "branch_of", "referred_by", "supplier", "partner"})


def rows(profiles: Iterable[Mapping[str, Any]], *, within: Within | None) -> list[dict[str, Any]]:
    """The relations of these customers (plain profiles), each once: of the person, the branch, or who was referred.

    Others in the bin or out of reach are left out; a household is told of the one with the lesser id.
    """
    names = {str(one["pk"]).partition("#")[2]: str(one["name"]) for one in profiles if one.get("relations")}
    told = [one for customer in names for one in Relation.of(customer) if _is_told(one)]
    known = listing.others((one.other for one in told if one.other != BUSINESS), within=within)
    return [_row(one, names, known) for one in told if one.other == BUSINESS or one.other in known]


def _is_told(one: Relation) -> bool:
    return one.kind in _ONE_SIDE or (one.kind == "household" and one.customer_id < one.other)


def _row(one: Relation, names: Mapping[str, str], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {"customer_reference": one.customer_id, "customer_name": names[one.customer_id]}
    row |= {"kind": one.kind, "roles": [], **one.said}
    other = known.get(one.other)
    return row | ({"other_reference": other["id"], "other_name": other["name"]} if other else {})
