"""A questionnaire that staff fill while they talk with a customer: an interview with guided questions."""

from collections.abc import Collection, Mapping
from typing import Any

from crm.core import clock, ids, text
from crm.core.author import Author
from crm.core.config import settings
from crm.core.errors import FieldError, InvalidFields, StaleVersion, StoreUnavailable
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.questionnaires import answering, checking, rules, service
from crm.questionnaires.answering import Said
from crm.questionnaires.models import Answers
from crm.questionnaires.rules import Told

_ROUTE = "POST /customers/{id}/interviews"
_TRIES = 8
_REASONS = {
    "missing": Reason("has no answer and needs one"),
    "unclear": Reason("is no answer to this question"),
}


def note(
    *,
    customer_id: str,
    questionnaire_id: str,
    given: Mapping[str, Any],
    language: str | None,
    caller: str,
    idempotency_key: str | None,
    allow_duplicate: bool,
    hidden: Collection[str] = (),
) -> Answers:
    """Put what a customer said into their record, as the word of who noted it. Raises NotFound, InvalidFields.

    What is about fields in `hidden` is not asked.
    """
    questionnaire = service.get(questionnaire_id=questionnaire_id)
    asked = [one for one in questionnaire.questions if not rules.is_about(one, hidden)]
    _require_asked(asked, given)
    told = checking.checked(asked, given)
    if told.problems:
        raise _refused(told)
    profile = _filled(customer_id, told, Author(caller, of=questionnaire_id), allow_duplicate=allow_duplicate)
    asked_in = rules.language_of(questionnaire.title, language, profile.language, settings().business_language)
    key = ids.derived(caller=caller, route=f"{_ROUTE}:{customer_id}", idempotency_key=idempotency_key)
    said = Said(told.values, "interview", caller, asked_in, clock.stamp())
    return answering.keep(customer_id=profile.customer_id, questionnaire=questionnaire, said=said, key=key)


def _filled(customer_id: str, told: Told, author: Author, *, allow_duplicate: bool) -> Profile:
    for _ in range(_TRIES):
        profile = customer_service.get(customer_id=customer_id)
        fields = {**told.fields, **({"consent": dict(told.consent)} if told.consent else {})}
        if "tags" in fields:
            # What replaces tags says all of them.
            fields["tags"] = text.distinct([*(profile.tags or ()), *fields["tags"]])
        try:
            return customer_service.change(
                customer_id=profile.customer_id,
                fields=fields,
                author=author,
                expected_version=int(profile.version),
                allow_duplicate=allow_duplicate,
            )
        except StaleVersion:
            continue  # somebody else has just changed it: looked at again
    raise StoreUnavailable("this customer is being changed by many at once")


def _require_asked(questions: list[dict[str, Any]], given: Mapping[str, Any]) -> None:
    known = [one["id"] for one in questions]
    unknown = tuple(
        FieldError(f"/answers/{name}", Reason("is not asked; the questions are {known}", known=", ".join(known)[:270]))
        for name in given
        if name not in known
    )
    if unknown:
        raise InvalidFields("; ".join(f"{one.pointer}: {one.reason}" for one in unknown[:5]), fields=unknown[:5])


def _refused(told: Told) -> InvalidFields:
    fields = tuple(FieldError(f"/answers/{name}", _REASONS[problem]) for name, problem in told.problems.items())
    return InvalidFields("; ".join(f"{one.pointer}: {one.reason}" for one in fields), fields=fields)
