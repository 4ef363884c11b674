"""Routes of customers."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.core import http
from crm.core.actor import Actor
from crm.core.author import Author
from crm.core.config import settings
from crm.core.errors import NotFound
from crm.core.fields import Language
from crm.core.names import StaffId
from crm.core.paging import PageRequest
from crm.core.values import number
from crm.customers import listing, rules, service, tags, unseen
from crm.customers.asking import Asked, Direction, Sort
from crm.customers.models import Profile
from crm.customers.schemas import (
    Customer,
    CustomerChange,
    CustomerList,
    CustomerSummary,
    NewCustomer,
    Registered,
    TagList,
    TagOut,
)
from crm.duplicates import service as duplicate_service

router = http.router()
AllowDuplicate = Annotated[bool, Query(description="Store it although the e-mail or phone is known already.")]
AllowForgotten = Annotated[
    bool, Query(description="Store it although whoever had the e-mail or phone was erased: they came back themselves.")
]
Search = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=254,
        description="Beginnings of words of the name, the e-mail address, the phone or card number, or parts inside of "
        "them of three letters or four digits at least; all must fit. Whom beginnings fit come first.",
    ),
]
Filter = Annotated[str | None, Query(min_length=1, max_length=200)]
SortedBy = Annotated[Sort | None, Query(description="By name, unless this says otherwise.")]
Ordered = Annotated[
    Direction | None,
    Query(description="Names from A, the newest first, the longest without contact first, unless this says otherwise."),
]


@router.post("/customers", status_code=201, tags=["customers"], summary="Register a customer")
def register(
    customer: Annotated[NewCustomer, Body()],
    allow_duplicate: AllowDuplicate = False,
    allow_forgotten: AllowForgotten = False,
    idempotency_key: http.IdempotencyKey = None,
) -> Response[Registered | Customer]:
    actor, fields = http.actor(router), customer.model_dump(exclude_none=True)
    if actor.is_limited("customers.read") and actor.key is None:
        # Else whoever enters them could not see them again.
        fields = {"owner": actor.who, **fields}
    profile = unseen.heeding(
        lambda allowed: service.register(
            fields=fields,
            author=Author(actor.who, hidden=actor.hidden),
            idempotency_key=idempotency_key,
            allow_duplicate=allowed,
            allow_forgotten=allow_forgotten,
            # A machine that reaches nobody's customers alone would lose them by it.
            routed=not actor.is_limited("customers.read"),
        ),
        actor=actor,
        allow_duplicate=allow_duplicate,
    )
    if profile.owner != fields.get("owner") and not actor.reaches("customers.read", profile.owner):
        # The same request again, after somebody has given the customer to others.
        raise NotFound("there is nothing of this id")
    return http.created(_registered(profile, actor), location=f"/customers/{profile.customer_id}")


@router.get("/customers", tags=["customers"], summary="List customers in an order, or find them")
def page(  # noqa: PLR0913, PLR0917 - each is a parameter of the address
    search: Search = None,
    segment: Filter = None,
    tag: Filter = None,
    owner: Annotated[StaffId | None, Query()] = None,
    language: Annotated[Language | None, Query()] = None,
    sort: SortedBy = None,
    order: Ordered = None,
    limit: http.Limit = http.FIRST_LIMIT,
    cursor: http.Cursor = None,
) -> Response[CustomerList]:
    actor = http.actor(router)
    within = actor.within("customers.read")
    asked = Asked(search, segment, tag, owner, language, sort, order, within, actor.hidden)
    scope = f"customers:{http.reader(router)}:{replace(asked, within=None, hidden=frozenset())}"
    found = listing.page(PageRequest(scope, limit, cursor), asked)
    items = [in_list(entry) for entry in found.items]
    return http.found(CustomerList(items=items, next=found.next, complete=found.complete))


@router.get("/customers/<customer_id>", tags=["customers"], summary="One customer")
def read(customer_id: str) -> Response[Customer]:
    profile = service.get(customer_id=customer_id)
    return http.found(shown(profile).showing(http.actor(router).shown_of(profile.consent)))


@router.patch("/customers/<customer_id>", tags=["customers"], summary="Change fields of a customer")
def change(
    customer_id: str,
    customer: Annotated[CustomerChange, Body()],
    if_match: http.IfMatch = None,
    allow_duplicate: AllowDuplicate = False,
    allow_forgotten: AllowForgotten = False,
) -> Response[Customer]:
    actor, version = http.actor(router), http.expected_version(if_match)
    profile = unseen.heeding(
        lambda allowed: service.change(
            customer_id=customer_id,
            fields=customer.model_dump(exclude_unset=True),
            author=Author(actor.who, hidden=actor.hidden),
            expected_version=version,
            allow_duplicate=allowed,
            allow_forgotten=allow_forgotten,
        ),
        actor=actor,
        allow_duplicate=allow_duplicate,
    )
    return http.found(shown(profile))


@router.delete(
    "/customers/<customer_id>", status_code=204, tags=["customers"], summary="Delete a customer, who can be restored"
)
def remove(customer_id: str, if_match: http.IfMatch = None) -> Response[None]:
    version = http.expected_version(if_match)
    service.remove(customer_id=customer_id, expected_version=version, caller=http.caller(router))
    return http.gone()


def _registered(profile: Profile, actor: Actor) -> Registered | Customer:
    customer = shown(profile)
    possible = duplicate_service.possible({**profile.attribute_values, "id": profile.customer_id})
    found = unseen.within_reach(possible, actor=actor)
    return Registered.model_validate({**dict(customer), "possible_duplicates": found}) if found else customer


@router.get("/tags", tags=["customers"], summary="All tags, and how many customers have each")
def list_tags() -> Response[TagList]:
    items = [TagOut(tag=one.tag, customers=one.customers, also_written=dict(one.also_written)) for one in tags.listed()]
    return http.found(TagList(items=items))


def in_list(entry: Mapping[str, Any]) -> CustomerSummary:
    """An entry of a list, or a profile, as lists show it."""
    known = {name: entry[name] for name in CustomerSummary.model_fields if entry.get(name) is not None}
    return CustomerSummary.model_validate(known, strict=False)


def _json(value: Any) -> Any:
    return number(value) if isinstance(value, Decimal) else value


def shown(profile: Profile) -> Customer:
    """The customer as the API shows it."""
    values: dict[str, Any] = {name: value for name, value in profile.attribute_values.items() if value is not None}
    fields = {name: values[name] for name in Customer.model_fields if name in values}
    fields["custom"] = {name: _json(value) for name, value in values.get("custom", {}).items()}
    fields |= {name: sorted(values.get(name, ())) for name in ("groups", "other_addresses", "conflicts")}
    fields["birthday_bikram_sambat"] = rules.in_bikram_sambat(values, business_zone=settings().business_timezone.key)
    return Customer.model_validate(fields | {"id": profile.customer_id}, strict=False)
