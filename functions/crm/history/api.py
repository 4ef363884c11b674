"""Routes of a record's history: what changed, where its values are from, and taking either back."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from crm.changes import reading
from crm.core import http
from crm.core.author import Author
from crm.core.paging import PageRequest
from crm.customers import conflicts, unseen
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.history import relatives, restoring, service, showing
from crm.history.restoring import Wish
from crm.history.schemas import Decision, History, Pointer, Restoring, Sources

router = http.router()
AllowDuplicate = Annotated[bool, Query(description="Take it although somebody else has the e-mail or phone.")]
OfField = Annotated[Pointer | None, Query(description="Only changes of this field: email, or /custom/size.")]
Version = Annotated[int, Path(ge=1, lt=10**10)]


@router.get("/customers/<customer_id>/history", tags=["history"], summary="All changes, newest first")
def page(
    customer_id: str, field: OfField = None, limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None
) -> Response[History]:
    actor = http.actor(router)
    request = PageRequest(f"history:{http.reader(router)}:{customer_id}:{field}", limit, cursor)
    found = service.page(customer_id=customer_id, field=field, request=request, hidden=actor.hidden)
    entries = relatives.within_reach([showing.entry(change) for change in found.items], actor=actor)
    return http.found(History(items=entries, next=found.next))


@router.get("/customers/<customer_id>/sources", tags=["history"], summary="Where each value is from, and of when")
def sources(customer_id: str) -> Response[Sources]:
    return _sources(customer_service.get(customer_id=customer_id))


@router.post("/customers/<customer_id>/conflicts", tags=["history"], summary="Decide which value of a field stands")
def decide(
    customer_id: str,
    decision: Annotated[Decision, Body()],
    if_match: http.IfMatch = None,
    idempotency_key: http.IdempotencyKey = None,
    allow_duplicate: AllowDuplicate = False,
) -> Response[Sources]:
    actor, expected = http.actor(router), http.expected_version(if_match)
    decided = unseen.heeding(
        lambda allowed: conflicts.decide(
            customer_id=customer_id,
            field=decision.field,
            take=decision.take,
            index=decision.index,
            author=Author(actor.who),
            expected_version=expected,
            idempotency_key=idempotency_key,
            allow_duplicate=allowed,
        ),
        actor=actor,
        allow_duplicate=allow_duplicate,
    )
    return _sources(decided)


@router.post(
    "/customers/<customer_id>/history/<version>/restore",
    tags=["history"],
    summary="Make fields again what they were before a change",
)
def restore(
    customer_id: str,
    version: Version,
    wanted: Annotated[Restoring, Body()],
    if_match: http.IfMatch = None,
    idempotency_key: http.IdempotencyKey = None,
    allow_duplicate: AllowDuplicate = False,
) -> Response[Sources]:
    fields = None if wanted.fields is None else tuple(wanted.fields)
    actor, expected = http.actor(router), http.expected_version(if_match)
    restored = unseen.heeding(
        lambda allowed: restoring.restore(
            customer_id=customer_id,
            wish=Wish(version, fields, anyway=wanted.anyway),
            caller=actor.who,
            expected_version=expected,
            idempotency_key=idempotency_key,
            allow_duplicate=allowed,
        ),
        actor=actor,
        allow_duplicate=allow_duplicate,
    )
    return _sources(restored)


def _sources(profile: Profile) -> Response[Sources]:
    return http.found(showing.sources(profile, reading.read(profile.customer_id)))
