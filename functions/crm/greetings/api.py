"""Routes of the rules of greetings."""

from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.core import http
from crm.core.paging import Page, PageRequest
from crm.greetings import preview, seeing, service, upcoming
from crm.greetings.models import Greeting
from crm.greetings.preview import Sample
from crm.greetings.prospects import Prospect
from crm.greetings.schemas import (
    GreetingChange,
    GreetingList,
    GreetingOut,
    NewGreeting,
    NotSent,
    PreviewOut,
    SampleGreeting,
    UpcomingGreeting,
    UpcomingList,
    fields_of,
)

router = http.router()
Days = Annotated[int, Query(ge=1, le=366, description="How many days ahead, today included.")]


@router.post("/greetings", status_code=201, tags=["greetings"], summary="Add a rule that greets customers")
def add(greeting: Annotated[NewGreeting, Body()], idempotency_key: http.IdempotencyKey = None) -> Response[GreetingOut]:
    added = service.add(
        fields=_of_seen_groups(fields_of(greeting, exclude_none=True)),
        caller=http.caller(router),
        idempotency_key=idempotency_key,
    )
    return http.created(shown(added), location=f"/greetings/{added.greeting_id}")


@router.get("/greetings", tags=["greetings"], summary="List the rules")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[GreetingList]:
    found = service.page(PageRequest(f"greetings:{http.reader(router)}", limit, cursor))
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
        fields=_of_seen_groups(fields_of(greeting, exclude_unset=True)),
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
    request = PageRequest(f"upcoming:{http.reader(router)}:{greeting_id}:{days}", limit, cursor)
    return _listed(
        upcoming.page(
            _seen([service.get(greeting_id=greeting_id)]),
            request,
            days=days,
            within=http.actor(router).within("customers.read"),
        )
    )


@router.get("/upcoming", tags=["greetings"], summary="Who will be greeted under any active rule, and when")
def all_coming(
    days: Days = 30, limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None
) -> Response[UpcomingList]:
    request = PageRequest(f"upcoming:{http.reader(router)}:*:{days}", limit, cursor)
    within = http.actor(router).within("customers.read")
    return _listed(upcoming.page(_seen(service.active()), request, days=days, within=within))


@router.post("/greetings/preview", tags=["greetings"], summary="Try a rule without storing it or sending anything")
def try_out(greeting: Annotated[NewGreeting, Body()], days: Days = 30) -> Response[PreviewOut]:
    found = preview.preview(_of_seen_groups(fields_of(greeting, exclude_none=True)), days=days)
    withheld = [NotSent(reason_code=code, reason=why, count=many) for code, (why, many) in found.withheld.items()]
    return http.found(
        PreviewOut(
            days=days,
            count=found.greetings,
            cost=found.cost,
            not_sent=withheld,
            samples=[_sample(one) for one in found.samples],
            complete=found.complete,
        )
    )


def _seen(rules: list[Greeting]) -> list[Greeting]:
    return seeing.seen(rules, hidden=http.actor(router).hidden)


def _of_seen_groups(fields: dict[str, Any]) -> Mapping[str, Any]:
    return seeing.of_seen_groups(fields, hidden=http.actor(router).hidden)


def _listed(found: Page[Prospect]) -> Response[UpcomingList]:
    return http.found(UpcomingList(items=[_upcoming(one) for one in found.items], next=found.next))


def _upcoming(one: Prospect) -> UpcomingGreeting:
    return UpcomingGreeting(
        rule=one.rule.greeting_id,
        rule_name=one.rule.name,
        **_when(one),
        will="not" if one.obstacle else "send",
        reason_code=one.obstacle.code.value if one.obstacle else None,
        reason=one.obstacle.reason if one.obstacle else None,
    )


def _sample(one: Sample) -> SampleGreeting:
    mail = one.mail
    texts = {"language": mail.language, "subject": mail.subject, "text": mail.text, "html": mail.html}
    return SampleGreeting(to=str(one.prospect.profile["email"]), **_when(one.prospect), **texts)


def _when(one: Prospect) -> dict[str, str]:
    local = one.sending_at.astimezone(ZoneInfo(one.timezone))
    return {
        "customer_id": one.order.id,
        "name": str(one.profile.get("name", "")),
        "date": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "timezone": one.timezone,
    }


def shown(greeting: Greeting) -> GreetingOut:
    """The rule as the API shows it."""
    numbers = {"offset_days": int(greeting.offset_days), "version": int(greeting.version)}
    texts = {name: greeting.attribute_values.get(name) for name in GreetingOut.model_fields}
    return GreetingOut.model_validate({**texts, **numbers, "id": greeting.greeting_id})
