"""Routes of relations."""

from collections.abc import Mapping
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.core import http
from crm.core.author import Author
from crm.core.paging import PageRequest
from crm.relations import account, listing, service
from crm.relations.account import Account, Organisation
from crm.relations.ends import Ends
from crm.relations.models import Relation
from crm.relations.rules import BUSINESS
from crm.relations.schemas import (
    AccountOrganisation,
    AccountOut,
    AccountPerson,
    NewRelation,
    RelationChange,
    RelationList,
    RelationOut,
    Sums,
)

router = http.router()
OfKind = Annotated[str | None, Query(min_length=1, max_length=40, description="Only those of this kind.")]


@router.post(
    "/customers/<customer_id>/relations",
    status_code=201,
    tags=["relations"],
    summary="Relate a customer to another, or to the business",
)
def relate(
    customer_id: str, relation: Annotated[NewRelation, Body()], idempotency_key: http.IdempotencyKey = None
) -> Response[RelationOut]:
    told = relation.model_dump(by_alias=True, exclude={"kind", "customer"})
    said = {name: value for name, value in told.items() if value}
    wish = service.Wish(customer_id, relation.kind, relation.customer, said)
    made = service.relate(wish, author=Author(http.caller(router)), idempotency_key=idempotency_key)
    return http.created(_with_other(made), location=service.address(made))


@router.get("/customers/<customer_id>/relations", tags=["relations"], summary="Whom a customer is related to, and how")
def page(
    customer_id: str, kind: OfKind = None, limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None
) -> Response[RelationList]:
    request = PageRequest(f"relations:{http.reader(router)}:{[customer_id, kind]}", limit, cursor)
    found = listing.page(
        customer_id=customer_id, kind=kind, request=request, within=http.actor(router).within("customers.read")
    )
    return http.found(RelationList(items=[shown(one, other) for one, other in found.items], next=found.next))


@router.get("/customers/<customer_id>/relations/<kind>/<other>", tags=["relations"], summary="One relation")
def read(customer_id: str, kind: str, other: str) -> Response[RelationOut]:
    return http.found(_between(*service.get(customer_id=customer_id, kind=kind, other=other)))


@router.patch("/customers/<customer_id>/relations/<kind>/<other>", tags=["relations"], summary="Change a relation")
def change(
    customer_id: str,
    kind: str,
    other: str,
    relation: Annotated[RelationChange, Body()],
    if_match: http.IfMatch = None,
) -> Response[RelationOut]:
    changed = service.change(
        customer_id=customer_id,
        kind=kind,
        other=other,
        fields=relation.model_dump(by_alias=True, exclude_unset=True),
        expected_version=http.expected_version(if_match),
        author=Author(http.caller(router)),
    )
    return http.found(_between(*changed))


@router.delete(
    "/customers/<customer_id>/relations/<kind>/<other>",
    status_code=204,
    tags=["relations"],
    summary="Take a relation away from both customers",
)
def remove(customer_id: str, kind: str, other: str, if_match: http.IfMatch = None) -> Response[None]:
    service.remove(
        customer_id=customer_id,
        kind=kind,
        other=other,
        expected_version=http.expected_version(if_match),
        author=Author(http.caller(router)),
    )
    return http.gone()


@router.get(
    "/customers/<customer_id>/account",
    tags=["relations"],
    summary="An organisation with its people and branches, and what they come to",
)
def show_account(
    customer_id: str, limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None
) -> Response[AccountOut]:
    request = PageRequest(f"account:{http.reader(router)}:{customer_id}", limit, cursor)
    found = account.read(customer_id=customer_id, request=request, within=http.actor(router).within("customers.read"))
    return http.found(_account(found))


def _account(found: Account) -> AccountOut:
    root = found.organisations[0]
    organisations = [
        {
            **{"id": one.id, "name": one.profile["name"], "branch_of": one.branch_of, "level": one.level},
            **{"people": len(one.people), "own": account.added([one.profile["facts"]]), "sums": found.sums(one)},
        }
        for one in found.organisations
    ]
    return AccountOut(
        id=root.id,
        name=root.profile["name"],
        totals=Sums.model_validate(found.totals(), strict=False),
        organisations=[AccountOrganisation.model_validate(one, strict=False) for one in organisations],
        people=[_person(found, one, person) for one, person in found.shown],
        open_reminders=found.open_reminders,
        complete=found.complete,
        next=found.next,
    )


def _person(found: Account, organisation: Organisation, person: str) -> AccountPerson:
    profile, said = found.people[person], organisation.people[person].said
    known = {"id": person, "name": profile["name"], "organisation": organisation.id, "roles": said.get("roles", [])}
    known |= {name: said[name] for name in ("title", "from") if name in said}
    known |= {name: profile["facts"].get(name) for name in ("spent", "purchases", "last_contact_at")}
    return AccountPerson.model_validate(known, strict=False)


def shown(relation: Relation, other: Mapping[str, Any] | None) -> RelationOut:
    """The relation as the API shows it, with {id, name, kind} of the other side; None: the business."""
    known: dict[str, Any] = {name: getattr(relation, name) for name in ("created_at", "created_by", "updated_at")}
    known |= {"kind": relation.kind, "version": relation.version, **relation.said}
    side = other and {name: other[name] for name in ("id", "name", "kind")}
    return RelationOut.model_validate({**known, "customer": side}, strict=False)


def _between(pair: Ends, relation: Relation) -> RelationOut:
    other = pair.other
    return shown(relation, {"id": other.customer_id, "name": other.name, "kind": other.kind} if other else None)


def _with_other(relation: Relation) -> RelationOut:
    known = (
        {}
        if relation.other == BUSINESS
        else listing.others([relation.other], within=http.actor(router).within("customers.read"))
    )
    return shown(relation, known.get(relation.other))
