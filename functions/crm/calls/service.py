"""Use cases around the call list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pynamodb.expressions.update import Action

from crm.calls.rules import partition
from crm.core import clock, items, table, views
from crm.core.actor import Within
from crm.core.errors import InvalidFields, NotFound, StoreUnavailable
from crm.core.paging import Page, PageRequest
from crm.customers.models import PROFILE
from crm.interactions import service as interaction_service
from crm.interactions.schemas import NewInteraction
from crm.mail import orders
from crm.mail.models import Message
from crm.mail.orders import BadOrder, Order

_TRIES = 6
_MARKS = ("done_at", "done_by")


@dataclass(frozen=True)
class Line:
    """One call: the message, its order, and the customer's profile, all as plain values read together."""

    order: Order
    message: Mapping[str, Any]
    profile: Mapping[str, Any]


def page(request: PageRequest, *, owners: Sequence[str], on: date, within: Within | None = None) -> Page[Line]:
    """The calls of a day: of each owner in turn, one Query each. Who was erased meanwhile is left out.

    So is who was given to an owner out of reach.
    """
    if not owners:
        return Page([], None)
    number, after = _place(request, len(owners))
    found: list[dict[str, Any]] = []
    while number < len(owners) and len(found) < request.limit:
        wanted = request.limit - len(found)
        entries, after = views.query(partition(owners[number]), after=after, limit=wanted, prefix=f"{on}#")
        found += entries
        number += after is None
    place = f"{number}|{after or ''}" if number < len(owners) else None
    lines = [one for one in _lines(found) if within is None or within.holds(one.profile.get("owner"))]
    return Page(lines, request.cursor_at(place))


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


def _lines(entries: Sequence[Mapping[str, Any]]) -> list[Line]:
    keys = [(str(entry["message"][0]), str(entry["message"][1])) for entry in entries]
    found = items.many({*keys, *((pk, PROFILE) for pk, _ in keys)})
    there = [(pk, sk) for pk, sk in keys if (pk, sk) in found and (pk, PROFILE) in found]
    return [Line(orders.of_item({"pk": pk, "sk": sk}), found[pk, sk], found[pk, PROFILE]) for pk, sk in there]


def _place(request: PageRequest, owners: int) -> tuple[int, str | None]:
    number, _, after = (request.after or "0|").partition("|")
    if not number.isdigit() or int(number) >= owners:
        raise InvalidFields.one("cursor", "not a cursor of this list; ask for the first page again")
    return int(number), after or None


def _order(key: str) -> Order:
    try:
        return orders.of_key(key)
    except BadOrder:
        raise _unknown(key) from None


def _unknown(key: str) -> NotFound:
    return NotFound(f"there is no call {key[:100]!a}")
