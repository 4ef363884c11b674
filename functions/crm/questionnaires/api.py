"""Routes of questionnaires and interviews."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.core import clock, http
from crm.core.paging import PageRequest
from crm.core.values import number
from crm.customers import service as customer_service
from crm.customers import unseen as unseen_duplicates
from crm.questionnaires import interviewing, links, service, unseen
from crm.questionnaires.links import Link
from crm.questionnaires.models import Answers, Questionnaire
from crm.questionnaires.schemas import (
    AnswersList,
    AnswersOut,
    Interview,
    LinkOut,
    NewLink,
    NewQuestionnaire,
    QuestionnaireChange,
    QuestionnaireList,
    QuestionnaireOut,
)

router = http.router()
AllowDuplicate = Annotated[bool, Query(description="Take it although somebody else has the e-mail or phone.")]


@router.post("/questionnaires", status_code=201, tags=["questionnaires"], summary="Make a questionnaire")
def make(
    questionnaire: Annotated[NewQuestionnaire, Body()], idempotency_key: http.IdempotencyKey = None
) -> Response[QuestionnaireOut]:
    made = service.make(
        fields=questionnaire.model_dump(exclude_none=True),
        caller=http.caller(router),
        idempotency_key=idempotency_key,
    )
    return http.created(shown(made), location=f"/questionnaires/{made.questionnaire_id}")


@router.get("/questionnaires", tags=["questionnaires"], summary="List the questionnaires")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[QuestionnaireList]:
    found = service.page(PageRequest(f"questionnaires:{http.reader(router)}", limit, cursor))
    return http.found(QuestionnaireList(items=[shown(item) for item in found.items], next=found.next))


@router.get("/questionnaires/<questionnaire_id>", tags=["questionnaires"], summary="One questionnaire")
def read(questionnaire_id: str) -> Response[QuestionnaireOut]:
    return http.found(shown(service.get(questionnaire_id=questionnaire_id)))


@router.patch("/questionnaires/<questionnaire_id>", tags=["questionnaires"], summary="Change a questionnaire")
def change(
    questionnaire_id: str, fields: Annotated[QuestionnaireChange, Body()], if_match: http.IfMatch = None
) -> Response[QuestionnaireOut]:
    changed = service.change(
        questionnaire_id=questionnaire_id,
        fields={name: _plain(value) for name, value in fields if name in fields.model_fields_set},
        expected_version=http.expected_version(if_match),
        hidden=http.actor(router).never_seen,
    )
    return http.found(shown(changed))


@router.delete(
    "/questionnaires/<questionnaire_id>", status_code=204, tags=["questionnaires"], summary="Delete a questionnaire"
)
def remove(questionnaire_id: str, if_match: http.IfMatch = None) -> Response[None]:
    service.remove(questionnaire_id=questionnaire_id, expected_version=http.expected_version(if_match))
    return http.gone()


@router.post(
    "/questionnaires/<questionnaire_id>/links",
    status_code=201,
    tags=["questionnaires"],
    summary="Make a link on which is answered",
)
def link(questionnaire_id: str, wanted: Annotated[NewLink, Body()]) -> Response[LinkOut]:
    service.get(questionnaire_id=questionnaire_id)
    made = Link(questionnaire_id)
    if wanted.customer:
        known = customer_service.get(customer_id=wanted.customer).customer_id
        made = links.of_customer(questionnaire_id=questionnaire_id, customer_id=known, days=wanted.days)
    over = clock.instant(datetime.fromtimestamp(made.expires, UTC)) if made.expires else None
    address = http.public_url(router) + links.path(made)
    return http.created(LinkOut(url=address, customer=made.customer_id, expires_at=over), location=address)


@router.post(
    "/customers/<customer_id>/interviews",
    status_code=201,
    tags=["questionnaires"],
    summary="Note what a customer answered in a talk",
)
def interview(
    customer_id: str,
    held: Annotated[Interview, Body()],
    allow_duplicate: AllowDuplicate = False,
    idempotency_key: http.IdempotencyKey = None,
) -> Response[AnswersOut]:
    actor = http.actor(router)
    answers = unseen_duplicates.heeding(
        lambda allowed: interviewing.note(
            customer_id=customer_id,
            questionnaire_id=held.questionnaire,
            given=held.answers,
            language=held.language,
            caller=actor.who,
            idempotency_key=idempotency_key,
            allow_duplicate=allowed,
            hidden=actor.never_seen,
        ),
        actor=actor,
        allow_duplicate=allow_duplicate,
    )
    return http.created(answered(answers), location=f"/customers/{customer_id}/answers")


@router.get("/customers/<customer_id>/answers", tags=["questionnaires"], summary="What a customer answered")
def answers_of(customer_id: str) -> Response[AnswersList]:
    profile = customer_service.get(customer_id=customer_id)
    return http.found(AnswersList(items=[answered(one) for one in Answers.of(profile.customer_id)]))


def shown(item: Questionnaire) -> QuestionnaireOut:
    """The questionnaire as the API shows it."""
    values = item.attribute_values
    fields = {name: values.get(name) for name in QuestionnaireOut.model_fields}
    fields["questions"] = unseen.seen(item.questions, http.actor(router).never_seen)
    return QuestionnaireOut.model_validate(
        {**fields, "id": item.questionnaire_id, "version": int(item.version)}, strict=False
    )


def answered(item: Answers) -> AnswersOut:
    """Answers as the API shows them."""
    given = {name: number(one) if isinstance(one, Decimal) else one for name, one in item.values.items()}
    fields = {name: getattr(item, name) for name in ("at", "way", "who", "language")}
    return AnswersOut(questionnaire=item.questionnaire_id, version=int(item.version), answers=given, **fields)


def _plain(value: Any) -> Any:
    """What a schema holds, as it is stored."""
    return [one.model_dump(exclude_none=True) for one in value] if isinstance(value, list) else value
