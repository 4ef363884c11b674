"""One change of a message in one transaction with all that goes with it, allowed by the state machine."""

from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import clock, table
from crm.mail import allowances, announcing, reputation, rules
from crm.mail.allowances import COUNTED
from crm.mail.models import Message
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.sources import Source, Write


class ImpossibleChange(Exception):
    """A change of state that the state machine does not know: a fault of ours."""


def write(
    order: Order,
    stored: Message | None,
    change: dict[str, Any],
    *,
    source: Source | None = None,
    also: list[Write] | None = None,
    mine: str | None = None,
) -> Message | None:
    """Write a change on the condition that the message is as it was read; None when it is not.

    With `mine` a message that carries this claim token and the new state counts as written: the answer was lost.
    """
    changed = _changed(order, stored, change)
    parts = [*(also or []), source.follow(changed) if source else None, _place_given_back(stored, changed)]
    parts.append(reputation.count(stored, changed))

    def fill(transaction: TransactWrite) -> None:
        _put(transaction, stored, changed)
        announcing.tell(transaction, changed, was=stored.state if stored else None)
        for part in filter(None, parts):
            part(transaction)

    try:
        table.commit(fill)
    except table.ConditionFailed:
        found = Message.read(order) if mine else None
        return found if found and found.claim_token == mine and found.state == change["state"] else None
    return changed


def called_off(order: Order, *, reason: str, for_good: bool) -> Write | None:
    """What else to write when the origin of a message goes: that it is not sent, and why. None: none is due.

    A message that is not called off for good stays due, but says so.
    """
    stored = Message.read(order)
    if stored is None or stored.state != "due":
        return None
    state = "withheld" if for_good else "due"
    changed = _changed(order, stored, {"state": state, "reason": reason, "reason_code": Code.NOT_DUE.value})
    return partial(_put, stored=stored, changed=changed)


def _place_given_back(stored: Message | None, changed: Message) -> Write | None:
    """What certainly did not go out takes no place under the person's cap any more."""
    order = changed.order
    counted = order.recipient == "customer" and changed.purpose in COUNTED
    if stored is None or not counted or stored.state == "due" or changed.state not in rules.PLACELESS:
        return None
    read = allowances.read(order.id)
    freed = read.freed(order.key)
    return partial(allowances.write, customer_id=order.id, read=read, changed=freed) if read.has(order.key) else None


def _changed(order: Order, stored: Message | None, change: dict[str, Any]) -> Message:
    present = stored.state if stored else None
    if not rules.may_become(present, change["state"]):
        raise ImpossibleChange(f"{order.key}: {present} → {change['state']}")
    now = clock.stamp()
    fresh: dict[str, Any] = {"attempts": 0, "doubts": 0, "created_at": now, "history": []}
    values: dict[str, Any] = dict(stored.attribute_values) if stored else fresh
    values.pop("entity", None)
    history = rules.noted(
        values["history"], state=change["state"], at=now, reason=change.get("reason"), code=change.get("reason_code")
    )
    revision = int(values.get("revision", 0)) + 1
    values |= {**change, "history": history, "updated_at": now, "revision": revision, "pk": order.pk, "sk": order.sk}
    return Message(**values)


def _put(transaction: TransactWrite, stored: Message | None, changed: Message) -> None:
    if stored is None:
        transaction.save(changed, condition=Message.pk.does_not_exist())
        return
    # An update, not a put: mail_events has no right to put, so that no event brings an erased message back.
    values = {name: value for name, value in changed.attribute_values.items() if name not in ("pk", "sk", "entity")}
    attributes = {name: getattr(Message, name) for name in values}
    actions = [
        attributes[name].remove() if value is None else attributes[name].set(value) for name, value in values.items()
    ]
    transaction.update(changed, actions, condition=Message.revision == stored.revision)
