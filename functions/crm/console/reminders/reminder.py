"""One reminder as a form: make it, change it, put it off, do it and take that back, give it away, delete it."""

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from crm.console import forms
from crm.console.asked import Answer, Page, SeeOther, Visit
from crm.console.customers import telling
from crm.console.reminders import buttons, filling, reach
from crm.console.reminders.filling import CUSTOMER, FIELDS, ME
from crm.console.reminders.overview import LIST
from crm.console.saying import Saying
from crm.core.errors import Conflict, InvalidFields, StaleVersion
from crm.core.reason import Reason
from crm.reminders import due, service
from crm.reminders.models import Reminder

NEW = "new"
_AT = "09:00"


def show(visit: Visit) -> Page:
    """The form, empty or with what is stored. Raises NotFound."""
    if visit.asked.names["reminder_id"] == NEW:
        tomorrow = Saying(visit.language).today + timedelta(days=1)
        blank = {**dict.fromkeys(FIELDS, ""), "for": ME, "date": tomorrow.isoformat(), "time": _AT}
        return _form(visit, {**blank, "for": visit.asked.query.get("for", ME)}, None)
    reminder = _stored(visit)
    if visit.asked.query.get("delete"):
        names = due.names([reminder], within=visit.actor.within("customers.read"))
        return Page("reminders/delete.html", {"reminder": telling.reminder(reminder, visit.actor, names)})
    return _form(visit, filling.filled(reminder), reminder)


def act(visit: Visit) -> Answer:
    """What a button of the form, or of the list, is for. Raises NotFound, InvalidFields."""
    wanted = visit.asked.form.get("action", "")
    if visit.asked.names["reminder_id"] == NEW:
        if wanted != "save":
            raise InvalidFields.one("/action", Reason("load the page anew"))
        return _make(visit)
    known: Mapping[str, Callable[[Visit], Answer]] = {
        "save": _change,
        "complete": buttons.complete,
        "reopen": buttons.reopen,
        "snooze": buttons.snooze,
        "reassign": buttons.reassign,
        "delete": buttons.delete,
    }
    if wanted not in known:
        raise InvalidFields.one("/action", Reason("load the page anew"))
    try:
        return known[wanted](visit)
    except (Conflict, StaleVersion):
        return SeeOther(f"{LIST}?done=stale")


def _make(visit: Visit) -> Answer:
    from crm.reminders.schemas import NewReminder  # of this form alone

    form, actor = visit.asked.form, visit.actor
    wanted, customer = form.get("for", ME), reach.customer(actor, form.get("customer_id"))
    told: dict[str, Any] = {"to": CUSTOMER if wanted == CUSTOMER else "staff", "at": filling.at(form)}
    if customer:
        told |= {"customer_id": customer.id, "unless_contact": bool(form.get("unless_contact"))}
    if wanted not in (ME, CUSTOMER):
        told["staff"] = reach.within(actor, wanted)
    try:
        fields = forms.checked(NewReminder, {**told, **filling.texts(form)}).model_dump(exclude_none=True)
        service.make(fields=fields, caller=actor.who, idempotency_key=forms.once(form))
    except InvalidFields as refused:
        return forms.again(_form(visit, filling.typed(form), None), refused, _NAMED)
    return SeeOther(f"{LIST}?done=made")


def _change(visit: Visit) -> Answer:
    from crm.reminders.schemas import ReminderChange

    form, reminder = visit.asked.form, _stored(visit)
    stored = {**filling.as_told(reminder), "unless_contact": bool(reminder.unless_contact)}
    try:
        told: dict[str, Any] = {"message": None, "repeat": None, "at": filling.at(form), **filling.texts(form)}
        told["unless_contact"] = bool(form.get("unless_contact"))
        # With a time a series begins anew, so that only what was changed is told.
        fields = {name: value for name, value in told.items() if value != stored[name]}
        change = forms.checked(ReminderChange, fields).model_dump(exclude_unset=True)
        service.change(reminder_id=reminder.reminder_id, fields=change, expected_version=forms.version(form))
    except InvalidFields as refused:
        return forms.again(_form(visit, filling.typed(form), reminder), refused, _NAMED)
    except StaleVersion:
        return _conflict(visit)
    return SeeOther(f"{LIST}?done=saved")


def _conflict(visit: Visit) -> Page:
    """Somebody was faster: both values, and the form as it was filled in, which may be sent once more."""
    reminder = _stored(visit)
    stored, typed = filling.filled(reminder), filling.typed(visit.asked.form)
    page = _form(visit, typed, reminder)
    both = [(name, stored[name], typed[name]) for name in FIELDS[1:] if stored[name] != typed[name]]
    return Page(page.template, {**page.values, "both": both}, StaleVersion.status.value)


def _form(visit: Visit, filled: Mapping[str, Any], reminder: Reminder | None) -> Page:
    actor, asked = visit.actor, visit.asked
    named = asked.form.get("customer_id") or asked.query.get("customer_id")
    customer = reach.customer(actor, named) if reminder is None else None
    names = due.names([reminder], within=actor.within("customers.read")) if reminder else {}
    colleagues = reach.colleagues(actor)
    values = {
        "filled": filled,
        "reminder": telling.reminder(reminder, actor, names) if reminder else None,
        "customer_id": customer.id if customer else None,
        "customer": customer.name if customer else None,
        "colleagues": [one for one in colleagues if one[0] != actor.who],
        "heirs": [one for one in colleagues if reminder and one[0] != reminder.recipient[1]],
        "repeats": filling.REPEATS,
        "spans": buttons.SPANS,
        "once": asked.form.get("once") or secrets.token_urlsafe(12),
        "errors": {},
        "both": [],
    }
    return Page("reminders/form.html", values)


# What the API calls it, as the field of the form.
_NAMED = {"at": "date", "staff": "for", "to": "for", "customer_id": "for"}


def _stored(visit: Visit) -> Reminder:
    return service.get(reminder_id=visit.asked.names["reminder_id"])
