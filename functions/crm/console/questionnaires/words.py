"""The words of a questionnaire in one language: changed, added for one more, or taken away."""

from collections.abc import Mapping
from typing import Any

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.questionnaires import seeing, words_form
from crm.console.questionnaires.overview import PLACE
from crm.core.errors import InvalidFields, NotFound, StaleVersion
from crm.mail import languages
from crm.questionnaires import rules, service, unseen
from crm.questionnaires.models import Questionnaire


def show(visit: Visit) -> Page:
    """All that is written in a language, beside what it says in another. Raises NotFound."""
    found, code = _found(visit), _language(visit)
    return _page(visit, found, words_form.of_questionnaire(found, seeing.questions(visit, found), code))


def act(visit: Visit) -> Page | SeeOther:
    """Write them, or ask in this language no longer. Raises NotFound."""
    form, found, code = visit.asked.form, _found(visit), _language(visit)
    typed = words_form.of_form(form, seeing.questions(visit, found))
    page = _page(visit, found, typed)
    try:
        is_gone = form.get("action") == "drop"
        told = words_form.without(found, code) if is_gone else words_form.told(found, typed, code)
        # What they do not see they cannot write.
        told["questions"] = unseen.worded(told["questions"], told["title"], visit.actor.never_seen)
        service.change(
            questionnaire_id=found.questionnaire_id,
            fields=_checked(told),
            expected_version=forms.version(form),
        )
    except InvalidFields as refused:
        return forms.again(page, words_form.beside(refused, found))
    except StaleVersion as stale:
        return Page(page.template, {**page.values, "has_changed": True}, stale.status.value)
    return SeeOther(f"{PLACE}/{found.questionnaire_id}?done=changed")


def _checked(told: Mapping[str, Any]) -> dict[str, Any]:
    """What the words come to, as the service takes it. Raises InvalidFields."""
    # Here, as showing the form needs no schemas.
    from crm.questionnaires.schemas import QuestionnaireChange

    known = forms.checked(QuestionnaireChange, told)
    questions = [one.model_dump(exclude_none=True) for one in known.questions]
    return {"title": known.title, "intro": known.intro, "questions": questions}


def _found(visit: Visit) -> Questionnaire:
    return service.get(questionnaire_id=visit.asked.names["questionnaire_id"])


def _language(visit: Visit) -> str:
    """Raises NotFound."""
    code = visit.asked.query.get("language") or visit.language.code
    if code not in languages.NAMES:
        raise NotFound("there is no such language")
    return code


def _page(visit: Visit, found: Questionnaire, shown: Mapping[str, str]) -> Page:
    code, reader = _language(visit), visit.language.code
    others = sorted((one for one in found.title if one != code), key=lambda one: one != reader)
    beside = others[0] if others else None
    questions = seeing.questions(visit, found)
    values: dict[str, Any] = {
        "here": f"{PLACE}/{found.questionnaire_id}",
        "title": rules.worded(found.title, reader),
        "code": code,
        "called": languages.NAMES,
        "beside": beside,
        "said": words_form.of_questionnaire(found, found.questions, beside) if beside else {},
        "questions": questions,
        "has_unseen": len(questions) < len(found.questions),
        "shown": shown,
        "is_asked": code in found.title,
        "may_drop": code in found.title and len(found.title) > 1,
        "version": int(found.version),
        "has_changed": False,
        "errors": {},
    }
    return Page("questionnaires/translated.html", values)
