"""Routes of customers."""

from decimal import Decimal
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.core import http
from crm.core.config import settings
from crm.core.fields import number
from crm.core.paging import PageRequest
from crm.customers import listing, rules, service
from crm.customers.models import Profile
from crm.customers.schemas import Customer, CustomerChange, CustomerList, NewCustomer

router = http.router()
AllowDuplicate = Annotated[bool, Query(description="Store it although the e-mail or phone is known already.")]
Filter = Annotated[str | None, Query(min_length=1, max_length=254)]


@router.post("/customers", status_code=201, tags=["customers"], summary="Register a customer")
def register(
    customer: Annotated[NewCustomer, Body()],
    allow_duplicate: AllowDuplicate = False,
    idempotency_key: http.IdempotencyKey = None,
) -> Response[Customer]:
    profile = service.register(
        fields=customer.model_dump(exclude_none=True),
        caller=http.caller(router),
        idempotency_key=idempotency_key,
        allow_duplicate=allow_duplicate,
    )
    return http.created(shown(profile), location=f"/customers/{profile.customer_id}")


@router.get("/customers", tags=["customers"], summary="List customers by name, or find them")
def page(
    search: Filter = None,
    segment: Filter = None,
    owner: Filter = None,
    limit: http.Limit = http.FIRST_LIMIT,
    cursor: http.Cursor = None,
) -> Response[CustomerList]:
    scope = f"customers:{http.caller(router)}:{[search, segment, owner]}"
    found = listing.page(PageRequest(scope, limit, cursor), search=search, segment=segment, owner=owner)
    return http.found(CustomerList.model_validate({"items": found.items, "next": found.next}))


@router.get("/customers/<customer_id>", tags=["customers"], summary="One customer")
def read(customer_id: str) -> Response[Customer]:
    return http.found(shown(service.get(customer_id=customer_id)))


@router.patch("/customers/<customer_id>", tags=["customers"], summary="Change fields of a customer")
def change(
    customer_id: str,
    customer: Annotated[CustomerChange, Body()],
    if_match: http.IfMatch = None,
    allow_duplicate: AllowDuplicate = False,
) -> Response[Customer]:
    profile = service.change(
        customer_id=customer_id,
        fields=customer.model_dump(exclude_unset=True),
        expected_version=http.expected_version(if_match),
        allow_duplicate=allow_duplicate,
    )
    return http.found(shown(profile))


@router.delete("/customers/<customer_id>", status_code=204, tags=["customers"], summary="Forget a customer")
def remove(customer_id: str, if_match: http.IfMatch = None) -> Response[None]:
    service.remove(customer_id=customer_id, expected_version=http.expected_version(if_match))
    return http.gone()


def _json(value: Any) -> Any:
    return number(value) if isinstance(value, Decimal) else value


def shown(profile: Profile) -> Customer:
    """The customer as the API shows it."""
    values: dict[str, Any] = {name: value for name, value in profile.attribute_values.items() if value is not None}
    fields = {name: values[name] for name in Customer.model_fields if name in values}
    fields["custom"] = {name: _json(value) for name, value in values.get("custom", {}).items()}
    fields["birthday_bikram_sambat"] = rules.in_bikram_sambat(values, business_zone=settings().business_timezone.key)
    return Customer.model_validate(fields | {"id": profile.customer_id}, strict=False)
