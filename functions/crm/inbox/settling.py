"""Whose a mail is: it becomes an entry in the timeline of that customer, and their owner is told."""

from datetime import timedelta
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, table
from crm.core.author import Author
from crm.core.config import settings
from crm.core.errors import Conflict, InvalidFields, KeyReused
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.inbox import plain
from crm.inbox.models import InboxPlace, Incoming
from crm.interactions import service as interaction_service
from crm.interactions.schemas import NewInteraction
from crm.reminders import service as reminder_service

LEAD = "lead"
_BY = "mail"
_SOON = timedelta(minutes=2)
_LONGEST = 3_800
_TOLD = 600


def assign(item: Incoming, *, customer_id: str, caller: str) -> Incoming:
    """Put a mail into a customer's timeline, once. Raises NotFound, Conflict (it is settled otherwise)."""
    profile = customer_service.get(customer_id=customer_id)
    if item.state != "review" and item.customer != profile.customer_id:
        raise _settled(item)
    interaction_service.log(
        customer_id=profile.customer_id,
        interaction=NewInteraction(kind="email", summary=summary(item), channel=_BY),
        caller=caller or _BY,
        idempotency_key=f"mail {item.mail_id}",
    )
    _tell(profile, item)
    return _settle(item, state="assigned", customer=profile.customer_id, caller=caller)


def register(item: Incoming, *, name: str | None, caller: str, allow_duplicate: bool = False) -> Incoming:
    """Make a lead of whoever wrote, with the mail in its timeline. Raises Duplicate, AddressForgotten, Conflict."""
    if item.state != "review":
        raise _settled(item)
    if not item.sender:
        raise InvalidFields.one(
            "/name", Reason("the mail names no single sender; register the customer and assign the mail")
        )
    called = name or plain.line(item.sender_name or "") or item.sender
    fields = {"kind": "person", "name": called, "email": item.sender, "source": _BY, "tags": [LEAD]}
    profile = customer_service.register(
        fields=fields,
        author=Author(caller, way="mail", of=item.mail_id, at=item.received_at),
        idempotency_key=f"mail {item.mail_id}",
        allow_duplicate=allow_duplicate,
    )
    return assign(item, customer_id=profile.customer_id, caller=caller)


def dismiss(item: Incoming, *, caller: str) -> Incoming:
    """Nobody need look at it any more. Raises Conflict."""
    if item.state == "assigned":
        raise _settled(item)
    return _settle(item, state="dismissed", customer=None, caller=caller)


def summary(item: Incoming) -> str:
    """A mail as the timeline tells it."""
    names = ", ".join(f"{one['name']} ({one['bytes']} B)" for one in item.attachments or ())
    parts = [item.subject, item.text, names and f"Attachments: {names}"]
    return "\n\n".join(filter(None, parts))[:_LONGEST].strip() or "(empty)"


def _tell(profile: Profile, item: Incoming) -> None:
    """The owner gets it as a reminder: among what is due, and by mail as they wish."""
    if not profile.owner:
        return
    due = (clock.now() + _SOON).astimezone(settings().business_timezone)
    fields: dict[str, Any] = {
        "to": "staff",
        "staff": profile.owner,
        "customer_id": profile.customer_id,
        "at": f"{due:%Y-%m-%dT%H:%M}",
        "timezone": settings().business_timezone.key,
        "subject": plain.line(f"{profile.name}: {item.subject or '…'}"),
        "message": summary(item)[:_TOLD],
    }
    try:
        reminder_service.make(fields=fields, caller=_BY, idempotency_key=f"mail {item.mail_id}")
    except KeyReused:
        return  # told already
    except InvalidFields:
        return  # an owner who is not in the list of staff


def _settle(item: Incoming, *, state: str, customer: str | None, caller: str) -> Incoming:
    actions: list[Action] = [Incoming.state.set(state), Incoming.settled_by.set(caller or _BY)]
    if customer:
        actions.append(Incoming.customer.set(customer))

    def write(transaction: TransactWrite) -> None:
        transaction.update(item, actions, condition=(Incoming.state == "review") | (Incoming.state == state))
        transaction.delete(InboxPlace.of(item, state="review"))
        transaction.save(InboxPlace.of(item, state=state))

    try:
        table.commit(write)
    except table.ConditionFailed:
        raise _settled(item) from None
    return Incoming.find(item.mail_id) or item


def _settled(item: Incoming) -> Conflict:
    return Conflict(Reason("the mail {mail_id} is settled already; read it again", mail_id=item.mail_id))
