"""A questionnaire that somebody of the staff fills in while they talk with a customer."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.questionnaires import seeing
from crm.console.routes import HOME
from crm.core.errors import Duplicate, InvalidFields, InvalidRequest, NotFound
from crm.core.paging import PageRequest
from crm.core.reason import Reason
from crm.core.veil import visible
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.mail import languages
from crm.questionnaires import rules, service
from crm.questionnaires.models import Questionnaire
from crm.suppressions.forgotten import AddressForgotten

ANSWER, _YES = "answers.", "yes"
_LISTED = 100


def show(visit: Visit) -> Page:
    """What there is to be asked, or the form of the questionnaire that the address names. Raises NotFound."""
    profile, found = _profile(visit), _named(visit)
    if found is None:
        return Page("questionnaires/interviews.html", {**_whom(visit, profile), "known": _open(visit)})
    return _page(visit, profile, found, {})


def note(visit: Visit) -> Page | SeeOther:
    """Keep what they said, as the word of who noted it. Raises NotFound, InvalidRequest."""
    profile, found, form = _profile(visit), _named(visit), visit.asked.form
    if found is None:
        raise InvalidRequest("the form was not made by this page")
    page = _page(visit, profile, found, form)
    try:
        _noted(visit, profile, found)
    except (InvalidFields, AddressForgotten) as refused:
        return forms.again(page, refused)
    except Duplicate as known:
        return Page(page.template, {**page.values, "candidates": known.extensions["candidates"]}, known.status.value)
    # Who may note an answer need not be one who may read them.
    place = "/answers?done=noted" if visit.actor.may("activity.read") else ""
    return SeeOther(f"{HOME}/customers/{profile.customer_id}{place}")


def _noted(visit: Visit, profile: Profile, found: Questionnaire) -> None:
    # Here, as showing the form needs none of them.
    from crm.customers import unseen
    from crm.questionnaires import interviewing
    from crm.questionnaires.schemas import Interview

    form, actor = visit.asked.form, visit.actor
    given = {
        name.removeprefix(ANSWER): text
        for name, typed in form.items()
        if name.startswith(ANSWER) and (text := typed.strip())
    }
    if not given:
        raise InvalidFields.one("", Reason("answer at least one of the questions"))
    told = {"questionnaire": found.questionnaire_id, "answers": given, "language": _spoken(visit, found)}
    held = forms.checked(Interview, told)
    once = forms.once(form)
    unseen.heeding(
        lambda allowed: interviewing.note(
            customer_id=profile.customer_id,
            questionnaire_id=held.questionnaire,
            given=held.answers,
            language=held.language,
            caller=actor.who,
            idempotency_key=once,
            allow_duplicate=allowed,
            hidden=actor.never_seen,
        ),
        actor=actor,
        allow_duplicate=form.get("allow_duplicate") == _YES,
    )


def _profile(visit: Visit) -> Profile:
    return customer_service.get(customer_id=visit.asked.names["customer_id"])


def _named(visit: Visit) -> Questionnaire | None:
    """The questionnaire that the address names. Raises NotFound."""
    wanted = visit.asked.query.get("questionnaire")
    if wanted is None:
        return None
    if not visit.actor.may("questionnaires.read"):
        raise NotFound("there is nothing of this id")
    return service.get(questionnaire_id=wanted)


def _open(visit: Visit) -> list[Mapping[str, Any]]:
    """The questionnaires that are open, by their titles."""
    if not visit.actor.may("questionnaires.read"):
        return []
    found = service.page(PageRequest("console interviews", _LISTED)).items
    told = [
        {
            "id": one.questionnaire_id,
            "title": rules.worded(one.title, visit.language.code),
            "questions": len(seeing.questions(visit, one)),
        }
        for one in found
        if one.is_open
    ]
    return sorted(told, key=lambda one: str(one["title"]).casefold())


def _whom(visit: Visit, profile: Profile) -> dict[str, Any]:
    name = visible({"name": profile.name}, visit.actor.hidden)["name"]
    return {"customer_id": profile.customer_id, "name": name, "here": f"{HOME}/customers/{profile.customer_id}"}


def _spoken(visit: Visit, found: Questionnaire) -> str:
    """The language in which whoever asks reads it."""
    return rules.language_of(found.title, visit.language.code)


def _page(visit: Visit, profile: Profile, found: Questionnaire, typed: Mapping[str, str]) -> Page:
    code = _spoken(visit, found)
    values = {
        **_whom(visit, profile),
        "questionnaire_id": found.questionnaire_id,
        "title": rules.worded(found.title, code),
        "intro": rules.worded(found.intro, code) if found.intro else None,
        "spoken": languages.choose(code).code,
        "questions": _asked(seeing.questions(visit, found), typed, code),
        "once": typed.get("once") or secrets.token_urlsafe(12),
        "candidates": (),
        "is_forgotten": False,
        "errors": {},
    }
    return Page("questionnaires/interview.html", values)


def _asked(questions: Sequence[Mapping[str, Any]], typed: Mapping[str, str], code: str) -> list[Mapping[str, Any]]:
    return [
        {
            "name": f"{ANSWER}{one['id']}",
            "kind": one["kind"],
            "fills": one.get("fills"),
            "label": rules.worded(one["label"], code),
            "about": rules.worded(one["about"], code) if one.get("about") else None,
            "required": bool(one.get("required")),
            "choices": [(each["value"], rules.worded(each["label"], code)) for each in one.get("choices") or ()],
            "answer": typed.get(f"{ANSWER}{one['id']}", ""),
        }
        for one in questions
    ]
