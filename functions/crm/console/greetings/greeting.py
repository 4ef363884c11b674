"""One rule of greetings as a form: make it, change it, try it out, delete it."""

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from crm.console import forms, group_names
from crm.console.asked import Answer, Page, SeeOther, Visit
from crm.console.greetings import overview as greetings
from crm.console.greetings import telling as greeting_rules
from crm.console.greetings.overview import LIST
from crm.core import text
from crm.core.errors import InvalidFields, StaleVersion
from crm.core.reason import Reason
from crm.greetings import preview, rules, seeing, service
from crm.greetings.models import Greeting
from crm.templates import service as template_service

NEW = "new"
OCCASIONS = (
    "birthday",
    "purchase_anniversary",
    "last_purchase_anniversary",
    "large_purchase_anniversary",
    "joined_anniversary",
    "feast",
    "days_after",
    "custom_anniversary",
    "hebrew_birthday",
    "checkup",
)
EVENTS = ("first_purchase", "last_purchase", "last_contact", "registered", "joined", "custom")
_TEXTS = ("name", "occasion", "send_at", "segment", "template", "purpose", "rest_days", "starts_on", "ends_on")
FIELDS = (*_TEXTS, "offset_days", *rules.ALL_DETAILS)
_MISSING = Reason("required; it is missing")
_WHOLE = re.compile(r"-?\d{1,6}", re.ASCII)
_DAYS = 30
_BLANK = {**dict.fromkeys(FIELDS, ""), "offset_days": "0", "send_at": "09:00", "active": True}


def show(visit: Visit) -> Page:
    """The form, empty or with what is stored. Raises NotFound."""
    if visit.asked.names["greeting_id"] == NEW:
        return _form(visit, {**_BLANK, "occasion": visit.asked.query.get("occasion", "birthday")}, None)
    rule = _seen(visit)
    if visit.asked.query.get("delete"):
        return Page("greetings/delete.html", {"rule": greeting_rules.told(rule, visit.actor, visit.language)})
    return _form(visit, _stored(rule), rule)


def act(visit: Visit) -> Answer:
    """What a button of the form, or of the list, is for. Raises NotFound, InvalidFields."""
    actions: Mapping[str, Callable[[Visit], Answer]] = {
        "save": _save,
        "try": _try_out,
        "on": lambda asked: greetings.switch(asked, on=True),
        "off": lambda asked: greetings.switch(asked, on=False),
        "delete": greetings.remove,
    }
    wanted = visit.asked.form.get("action", "")
    if wanted not in actions:
        raise InvalidFields.one("/action", Reason("load the page anew"))
    return actions[wanted](visit)


def _save(visit: Visit) -> Answer:
    from crm.greetings.schemas import GreetingChange, NewGreeting, fields_of  # of this form alone

    greeting_id = visit.asked.names["greeting_id"]
    rule = None if greeting_id == NEW else _seen(visit)
    try:
        if rule is None:
            told = forms.checked(NewGreeting, _given(visit))
            fields = seeing.of_seen_groups(fields_of(told, exclude_none=True), hidden=visit.actor.hidden)
            service.add(fields=fields, caller=visit.actor.who, idempotency_key=forms.once(visit.asked.form))
            return SeeOther(f"{LIST}?done=added")
        change = forms.checked(GreetingChange, _told(visit))
        fields = seeing.of_seen_groups(fields_of(change, exclude_unset=True), hidden=visit.actor.hidden)
        service.change(greeting_id=greeting_id, fields=fields, expected_version=forms.version(visit.asked.form))
    except InvalidFields as refused:
        return _again(_form(visit, _typed(visit), rule), refused)
    except StaleVersion:
        return _conflict(visit)
    return SeeOther(f"{LIST}?done=saved")


