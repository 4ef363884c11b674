"""Routes of the rules of greetings."""

from dataclasses import asdict
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.core import http
from crm.core.paging import PageRequest
from crm.greetings import service, upcoming
from crm.greetings.models import Greeting
from crm.greetings.schemas import (
    GreetingChange,
    GreetingList,
    GreetingOut,
    NewGreeting,
    UpcomingGreeting,
    UpcomingList,
)

router = http.router()
Days = Annotated[int, Query(ge=1, le=366, description="How many days ahead, today included.")]


@router.post("/greetings", status_code=201, tags=["greetings"], summary="Add a rule that greets customers")
def add(greeting: Annotated[NewGreeting, Body()], idempotency_key: http.IdempotencyKey = None) -> Response[GreetingOut]:
    added = service.add(
        fields=fields_of(greeting, exclude_none=True), caller=http.caller(router), idempotency_key=idempotency_key
    )
    return http.created(shown(added), location=f"/greetings/{added.greeting_id}")


@router.get("/greetings", tags=["greetings"], summary="List the rules")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[GreetingList]:
    found = service.page(PageRequest(f"greetings:{http.caller(router)}", limit, cursor))
    return http.found(GreetingList(items=[shown(rule) for rule in found.items], next=found.next))


@router.get("/greetings/<greeting_id>", tags=["greetings"], summary="One rule")
def read(greeting_id: str) -> Response[GreetingOut]:
    return http.found(shown(service.get(greeting_id=greeting_id)))


@router.patch("/greetings/<greeting_id>", tags=["greetings"], summary="Change a rule")
def change(
    greeting_id: str, greeting: Annotated[GreetingChange, Body()], if_match: http.IfMatch = None
) -> Response[GreetingOut]:
    changed = service.change(
        greeting_id=greeting_id,
        fields=fields_of(greeting, exclude_unset=True),
        expected_version=http.expected_version(if_match),
    )
    return http.found(shown(changed))


@router.delete("/greetings/<greeting_id>", status_code=204, tags=["greetings"], summary="Delete a rule")
def remove(greeting_id: str, if_match: http.IfMatch = None) -> Response[None]:
    service.remove(greeting_id=greeting_id, expected_version=http.expected_version(if_match))
    return http.gone()


@router.get("/greetings/<greeting_id>/upcoming", tags=["greetings"], summary="Who will be greeted, and when")
def coming(
    greeting_id: str, days: Days = 30, limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None
) -> Response[UpcomingList]:
    scope = f"upcoming:{http.caller(router)}:{greeting_id}:{days}"
    found = upcoming.page(service.get(greeting_id=greeting_id), PageRequest(scope, limit, cursor), days=days)
    items = [UpcomingGreeting(**asdict(one)) for one in found.items]
    return http.found(UpcomingList(items=items, next=found.next))


def fields_of(given: NewGreeting | GreetingChange, **how: bool) -> dict[str, Any]:
    """The fields as they are stored: an amount is a number there."""
    fields = given.model_dump(**how)  # type: ignore[arg-type]
    return fields | ({"min_amount": given.min_amount} if "min_amount" in fields else {})


def shown(greeting: Greeting) -> GreetingOut:
    """The rule as the API shows it."""
    numbers = {"offset_days": int(greeting.offset_days), "version": int(greeting.version)}
    texts = {name: greeting.attribute_values.get(name) for name in GreetingOut.model_fields}
    return GreetingOut.model_validate({**texts, **numbers, "id": greeting.greeting_id})
