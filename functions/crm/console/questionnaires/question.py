"""One question of a questionnaire: written in all its languages, put elsewhere, taken away; or one more."""

from collections.abc import Mapping
from typing import Any

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.questionnaires import goes, question_form, seeing
from crm.console.questionnaires.overview import PLACE
from crm.core.errors import InvalidFields, NotFound, StaleVersion
from crm.mail import languages
from crm.questionnaires import rules, service
from crm.questionnaires.models import Questionnaire

Question = Mapping[str, Any]
_GONE = "gone"


def show(visit: Visit) -> Page:
    """The form of the question that the address names, or of a new one. Raises NotFound."""
    found = _found(visit)
    question = _question(visit, found)
    own, codes = seeing.own(visit), list(found.title)
    place = 1 + seeing.questions(visit, found).index(question) if question else 0
    return _page(visit, found, question, question_form.of_question(question, place, codes, own))


def act(visit: Visit) -> Page | SeeOther:
    """Write it, or show the form with more rows. Raises NotFound."""
    form, found = visit.asked.form, _found(visit)
    question = _question(visit, found)
    typed = question_form.of_form(form, list(found.title))
    page = _page(visit, found, question, typed)
    if form.get("action") == "more":
        return page
    try:
        questions = _changed(visit, found, question, typed)
        version = forms.version(form)
        service.change(
            questionnaire_id=found.questionnaire_id, fields={"questions": questions}, expected_version=version
        )
    except InvalidFields as refused:
        return forms.again(page, refused, {"kind": "goes"})
    except StaleVersion as stale:
        return Page(page.template, {**page.values, "has_changed": True}, stale.status.value)
    return SeeOther(f"{PLACE}/{found.questionnaire_id}?done=changed")


def _changed(visit: Visit, found: Questionnaire, question: Question | None, typed: Mapping[str, str]) -> list[Question]:
    """All questions with this one as it was filled in. Raises InvalidFields."""
    others: list[Question] = [one for one in found.questions if question is None or one["id"] != question["id"]]
    if question and visit.asked.form.get(_GONE):
        return others
    seen = [one for one in seeing.questions(visit, found) if one in others]
    place = forms.whole("place", typed["place"])
    at = others.index(seen[max(place, 1) - 1]) if place is not None and place <= len(seen) else len(others)
    return [*others[:at], _told(visit, found, question, typed), *others[at:]]


def _told(visit: Visit, found: Questionnaire, question: Question | None, typed: Mapping[str, str]) -> Question:
    # Here, as showing the form needs no schemas.
    from crm.questionnaires.schemas import AskedQuestion

    told, rows = question_form.to_question(
        typed,
        list(found.title),
        stored=question,
        taken=[str(one["id"]) for one in found.questions],
        own=seeing.own(visit),
    )
    try:
        return forms.checked(AskedQuestion, told).model_dump(exclude_none=True)
    except InvalidFields as refused:
        raise question_form.beside(refused, rows) from refused


def _found(visit: Visit) -> Questionnaire:
    return service.get(questionnaire_id=visit.asked.names["questionnaire_id"])


def _question(visit: Visit, found: Questionnaire) -> Question | None:
    """The one that the address names; None: a new one. Raises NotFound."""
    name = visit.asked.query.get("question")
    if name is None:
        return None
    question = next((one for one in seeing.questions(visit, found) if one["id"] == name), None)
    if question is None:
        raise NotFound("there is no such question")
    return question


def _page(visit: Visit, found: Questionnaire, question: Question | None, shown: Mapping[str, str]) -> Page:
    code, codes = visit.language.code, list(found.title)
    rows = min(question_form.count(shown) + question_form.MORE, question_form.MOST_CHOICES)
    blank = {f"choice.{row}.{one}": "" for row in range(rows) for one in codes}
    values: dict[str, Any] = {
        "here": f"{PLACE}/{found.questionnaire_id}",
        "title": rules.worded(found.title, code),
        "question": question["id"] if question else None,
        "asked": rules.worded(question["label"], code) if question else None,
        # The reader's own language first, if it is asked in it.
        "codes": sorted(codes, key=lambda one: one != code),
        "called": languages.NAMES,
        "shown": {**blank, **shown},
        "rows": rows,
        "is_choice": _is_choice(visit, question, shown),
        "goes": goes.offered(seeing.own(visit), visit.language.tag),
        "version": int(found.version),
        "has_changed": False,
        "errors": {},
    }
    return Page("questionnaires/question.html", values)


def _is_choice(visit: Visit, question: Question | None, shown: Mapping[str, str]) -> bool:
    meant = goes.parts(shown["goes"], seeing.own(visit))
    if meant is None and shown["goes"] == goes.AS_IT_IS:
        meant = question
    return bool(meant and meant["kind"] == "choice")
