"""One questionnaire: what it asks, the links on which is answered, opening, closing and deleting it."""

from datetime import UTC, datetime
from typing import Any

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers import find, people
from crm.console.questionnaires import seeing
from crm.console.questionnaires.overview import PLACE
from crm.core import clock
from crm.core.errors import InvalidFields, InvalidRequest, NotFound, StaleVersion
from crm.customers import service as customer_service
from crm.mail import languages
from crm.questionnaires import links, rules, service
from crm.questionnaires.links import Link
from crm.questionnaires.models import Questionnaire

_LINKS = "activity.write"
DAYS = (7, 30, 90)


def show(visit: Visit) -> Page:
    """What it asks, as far as the reader sees what the answers fill. Raises NotFound."""
    found = _found(visit)
    if visit.asked.query.get("delete") and visit.actor.may("questionnaires.write"):
        values = {"place": PLACE, "questionnaire": found, "title": _title(visit, found), "has_changed": False}
        return Page("questionnaires/delete.html", values)
    return _page(visit, found)


def act(visit: Visit) -> Page | SeeOther:
    """Open it, close it, delete it. Raises NotFound, InvalidRequest."""
    found, form = _found(visit), visit.asked.form
    action, version = form.get("action", ""), forms.version(form)
    if action not in ("open", "close", "delete"):
        raise InvalidRequest("the form says nothing that can be done")
    questionnaire_id = found.questionnaire_id
    try:
        if action == "delete":
            service.remove(questionnaire_id=questionnaire_id, expected_version=version)
            return SeeOther(f"{PLACE}?done=deleted")
        fields = {"is_open": action == "open"}
        service.change(questionnaire_id=questionnaire_id, fields=fields, expected_version=version)
    except StaleVersion:
        page = _page(visit, _found(visit))
        return Page(page.template, {**page.values, "has_changed": True}, StaleVersion.status.value)
    return SeeOther(f"{PLACE}/{questionnaire_id}?done={action}")


def link(visit: Visit) -> Page:
    """The address to hand out, of a poster or of one customer. Raises NotFound."""
    from crm.questionnaires.schemas import NewLink

    found = _found(visit)
    page = _page(visit, found)
    told = forms.filled(visit.asked.form, ("customer",))
    days = visit.asked.form.get("days", "")
    try:
        wanted = forms.checked(NewLink, {**told, **({"days": int(days)} if days in map(str, DAYS) else {})})
    except InvalidFields as refused:
        return forms.again(page, refused)
    made = Link(found.questionnaire_id)
    if wanted.customer:
        made = _of_customer(visit, found, wanted.customer, wanted.days)
    over = clock.instant(datetime.fromtimestamp(made.expires, UTC)) if made.expires else None
    address = visit.asked.base + links.path(made)
    whom = people.named([made.customer_id], visit.actor) if made.customer_id else []
    return Page(page.template, {**page.values, "made": {"address": address, "until": over, "whom": whom}})


def _of_customer(visit: Visit, found: Questionnaire, customer_id: str, days: int) -> Link:
    owners = customer_service.owner_of(customer_id)
    if owners is None or not all(visit.actor.reaches(_LINKS, one) for one in owners[0]):
        raise NotFound("there is nothing of this id")
    known = customer_service.get(customer_id=customer_id).customer_id
    return links.of_customer(questionnaire_id=found.questionnaire_id, customer_id=known, days=days)


def _found(visit: Visit) -> Questionnaire:
    return service.get(questionnaire_id=visit.asked.names["questionnaire_id"])


def _title(visit: Visit, found: Questionnaire) -> str:
    return rules.worded(found.title, visit.language.code)


def _page(visit: Visit, found: Questionnaire) -> Page:
    actor, code = visit.actor, visit.language.code
    wanted = visit.asked.query.get("who", "")
    questions = seeing.questions(visit, found)
    may_link = actor.may(_LINKS)
    fitting = find.anybody(visit, wanted) if wanted and may_link and actor.may("customers.read") else None
    values: dict[str, Any] = {
        "place": PLACE,
        "questionnaire": found,
        "title": _title(visit, found),
        "intro": rules.worded(found.intro, code) if found.intro else None,
        "languages_asked": [languages.NAMES.get(one, one) for one in found.title],
        "questions": [
            {
                **{
                    name: one.get(name)
                    for name in ("id", "kind", "fills", "custom", "tag", "tags", "purpose", "required")
                },
                "label": rules.worded(one["label"], code),
                "choices": [rules.worded(each["label"], code) for each in one.get("choices") or ()],
            }
            for one in questions
        ],
        "may_write": actor.may("questionnaires.write"),
        "may_link": may_link,
        "wanted_customer": wanted,
        "people": fitting.items if fitting else None,
        "has_more": fitting is not None and fitting.has_more,
        "days": DAYS,
        "made": None,
        "has_changed": False,
        "done": visit.asked.query.get("done"),
        "errors": {},
    }
    return Page("questionnaires/one.html", values)
