"""What becomes of a reminder when an occurrence has found its end: its state, or the next occurrence of its series."""

from datetime import datetime, timedelta
from itertools import chain, count
from zoneinfo import ZoneInfo

from crm.calendar import rules as calendar_rules
from crm.core import clock
from crm.core.config import settings
from crm.mail import rules as mail_rules
from crm.mail.models import Message
from crm.mail.orders import ONCE
from crm.reminders import repetition, rules
from crm.reminders.changing import Change
from crm.reminders.models import Reminder


def settled(
    reminder: Reminder, *, occurrence: str, state: str, reason: str | None, retry: datetime | None
) -> Change | None:
    """What to write when the mail of an occurrence has come to `state`; None where it changes nothing.

    In doubt an occurrence stays the present one while its mail may go again (`retry`), then the series goes on.
    """
    if occurrence != reminder.present:
        return _of_last(reminder, occurrence=occurrence, state=state, reason=reason)
    if reminder.state == rules.COMPLETED:
        return None
    if reminder.state not in rules.OPEN or retry:
        return {"state": state, "reason": reason, "retry_at": clock.instant(retry) if retry else None, "undo": None}
    return onward(reminder, state=state, reason=reason)


def onward(reminder: Reminder, *, state: str, reason: str | None = None, told_by: str | None = None) -> Change:
    """What to write when the present occurrence has found its end as `state`, told by another mail than its own or not.

    A series goes on to the first occurrence after both the present one and now: what was missed meanwhile is not told
    one by one. At the end of a series, and without one, the state stays.
    """
    end = {"state": state, "reason": reason, "retry_at": None, "undo": None, "told_by": told_by}
    after = max(clock.now(), datetime.fromisoformat(reminder.due_at))
    found = reminder.repeat and rules.following(
        reminder.repeat, start=start_of(reminder), zone=zone_of(reminder), after=after
    )
    if not found:
        return end
    said = {"occurrence": reminder.present, "at": reminder.at, "state": state, "reason": reason}
    last = {**said, "settled_at": clock.stamp(), "message_key": told_by or reminder.order.key}
    there = {
        "at": found.at,
        "due_at": clock.instant(found.due),
        "occurrence": free_occurrence(reminder, found.at, repeats=True),
    }
    version = int(reminder.version) + 1
    return {
        **end,
        **there,
        "state": "pending",
        "reason": None,
        "since": reminder.due_at,
        "last": last,
        "version": version,
    }


def reported(reminder: Reminder, *, key: str, state: str, reason: str | None) -> Change | None:
    """What to write when SES reports on the mail `key`, not the reminder's own, which has told it; None: nothing."""
    if reminder.told_by == key and reminder.state not in {*rules.OPEN, rules.COMPLETED, state}:
        return {"state": state, "reason": reason}
    last = reminder.last
    if last and last["message_key"] == key:
        return _of_last(reminder, occurrence=last["occurrence"], state=state, reason=reason)
    return None


def free_occurrence(reminder: Reminder, at: str, *, repeats: bool, pk: str | None = None) -> str:
    """The occurrence for a wall time. Where a message of that name has found its end already, the next minute's.

    That is so where the same wall time comes twice: in another zone, or after a snooze.
    """
    wall = datetime.fromisoformat(at)
    named = (repetition.key(repetition.shown(wall + timedelta(minutes=more))) for more in count())
    candidates = named if repeats else chain([ONCE], named)
    return next(one for one in candidates if _is_free(pk or reminder.pk, reminder.order_of(one).sk))


def start_of(reminder: Reminder) -> str:
    """The wall time that the series begins at."""
    return reminder.starts_at or reminder.at


def zone_of(reminder: Reminder) -> ZoneInfo:
    """The zone of the reminder's wall times."""
    return calendar_rules.zone_of(reminder.timezone, business=settings().business_timezone)


def _of_last(reminder: Reminder, *, occurrence: str, state: str, reason: str | None) -> Change | None:
    """SES may report on the occurrence before when the series has gone on already."""
    last = reminder.last
    if not last or last["occurrence"] != occurrence or last["state"] == rules.COMPLETED:
        return None
    return {"last": {**last, "state": state, "reason": reason}}


def _is_free(pk: str, sk: str) -> bool:
    try:
        found = Message.get(pk, sk, consistent_read=True)
    except Message.DoesNotExist:
        return True
    return found.state in mail_rules.UNSENT