def _try_out(visit: Visit) -> Page:
    """Whom the rule would greet in the coming days as it stands in the form; nothing is stored."""
    from crm.greetings.schemas import NewGreeting, fields_of

    greeting_id = visit.asked.names["greeting_id"]
    page = _form(visit, _typed(visit), None if greeting_id == NEW else _seen(visit))
    try:
        told = forms.checked(NewGreeting, _given(visit))
        fields = seeing.of_seen_groups(fields_of(told, exclude_none=True), hidden=visit.actor.hidden)
        found = preview.preview(fields, days=_DAYS)
    except InvalidFields as refused:
        return _again(page, refused)
    tried = {
        "count": found.greetings,
        "withheld": [(code, count) for code, (_, count) in found.withheld.items()],
        "complete": found.complete,
        "subjects": [(one.prospect.profile.get("name", ""), one.mail.subject) for one in found.samples],
    }
    return Page(page.template, {**page.values, "tried": tried})


def _again(page: Page, refused: InvalidFields) -> Page:
    """The form with what is wrong; of a detail that an occasion needs in the words that every form has for it."""
    shown = forms.again(page, refused)
    wrong = {
        name: _MISSING if reason.template == rules.MISSING.template else reason
        for name, reason in shown.values["errors"].items()
    }
    return Page(shown.template, {**shown.values, "errors": wrong}, shown.status)


def _conflict(visit: Visit) -> Page:
    """Somebody was faster: both values, and the form as it was filled in, which may be sent once more."""
    rule = _seen(visit)
    stored, typed = _stored(rule), _typed(visit)
    both = [(name, stored[name], typed[name]) for name in (*FIELDS, "active") if stored[name] != typed[name]]
    page = _form(visit, typed, rule)
    return Page(page.template, {**page.values, "both": both}, StaleVersion.status.value)


def _form(visit: Visit, filled: Mapping[str, Any], rule: Greeting | None) -> Page:
    groups = group_names.choices(visit.actor, visit.language)
    values = {
        "filled": filled,
        "address": f"{LIST}/{rule.greeting_id if rule else NEW}",
        "version": int(rule.version) if rule else None,
        "name": rule.name if rule else None,
        "occasions": OCCASIONS,
        "events": EVENTS,
        "groups": groups,
        "feasts": greeting_rules.all_feasts(visit.language),
        "own_dates": greeting_rules.own_dates(visit.actor, visit.language),
        "templates": [one for one in template_service.names() if _greets(one)],
        "once": visit.asked.form.get("once") or secrets.token_urlsafe(12),
        "errors": {},
        "tried": None,
        "both": [],
        "days": _DAYS,
        "home_of_list": LIST,
    }
    return Page("greetings/rule.html", values)


def _told(visit: Visit) -> dict[str, Any]:
    """The form as the API would be told it, None for what is empty; without the details of another occasion."""
    form = visit.asked.form
    told: dict[str, Any] = {name: form.get(name, "").strip() or None for name in FIELDS}
    needed = rules.details(str(told["occasion"]), told["event"])
    for name in set(rules.ALL_DETAILS) - needed:
        told.pop(name)
    if told["name"] is None:
        raise InvalidFields.one("/name", _MISSING)
    for name in ("occasion", "send_at", "purpose", "rest_days", "template"):
        # They have no empty value; the usual one stands for them.
        if told[name] is None:
            told.pop(name)
    days = text.ascii_digits(told["offset_days"] or "0")
    told["offset_days"] = int(days) if _WHOLE.fullmatch(days) else days
    return {**told, "active": form.get("active") == "yes"}


def _given(visit: Visit) -> dict[str, Any]:
    """The same of a rule that is new: what is empty is not told at all."""
    return {name: value for name, value in _told(visit).items() if value is not None}


def _typed(visit: Visit) -> dict[str, Any]:
    form = visit.asked.form
    return {**{name: form.get(name, "").strip() for name in FIELDS}, "active": form.get("active") == "yes"}


def _stored(rule: Greeting) -> dict[str, Any]:
    values = rule.attribute_values
    shown = {name: "" if values.get(name) is None else str(values[name]) for name in FIELDS}
    return {**shown, "offset_days": str(int(rule.offset_days)), "active": bool(rule.active)}


def _seen(visit: Visit) -> Greeting:
    rule = service.get(greeting_id=visit.asked.names["greeting_id"])
    return seeing.require_seen(rule, hidden=visit.actor.hidden)


def _greets(name: str) -> bool:
    return template_service.use_of(name) == "greeting"
