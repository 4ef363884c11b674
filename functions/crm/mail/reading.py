"""Reads of messages for people."""

from crm.core.errors import NotFound
from crm.core.paging import Page, PageRequest
from crm.mail import orders, recipients
from crm.mail.models import END, PREFIX, Message
from crm.mail.orders import BadOrder


def get(*, key: str) -> Message:
    """The message under a public key. Raises NotFound."""
    try:
        message = Message.read(orders.of_key(key))
    except BadOrder:
        message = None
    if message is None:
        raise NotFound(f"there is no message {key[:120]!a}")
    return message


def page(customer_id: str, request: PageRequest) -> Page[Message]:
    """Messages to a customer, by rule and occurrence. Raises NotFound for a customer who is not there."""
    if recipients.load(kind="customer", recipient_id=customer_id) is None:
        raise NotFound(f"there is no customer {customer_id[:60]!a}")
    after = PREFIX + request.after if request.after else PREFIX
    found = list(
        Message.query(
            f"CUSTOMER#{customer_id}", Message.sk.between(after, END), consistent_read=True, limit=request.limit + 2
        )
    )
    messages = [message for message in found if message.sk != after]
    shown = messages[: request.limit]
    more = shown[-1].sk.removeprefix(PREFIX) if len(messages) > request.limit else None
    return Page(shown, request.cursor_at(more))
