"""Reads of messages for people."""

from crm.core.errors import NotFound
from crm.core.paging import Page, PageRequest
from crm.mail import orders, recipients
from crm.mail.models import END, PREFIX, Message
from crm.mail.orders import BadOrder


def get(*, key: str) -> Message:
    """The message under a public key. Raises NotFound."""
    try:
        message = Message.find(orders.of_key(key))
    except BadOrder:
        message = None
    if message is None:
        raise NotFound(f"there is no message {key[:120]!a}")
    return message


def owner_of(key: str) -> tuple[tuple[str | None]] | None:
    """Whose a message is: of the customer's owner, or of the member whom it went to; None: there is no such thing."""
    try:
        order = orders.of_key(key)
    except BadOrder:
        return None
    if order.recipient == "staff":
        return ((order.id,),)
    customer = recipients.load(kind="customer", recipient_id=order.id)
    return ((customer.profile.get("owner"),),) if customer else None


def page(customer_id: str, request: PageRequest) -> Page[Message]:
    """Messages to a customer, the newest first. Raises NotFound for a customer who is not there.

    Their keys are by rule and occurrence, so all are read and put in order: a person has some dozens in a year.
    """
    customer = recipients.load(kind="customer", recipient_id=customer_id)
    if customer is None:
        raise NotFound(f"there is no customer {customer_id[:60]!a}")
    # The moment at which a message came to be never changes, so a page goes on where the last one ended.
    found = Message.query(f"CUSTOMER#{customer.id}", Message.sk.between(PREFIX, END), consistent_read=True)
    newest = sorted(found, key=_place, reverse=True)
    messages = [message for message in newest if request.after is None or _place(message) < request.after]
    shown = messages[: request.limit]
    return Page(shown, request.cursor_at(_place(shown[-1]) if len(messages) > request.limit else None))


def _place(message: Message) -> str:
    return f"{message.created_at}|{message.sk}"
