"""Use cases around the call list."""

from collections.abc import Mapping
from typing import Any

from pynamodb.expressions.update import Action

from crm.calls.reading import Line
from crm.core import clock, items, table
from crm.core.errors import NotFound, StoreUnavailable
from crm.customers.models import PROFILE
from crm.interactions import service as interaction_service
from crm.interactions.schemas import NewInteraction
from crm.mail import orders
from crm.mail.models import Message
from crm.mail.orders import BadOrder, Order

_TRIES = 6
_MARKS = ("done_at", "done_by")


def get(*, key: str) -> Line:
    """One call. Raises NotFound: no such message, or none that is to be spoken."""
    order = _order(key)
    profile_key = (order.pk, PROFILE)
    found = items.many([(order.pk, order.sk), profile_key])
    message, profile = found.get((order.pk, order.sk)), found.get(profile_key)
    if message is None:
        moved = Message.find(order)
        if moved is None or moved.order == order:
            raise _unknown(key)
        return get(key=moved.order.key)
    if not profile or not message.get("to_call"):
        raise _unknown(key)
    return Line(order, message, profile)


def done(*, key: str, summary: str | None, caller: str) -> Line:
    """Mark a call as made; with a summary it is logged as an interaction, once. Raises NotFound."""
    line = get(key=key)
    if "done_at" not in line.message["to_call"] and summary:
        # First: whoever dies after it finds the call open, says it again, and it is logged once.
        interaction_service.log(
            customer_id=line.order.id,
            interaction=NewInteraction(kind="call", summary=summary),
            caller=caller,
            idempotency_key=f"call {key}",
        )
    _mark(key, {"done_at": clock.stamp(), "done_by": caller})
    return get(key=key)


def undo(*, key: str) -> None:
    """Put a call back on its list; what was logged stays logged. Raises NotFound."""
    _mark(key, None)


def _mark(key: str, marks: Mapping[str, str] | None) -> None:
    for _ in range(_TRIES):
        message = Message.find(_order(key))
        if message is None or not message.to_call:
            raise _unknown(key)
        call = message.to_call
        if ("done_at" in call) is (marks is not None):
            return
        changed = {name: value for name, value in call.items() if name not in _MARKS} | dict(marks or {})
        if _write(message, changed):
            return
    raise StoreUnavailable(f"the message {key} is being changed by many at once")


def _write(message: Message, call: dict[str, Any]) -> bool:
    actions: list[Action] = [Message.to_call.set(call), Message.revision.set(int(message.revision) + 1)]
    try:
        table.commit(
            lambda transaction: transaction.update(message, actions, condition=Message.revision == message.revision)
        )
    except table.ConditionFailed:
        return False
    return True


def _order(key: str) -> Order:
    try:
        return orders.of_key(key)
    except BadOrder:
        raise _unknown(key) from None


def _unknown(key: str) -> NotFound:
    return NotFound(f"there is no call {key[:100]!a}")
