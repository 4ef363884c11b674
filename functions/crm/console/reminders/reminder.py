"""One reminder as a form: make it, change it, put it off, do it and take that back, give it away, delete it."""

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from crm.console import forms
from crm.console.asked import Answer, Page, SeeOther, Visit
from crm.console.customers import telling
from crm.console.reasons import NOT_STAFF
from crm.console.reminders.overview import LIST
from crm.console.saying import Saying
from crm.core.actor import Actor
from crm.core.errors import Conflict, InvalidFields, NotFound, StaleVersion
from crm.core.paging import LARGEST_LIMIT, PageRequest
from crm.mail import recipients
from crm.mail.recipients import Recipient
from crm.reminders import actions, due, service
from crm.reminders.models import Reminder
from crm.staff import service as staff_service

NEW = "new"
REPEATS = (
    "FREQ=DAILY",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;INTERVAL=2",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;INTERVAL=3",
    "FREQ=MONTHLY;INTERVAL=6",
    "FREQ=YEARLY",
)
SPANS = ("PT2H", "P1D", "P3D", "P1W", "P1M")
ME, CUSTOMER = "me", "customer"
FIELDS = ("for", "subject", "message", "date", "time", "repeat", "unless_contact")
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
    return _form(visit, _filled(reminder), reminder)


def act(visit: Visit) -> Answer:
    """What a button of the form, or of the list, is for. Raises NotFound, InvalidFields."""
    wanted = visit.asked.form.get("action", "")
    if visit.asked.names["reminder_id"] == NEW:
        if wanted != "save":
            raise InvalidFields.one("/action", "load the page anew")
        return _make(visit)
    known: Mapping[str, Callable[[Visit], Answer]] = {
        "save": _change,
        "complete": _complete,
        "reopen": _reopen,
        "snooze": _snooze,
        "reassign": _reassign,
        "delete": _delete,
    }
    if wanted not in known:
        raise InvalidFields.one("/action", "load the page anew")
    try:
        return known[wanted](visit)
    except (Conflict, StaleVersion):
        return SeeOther(f"{LIST}?done=stale")


def _make(visit: Visit) -> Answer:
    from crm.reminders.schemas import NewReminder  # of this form alone

    form, actor = visit.asked.form, visit.actor
    wanted, customer = form.get("for", ME), _customer(actor, form.get("customer_id"))
    told: dict[str, Any] = {"to": CUSTOMER if wanted == CUSTOMER else "staff", "at": _at(form)}
    if customer:
        told |= {"customer_id": customer.id, "unless_contact": bool(form.get("unless_contact"))}
    if wanted not in (ME, CUSTOMER):
        told["staff"] = _within(actor, wanted)
    try:
        fields = forms.checked(NewReminder, {**told, **_texts(form)}).model_dump(exclude_none=True)
        service.make(fields=fields, caller=actor.who, idempotency_key=f"console {_once(form)}")
    except InvalidFields as refused:
        return _again(_form(visit, _typed(form), None), refused)
    return SeeOther(f"{LIST}?done=made")


def _change(visit: Visit) -> Answer:
    from crm.reminders.schemas import ReminderChange

    form, reminder = visit.asked.form, _stored(visit)
    stored = {**_as_told(reminder), "unless_contact": bool(reminder.unless_contact)}
    try:
        told: dict[str, Any] = {"message": None, "repeat": None, "at": _at(form), **_texts(form)}
        told["unless_contact"] = bool(form.get("unless_contact"))
        # With a time a series begins anew, so that only what was changed is told.
        fields = {name: value for name, value in told.items() if value != stored[name]}
        change = forms.checked(ReminderChange, fields).model_dump(exclude_unset=True)
        service.change(reminder_id=reminder.reminder_id, fields=change, expected_version=_version(form))
    except InvalidFields as refused:
        return _again(_form(visit, _typed(form), reminder), refused)
    except StaleVersion:
        return _conflict(visit)
    return SeeOther(f"{LIST}?done=saved")


def _complete(visit: Visit) -> SeeOther:
    found = actions.complete(_asked(visit, {"occurrence": None}))
    return SeeOther(f"{LIST}?done=completed&undo={found.reminder_id}")


def _reopen(visit: Visit) -> SeeOther:
    actions.reopen(_asked(visit, {}))
    return SeeOther(f"{LIST}?done=reopened")


def _snooze(visit: Visit) -> SeeOther:
    span = visit.asked.form.get("span", "")
    if span not in SPANS:
        raise InvalidFields.one("/span", "load the page anew")
    actions.snooze(_asked(visit, {"span": span}))
    return SeeOther(f"{LIST}?done=snoozed")


def _reassign(visit: Visit) -> SeeOther:
    wanted = _within(visit.actor, visit.asked.form.get("staff", ""))
    actions.reassign(_asked(visit, {"staff": wanted}))
    return SeeOther(f"{LIST}?done=given")


def _delete(visit: Visit) -> SeeOther:
    version = _version(visit.asked.form)
    service.remove(reminder_id=visit.asked.names["reminder_id"], expected_version=version)
    return SeeOther(f"{LIST}?done=deleted")


