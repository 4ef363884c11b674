"""Whom somebody may be reminded of, and whom they may give a reminder to."""

from crm.core.actor import Actor
from crm.core.errors import NotFound
from crm.core.paging import LARGEST_LIMIT, PageRequest
from crm.mail import recipients
from crm.mail.recipients import Recipient
from crm.staff import service as staff_service


def customer(actor: Actor, customer_id: str | None) -> Recipient | None:
    """A customer within reach. Raises NotFound."""
    if not customer_id:
        return None
    found = recipients.load(kind="customer", recipient_id=customer_id)
    if found is None or not actor.reaches("customers.read", found.profile.get("owner")):
        raise NotFound("there is nothing of this id")
    return found


def within(actor: Actor, staff_id: str) -> str:
    """A member within reach. Raises NotFound."""
    if not staff_id or not actor.reaches("reminders.use", staff_id):
        raise NotFound("there is nothing of this id")
    return staff_id


def colleagues(actor: Actor) -> list[tuple[str, str]]:
    """The members to give a reminder to, by name: those within reach who work here."""
    found = staff_service.page(PageRequest(f"console colleagues:{actor.scope}", LARGEST_LIMIT)).items
    reached = [one for one in found if not one.inactive and actor.reaches("reminders.use", one.staff_id)]
    return sorted(((one.staff_id, one.name) for one in reached), key=lambda one: one[1])
