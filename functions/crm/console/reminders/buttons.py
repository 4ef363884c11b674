"""What the buttons beside a reminder do, on its page and in the list."""

from collections.abc import Mapping
from typing import Any

from crm.console import forms
from crm.console.asked import SeeOther, Visit
from crm.console.reminders import reach
from crm.console.reminders.overview import LIST
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.reminders import actions, service

SPANS = ("PT2H", "P1D", "P3D", "P1W", "P1M")


def complete(visit: Visit) -> SeeOther:
    """It is done; the list offers to take that back."""
    found = actions.complete(_asked(visit, {"occurrence": None}))
    return SeeOther(f"{LIST}?done=completed&undo={found.reminder_id}")


def reopen(visit: Visit) -> SeeOther:
    """It is not done after all."""
    actions.reopen(_asked(visit, {}))
    return SeeOther(f"{LIST}?done=reopened")


def snooze(visit: Visit) -> SeeOther:
    """Put it off. Raises InvalidFields."""
    span = visit.asked.form.get("span", "")
    if span not in SPANS:
        raise InvalidFields.one("/span", Reason("load the page anew"))
    actions.snooze(_asked(visit, {"span": span}))
    return SeeOther(f"{LIST}?done=snoozed")


def reassign(visit: Visit) -> SeeOther:
    """Give it to a member within reach. Raises NotFound."""
    wanted = reach.within(visit.actor, visit.asked.form.get("staff", ""))
    actions.reassign(_asked(visit, {"staff": wanted}))
    return SeeOther(f"{LIST}?done=given")


def delete(visit: Visit) -> SeeOther:
    """Delete it, as it was seen. Raises StaleVersion."""
    version = forms.version(visit.asked.form)
    service.remove(reminder_id=visit.asked.names["reminder_id"], expected_version=version)
    return SeeOther(f"{LIST}?done=deleted")


def _asked(visit: Visit, body: Mapping[str, Any]) -> actions.Asked:
    form = visit.asked.form
    return actions.Asked(
        reminder_id=visit.asked.names["reminder_id"],
        action=form["action"],
        body=body,
        expected_version=forms.version(form) if form.get("version") else None,
        caller=visit.actor.who,
        idempotency_key=forms.once(form),
    )
