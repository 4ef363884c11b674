"""One customer on one page, with a line for what is done from there: log a call, be reminded (`contact`)."""

import secrets
from collections.abc import Mapping
from typing import Any

from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers import beside, telling, timeline
from crm.console.customers import form as customer_form
from crm.console.customers.record import MovedAway, Record, read
from crm.console.routes import HOME
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import NotFound

KINDS = ("call", "meeting", "visit", "email", "note", "complaint")
"""What people log by hand."""
DAYS = (1, 3, 7, 14, 30, 90)
LINE: Mapping[str, str] = {"kind": KINDS[0], "summary": "", "days": ""}
"""What the line is filled in with, before anybody has."""
_LONGEST_ID = 200


def show(visit: Visit) -> Page | SeeOther:
    """The page. Raises NotFound."""
    try:
        record = read(visit.asked, visit.asked.names["customer_id"])
    except MovedAway as moved:
        return SeeOther(f"{HOME}/customers/{moved.into}")
    except NotFound:
        return _receipt(visit)
    return page(visit, record)


def page(visit: Visit, record: Record) -> Page:
    """The page of a customer, whom the reader may see."""
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
        "joined": beside.joined(record, actor),
        "has_own_fields": bool(customer_form.fields(["own"], actor, actor.hidden)),
        "may_remind": actor.may("reminders.use"),
        "kinds": KINDS,
        "days": DAYS,
        "line": LINE,
        "errors": {},
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
