"""The first page: what this day is about, and saying that a part of it is done."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crm.announcements.models import Announcement
from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers.telling import mailed as of_mail
from crm.console.customers.telling import sees_mail
from crm.console.day import mailed, telling, today
from crm.console.routes import HOME
from crm.console.saying import Saying
from crm.core.errors import Conflict, InvalidFields, StaleVersion
from crm.core.reason import Reason

_LONGEST_SUMMARY = 2000


def show(visit: Visit) -> Page:
    """What somebody is to do today."""
    actor, say = visit.actor, Saying(visit.language)
    found = today.read(actor, say.zone)
    values = {
        "today": found.today.isoformat(),
        "reminders": [telling.waiting(one, found) for one in found.reminders],
        "calls": None if found.calls is None else telling.calls(found.calls, actor),
        "unread": [_announced(one) for one in found.unread],
        "slipping": None if found.slipping is None else [telling.slipping(one, actor) for one in found.slipping],
        "greeted": None if found.greeted is None else [of_mail(one, actor) for one in found.greeted.greeted],
        "doubts": [of_mail(one, actor) for one in found.doubts if sees_mail(one.message, actor)],
        "more_greeted": found.greeted.more if found.greeted else 0,
        "is_cut": found.greeted is not None and not found.greeted.complete,
        "may_see_greeted": mailed.sees_greetings(actor),
        "may_see_groups": actor.may("segments.read") and actor.may("customers.read"),
        "may_see_greetings": actor.may("greetings.read"),
        "may_remind": actor.may("reminders.use"),
        "may_call": actor.may("calls.use"),
        # The same form sent twice does it once.
        "once": secrets.token_urlsafe(12),
        "done": visit.asked.query.get("done"),
        # What was written about one of the calls, and not taken.
        "said": {"key": None, "summary": ""},
        "errors": {},
    }
    return Page("my_day.html", values)


def reminder_done(visit: Visit) -> SeeOther:
    """A reminder is done. Raises NotFound."""
    from crm.reminders import actions, rules, service  # showing the day needs none of it

    reminder_id = visit.asked.names["reminder_id"]
    asked = actions.Asked(
        reminder_id=reminder_id,
        action="complete",
        body={"occurrence": None},
        expected_version=None,
        caller=visit.actor.who,
        idempotency_key=forms.once(visit.asked.form),
    )
    try:
        actions.complete(asked)
    except (Conflict, StaleVersion):
        # Somebody has said so already, which is as good; or it is changed or mailed in this moment, and not done.
        is_done = service.get(reminder_id=reminder_id).state == rules.COMPLETED
        return SeeOther(f"{HOME}?done={'before' if is_done else 'stale'}")
    return SeeOther(f"{HOME}?done=reminder")


def call_done(visit: Visit) -> Page | SeeOther:
    """A call was made; what was said is logged, and may be nothing. Raises InvalidFields, NotFound."""
    try:
        _called(visit)
    except InvalidFields as refused:
        return _as_written(visit, refused)
    return SeeOther(f"{HOME}?done=call")


def _called(visit: Visit) -> None:
    from crm.calls import service
    from crm.calls.schemas import CallDone

    summary = visit.asked.form.get("summary")
    if summary is None:
        raise InvalidFields.one("/summary", Reason("say in a line what it was about, or nothing"))
    if len(summary) > _LONGEST_SUMMARY:
        reason = Reason("must have at most {max_length} characters", max_length=_LONGEST_SUMMARY)
        raise InvalidFields.one("/summary", reason)
    told = forms.checked(CallDone, {"summary": summary.strip() or None})
    service.done(key=visit.asked.names["key"], summary=told.summary, caller=visit.actor.who)


def _as_written(visit: Visit, refused: InvalidFields) -> Page:
    """The day with the line as it was written. Raises what refused it where the call waits there for them no more."""
    page, key = show(visit), visit.asked.names["key"]
    if not any(one["key"] == key and not one["is_done"] for one in page.values["calls"] or ()):
        raise refused
    said = {"key": key, "summary": visit.asked.form.get("summary", "")}
    return forms.again(replace(page, values={**page.values, "said": said}), refused)


def announcement_read(visit: Visit) -> SeeOther:
    """An announcement was read. Raises NotFound."""
    from crm.announcements import service

    service.mark_read(visit.asked.names["announcement_id"], by=visit.actor)
    return SeeOther(f"{HOME}?done=read")


def _announced(one: Announcement) -> Mapping[str, Any]:
    return {
        "id": one.announcement_id,
        "title": one.title,
        "text": one.text,
        "by": one.created_by,
        "at": one.updated_at,
    }
