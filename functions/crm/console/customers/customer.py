"""One customer on one page, and what is done from there in a line: log a call, be reminded."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers import beside, telling, timeline
from crm.console.customers import form as customer_form
from crm.console.customers.record import MovedAway, Record, read
from crm.console.routes import HOME
from crm.console.saying import Saying
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import InvalidFields, NotFound
from crm.core.reason import Reason

KINDS = ("call", "meeting", "visit", "email", "note", "complaint")
"""What people log by hand."""
DAYS = (1, 3, 7, 14, 30, 90)
_LONGEST, _LONGEST_SUBJECT = 2000, 200
_LONGEST_ID = 200
_AT = "09:00"


def show(visit: Visit) -> Page | SeeOther:
    """The page. Raises NotFound."""
    try:
        record = read(visit.asked, visit.asked.names["customer_id"])
    except MovedAway as moved:
        return SeeOther(f"{HOME}/customers/{moved.into}")
    except NotFound:
        return _receipt(visit)
    actor, who = visit.actor, telling.person(record, visit.actor)
    owner, events = record.profile.get("owner"), telling.events(record, actor)
    values = {
        "customer_id": record.customer_id,
        "who": who,
        "facts": record.profile.get("facts") or {},
        "own_fields": beside.own_fields(record, actor, visit.language),
        "relations": beside.relations(record, actor),
        "coming": _coming(record, actor),
        "consents": list(beside.consents(record, actor)),
        "events": events,
        "mails": telling.mails(record, actor),
        "groups": telling.groups(record, actor, visit.language),
        "may_log": actor.reaches("activity.write", owner),
        "older": timeline.older(visit, record.customer_id, record.older) if events else None,
        "may_change": actor.reaches("customers.write", owner),
        "may_undo": _undoable(visit, record),
        "may_merge": actor.reaches("customers.merge", owner),
        "merge": _merge(visit, record),
        "has_own_fields": bool(customer_form.fields(["own"], actor, actor.hidden)),
        "may_remind": actor.may("reminders.use"),
        "kinds": KINDS,
        "days": DAYS,
        # The same form sent twice logs once.
        "once": secrets.token_urlsafe(12),
        "done": visit.asked.query.get("done"),
    }
    return Page("customer.html", values)


def _coming(record: Record, actor: Actor) -> list[Mapping[str, Any]]:
    """Greetings by their days and reminders by their wall times, the next first."""
    found = [*beside.coming(record, actor, clock.now()), *telling.reminders(record, actor)]
    return sorted(found, key=lambda one: str(one.get("at") or one["day"]))


def _receipt(visit: Visit) -> SeeOther:
    """Of whoever was erased there is a receipt; the audit and old notes lead there. Raises NotFound."""
    from crm.privacy import erasures  # most are not erased

    if not visit.actor.may("customers.erase"):
        raise NotFound("there is no such customer")
    erasure = erasures.get(erasure_id=visit.asked.names["customer_id"])
    return SeeOther(f"{HOME}/erasures/{erasure.customer_id}")


def _undoable(visit: Visit, record: Record) -> int | None:
    """The version that the change just made, where it is still the last and they may take it back."""
    version, owner = int(record.profile["version"]), record.profile.get("owner")
    is_last = visit.asked.query.get("version") == str(version)
    return version if is_last and visit.actor.reaches("customers.correct", owner) else None


def _merge(visit: Visit, record: Record) -> Mapping[str, Any] | None:
    """How far the merge is that has just been made or taken back, where it is this customer's and theirs to see."""
    merge_id = visit.asked.query.get("merge")
    if not merge_id or not visit.actor.reaches("customers.merge", record.profile.get("owner")):
        return None
    # Here, as most pages of a customer tell of no merge.
    from crm.console.customers import joining
    from crm.merges import service as merge_service

    try:
        found = merge_service.get(merge_id=merge_id[:_LONGEST_ID])
    except NotFound:
        return None
    told = joining.told(found, visit)
    return told if told["into"] == record.customer_id else None


def log(visit: Visit) -> SeeOther:
    """Log a contact, and be reminded in so many days where that was chosen. Raises InvalidFields, NotFound."""
    # Here, as showing a page needs no schemas.
    from crm.interactions import service as interaction_service
    from crm.interactions.schemas import NewInteraction

    customer_id, form = visit.asked.names["customer_id"], visit.asked.form
    summary, kind, once = form.get("summary", "").strip(), form.get("kind", "call"), forms.once(form)
    if not 0 < len(summary) <= _LONGEST or kind not in KINDS:
        raise InvalidFields.one("/summary", Reason("say in a line what it was about"))
    interaction_service.log(
        customer_id=customer_id,
        interaction=forms.checked(NewInteraction, {"kind": kind, "summary": summary}),
        caller=visit.actor.who,
        idempotency_key=once,
    )
    done = "logged"
    if days := form.get("days"):
        done = "reminded" if _remind(visit, customer_id, days, summary, once) else "not_reminded"
    return SeeOther(f"{HOME}/customers/{customer_id}?done={done}")


def _remind(visit: Visit, customer_id: str, days: str, summary: str, once: str) -> bool:
    """Whether who asks is reminded now: not where they are none of the staff's list, or may not."""
    from crm.reminders import service as reminder_service

    if days not in map(str, DAYS) or not visit.actor.may("reminders.use"):
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
