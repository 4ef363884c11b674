"""The questionnaires of the business, and making another."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.questionnaires import form as making
from crm.console.questionnaires import goes, seeing
from crm.console.routes import HOME
from crm.core.errors import InvalidFields, KeyReused
from crm.core.paging import PageRequest
from crm.mail import languages
from crm.questionnaires import rules, service
from crm.questionnaires.models import Questionnaire

PLACE = f"{HOME}/questionnaires"
_ON_A_PAGE = 50


def show(visit: Visit) -> Page:
    """The list, and for who may make one the form."""
    return _page(visit, {"language": visit.language.code}, making.FIRST)


def make(visit: Visit) -> Page | SeeOther:
    """Make one of what was filled in, or show the form with more rows."""
    from crm.questionnaires.schemas import NewQuestionnaire

    form = visit.asked.form
    count = sum(1 for number in range(making.MOST) if f"label.{number}" in form) or making.FIRST
    if form.get("action") == "more":
        return _page(visit, form, min(count + making.MORE, making.MOST))
    language = form.get("language", "")
    page = _page(visit, form, count)
    told, filled = making.told(form, making.rows(form, count), language, seeing.own(visit))
    try:
        new = forms.checked(NewQuestionnaire, told)
        made = service.make(
            fields=new.model_dump(exclude_none=True),
            caller=visit.actor.who,
            idempotency_key=forms.once(form),
        )
    except InvalidFields as refused:
        return forms.again(page, making.beside(refused, filled))
    except KeyReused as sent:
        # Under another mark, else it could never be sent.
        return forms.again(replace(page, values={**page.values, "once": secrets.token_urlsafe(12)}), sent)
    return SeeOther(f"{PLACE}/{made.questionnaire_id}?done=made")


def _page(visit: Visit, typed: Mapping[str, str], count: int) -> Page:
    asked = visit.asked
    request = PageRequest(f"console questionnaires:{visit.actor.scope}", _ON_A_PAGE, asked.query.get("after") or None)
    found = service.page(request)
    values: dict[str, Any] = {
        "place": PLACE,
        "known": sorted((_line(one, visit) for one in found.items), key=lambda one: str(one["title"]).casefold()),
        "next": found.next,
        "may_write": visit.actor.may("questionnaires.write"),
        "typed": {"title": "", "intro": "", **typed},
        "rows": making.rows(typed, count),
        "goes": goes.offered(seeing.own(visit), visit.language.tag),
        "spoken": list(languages.NAMES.items()),
        "once": typed.get("once") or secrets.token_urlsafe(12),
        "done": asked.query.get("done"),
        "errors": {},
    }
    return Page("questionnaires/list.html", values)


def _line(one: Questionnaire, visit: Visit) -> Mapping[str, Any]:
    return {
        "id": one.questionnaire_id,
        "title": rules.worded(one.title, visit.language.code),
        "languages": [languages.NAMES.get(code, code) for code in one.title],
        "questions": len(one.questions),
        "is_open": bool(one.is_open),
    }