def _conflict(visit: Visit) -> Page:
    """Somebody was faster: both values, and the form as it was filled in, which may be sent once more."""
    reminder = _stored(visit)
    stored, typed = _filled(reminder), _typed(visit.asked.form)
    page = _form(visit, typed, reminder)
    both = [(name, stored[name], typed[name]) for name in FIELDS[1:] if stored[name] != typed[name]]
    return Page(page.template, {**page.values, "both": both}, StaleVersion.status.value)


def _form(visit: Visit, filled: Mapping[str, Any], reminder: Reminder | None) -> Page:
    actor, asked = visit.actor, visit.asked
    named = reminder.customer_id if reminder else asked.form.get("customer_id") or asked.query.get("customer_id")
    customer = _customer(actor, named) if reminder is None else None
    names = due.names([reminder], within=actor.within("customers.read")) if reminder else {}
    colleagues = _colleagues(actor)
    values = {
        "filled": filled,
        "reminder": telling.reminder(reminder, actor, names) if reminder else None,
        "customer_id": customer.id if customer else None,
        "customer": customer.name if customer else None,
        "colleagues": [one for one in colleagues if one[0] != actor.who],
        "heirs": [one for one in colleagues if reminder and one[0] != reminder.recipient[1]],
        "repeats": REPEATS,
        "spans": SPANS,
        "once": asked.form.get("once") if asked.method == "POST" else secrets.token_urlsafe(12),
        "errors": {},
        "both": [],
    }
    return Page("reminders/form.html", values)


def _again(page: Page, refused: InvalidFields) -> Page:
    shown = forms.again(page, refused)
    told = {**shown.values["errors"], **({"staff": NOT_STAFF} if "staff" in shown.values["errors"] else {})}
    wrong = {_NAMED.get(name, name): reason for name, reason in told.items()}
    return Page(page.template, {**shown.values, "errors": wrong}, shown.status)


# What the API calls it, as the field of the form.
_NAMED = {"at": "date", "staff": "for", "to": "for", "customer_id": "for"}


def _customer(actor: Actor, customer_id: str | None) -> Recipient | None:
    """A customer within reach. Raises NotFound."""
    if not customer_id:
        return None
    found = recipients.load(kind="customer", recipient_id=customer_id)
    if found is None or not actor.reaches("customers.read", found.profile.get("owner")):
        raise NotFound("there is nothing of this id")
    return found


def _within(actor: Actor, staff_id: str) -> str:
    """A member within reach. Raises NotFound."""
    if not staff_id or not actor.reaches("reminders.use", staff_id):
        raise NotFound("there is nothing of this id")
    return staff_id


def _colleagues(actor: Actor) -> list[tuple[str, str]]:
    """The members to give a reminder to, by name: those within reach who work here."""
    found = staff_service.page(PageRequest(f"console colleagues:{actor.scope}", LARGEST_LIMIT)).items
    reached = [one for one in found if not one.inactive and actor.reaches("reminders.use", one.staff_id)]
    return sorted(((one.staff_id, one.name) for one in reached), key=lambda one: one[1])


def _stored(visit: Visit) -> Reminder:
    return service.get(reminder_id=visit.asked.names["reminder_id"])


def _filled(reminder: Reminder) -> dict[str, Any]:
    date, _, time = reminder.at.partition("T")
    return {
        "for": "",
        "subject": reminder.subject,
        "message": reminder.message or "",
        "date": date,
        "time": time,
        "repeat": reminder.repeat or "",
        "unless_contact": bool(reminder.unless_contact),
    }


def _typed(form: Mapping[str, str]) -> dict[str, Any]:
    typed: dict[str, Any] = {name: form.get(name, "").strip() for name in FIELDS}
    return {**typed, "unless_contact": bool(form.get("unless_contact"))}


def _as_told(reminder: Reminder) -> dict[str, Any]:
    names = ("subject", "message", "at", "repeat")
    return {name: reminder.attribute_values.get(name) for name in names}


def _at(form: Mapping[str, str]) -> str:
    return f"{form.get('date', '').strip()}T{form.get('time', '').strip()[:5]}"


def _texts(form: Mapping[str, str]) -> dict[str, str]:
    found = forms.filled(form, ("subject", "message", "repeat"))
    if "subject" not in found:
        raise InvalidFields.one("/subject", "required; it is missing")
    return {name: text.replace("\r\n", "\n") for name, text in found.items()}


def _version(form: Mapping[str, str]) -> int:
    given = form.get("version", "")
    if not (given.isascii() and given.isdigit() and len(given) < 9):
        raise InvalidFields.one("/version", "load the page anew")
    return int(given)


def _once(form: Mapping[str, str]) -> str:
    """The same form sent twice does it once. Raises InvalidFields."""
    once = form.get("once", "")
    if not 0 < len(once) <= len(secrets.token_urlsafe(12)):
        raise InvalidFields.one("/once", "load the page anew")
    return once


def _asked(visit: Visit, body: Mapping[str, Any]) -> actions.Asked:
    form = visit.asked.form
    return actions.Asked(
        reminder_id=visit.asked.names["reminder_id"],
        action=form["action"],
        body=body,
        expected_version=_version(form) if form.get("version") else None,
        caller=visit.actor.who,
        idempotency_key=f"console {_once(form)}",
    )
