"""What is done on the page of a customer in a line: log a contact, and be reminded of it."""

import secrets
from dataclasses import replace
from datetime import timedelta

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers import customer
from crm.console.customers.record import MovedAway, read
from crm.console.routes import HOME
from crm.console.saying import Saying
from crm.core.errors import CrmError, InvalidFields, KeyReused
from crm.core.reason import Reason

_LONGEST = 2000
_LONGEST_SUBJECT = 200
_AT = "09:00"


def log(visit: Visit) -> Page | SeeOther:
    """Log a contact, and be reminded in so many days where that was chosen. Raises NotFound.

    What was not taken stands in its line on the page, for whoever may see that.
    """
    try:
        done = _logged(visit)
    except (InvalidFields, KeyReused) as refused:
        return _again(visit, refused)
    return SeeOther(f"{HOME}/customers/{visit.asked.names['customer_id']}?done={done}")


def _logged(visit: Visit) -> str:
    # Here, as are the reminders: a line that is refused needs neither.
    from crm.interactions import service as interaction_service
    from crm.interactions.schemas import NewInteraction

    customer_id, form = visit.asked.names["customer_id"], visit.asked.form
    summary, kind, once = form.get("summary", "").strip(), form.get("kind", customer.KINDS[0]), forms.once(form)
    if not summary:
        raise InvalidFields.one("/summary", Reason("say in a line what it was about"))
    if len(summary) > _LONGEST:
        reason = Reason("must have at most {max_length} characters", max_length=_LONGEST)
        raise InvalidFields.one("/summary", reason)
    if kind not in customer.KINDS:
        raise InvalidFields.one("/kind", Reason("choose one of the list"))
    interaction_service.log(
        customer_id=customer_id,
        interaction=forms.checked(NewInteraction, {"kind": kind, "summary": summary}),
        caller=visit.actor.who,
        idempotency_key=once,
    )
    days = form.get("days")
    if not days:
        return "logged"
    return "reminded" if _remind(visit, customer_id, days, summary, once) else "not_reminded"


def _again(visit: Visit, refused: CrmError) -> Page:
    """The page of the customer with the line as it was written. Raises what refused it where they may not see that."""
    try:
        record = read(visit.asked, visit.asked.names["customer_id"])
    except MovedAway:
        raise refused from None
    if not visit.actor.reaches("customers.read", record.profile.get("owner")):
        raise refused
    shown, form = customer.page(visit, record), visit.asked.form
    line = {name: form.get(name, "") for name in customer.LINE}
    # What the same form has done already is not hidden behind the next.
    once = secrets.token_urlsafe(12) if isinstance(refused, KeyReused) else form.get("once") or shown.values["once"]
    return forms.again(replace(shown, values={**shown.values, "line": line, "once": once}), refused)


def _remind(visit: Visit, customer_id: str, days: str, summary: str, once: str) -> bool:
    """Whether who asks is reminded now: not where they are none of the staff's list, or may not."""
    from crm.reminders import service as reminder_service

    if days not in map(str, customer.DAYS) or not visit.actor.may("reminders.use"):
        return False
    day = Saying(visit.language).today + timedelta(days=int(days))
    # A subject is a line, however many were pasted into the form.
    subject = " ".join(summary.split())[:_LONGEST_SUBJECT]
    fields = {"to": "staff", "customer_id": customer_id, "at": f"{day}T{_AT}", "subject": subject}
    try:
        reminder_service.make(fields=fields, caller=visit.actor.who, idempotency_key=once)
    except InvalidFields:
        return False
    return True
