"""What becomes of the reminders of somebody who works here no more.

Each goes to whoever stands in for them, else to whoever looks after the customer it is about. Where there is neither it
stays, is mailed to nobody, and is shown as unassigned until somebody gives it to another.
"""

from typing import Any

from crm.access import roster
from crm.access.models import Roster
from crm.core.errors import CrmError, StoreUnavailable
from crm.core.log import logger
from crm.customers import service as customer_service
from crm.reminders import actions, rules
from crm.reminders.actions import Asked
from crm.reminders.models import END, PREFIX, Reminder, partition
from crm.routing import rules as routing_rules
from crm.routing import service as routing_service

GONE = "they work here no more, and nobody stands in for them; give it to somebody else"


def hand_on(*, staff_id: str) -> None:
    """Give the open reminders of who works here no more to their heirs; of others none. May be repeated.

    Raises StoreUnavailable.
    """
    known = roster.remember(Roster.read())
    if not known.members.get(staff_id, {}).get("inactive"):
        return
    mine = Reminder.query(partition("staff", staff_id), Reminder.sk.between(PREFIX, END), consistent_read=True)
    for reminder in list(mine):
        if reminder.state in rules.OPEN and (heir := heir_of(reminder)):
            _give(reminder, heir)


def heir_of(reminder: Reminder) -> str | None:
    """Who has to have the reminder of a member who works here no more; None: nobody."""
    _, staff_id = reminder.recipient
    members, today = routing_service.members(), routing_service.moment().day
    heir = routing_rules.standing_in(staff_id, members, today=today)
    if heir or not reminder.customer_id:
        return heir
    (owner,) = customer_service.owners([reminder.customer_id]).values() or (None,)
    is_there = owner and owner != staff_id and routing_rules.is_there(members.get(owner, {}), today=today)
    return owner if is_there else None


def is_left(staff_id: Any) -> bool:
    """Whether somebody works here no more, as the roster has it."""
    return bool(roster.current().members.get(staff_id, {}).get("inactive"))


def _give(reminder: Reminder, heir: str) -> None:
    asked = Asked(reminder.reminder_id, "reassign", {"staff": heir}, None, "", None)
    try:
        actions.reassign(asked)
    except StoreUnavailable:
        raise
    except CrmError as refused:
        # Somebody else was at it, or its customer is in the bin: it is shown as unassigned.
        logger().info("a reminder stays with who has left", extra={"refused": type(refused).__name__})
