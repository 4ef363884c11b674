"""Tells the event bus about messages that are withheld, for whoever has another way to reach people.

The notice is written in the transaction that withholds the message, and its stream record starts a job that sends the
event and takes the notice off last: at least once, whatever dies in between, and never for who was erased meanwhile.
"""

from datetime import datetime
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import bus, outbox
from crm.core.items import one
from crm.mail import orders
from crm.mail.models import Message, Notice
from crm.mail.orders import Order

EVENT = "message.withheld"
_TOLD = frozenset({"withheld", "bounced", "complained"})


def announce(*, pk: str, sk: str) -> None:
    """Send the event of one notice. Raises StoreUnavailable when the bus does not take it."""
    if one(pk, sk) is None:
        return
    order = orders.of_item({"pk": pk, "sk": Notice.message_of(sk)})
    message = Message.read(order)
    if message:
        bus.put(EVENT, _detail(order, message), at=datetime.fromisoformat(message.updated_at))
    Notice(pk, sk).delete()


def tell(transaction: TransactWrite, message: Message, *, was: str | None) -> None:
    """Tell whoever listens what became of a message to a customer, where it came to something they can act on."""
    order = message.order
    if order.recipient == "customer" and message.state in _TOLD and message.state != was:
        outbox.tell(transaction, (f"message.{message.state}", _detail(order, message)))


def _detail(order: Order, message: Message) -> dict[str, Any]:
    """Keys and kinds, nothing about the person: whoever needs more asks the API for the message."""
    return {
        "key": order.key,
        "customer_id": order.id,
        "kind": order.kind,
        "rule": order.rule,
        "occurrence": order.occurrence,
        "occasion": (message.decision or {}).get("occasion"),
        "purpose": message.purpose,
        "reason_code": message.reason_code,
    }
