"""Writes to messages. Each is conditional on what it is based on, so two mailers cannot both be right."""

import secrets
from typing import Any

from pynamodb.expressions.operand import Path
from pynamodb.transactions import TransactWrite

from crm.core import clock
from crm.core.errors import StoreUnavailable
from crm.core.table import CrmItem
from crm.mail import allowances, changes, recipients, rules
from crm.mail.allowances import COUNTED, Claim
from crm.mail.models import Message, Notice
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.rendering import Rendered
from crm.mail.sources import Draft, Source, Withheld, Write
from crm.mail.standings import Standing
from crm.suppressions import service as suppression_service

_TRIES = 6


def claim(order: Order, stored: Message | None, *, draft: Draft, mail: Rendered, standing: Standing) -> Message | None:
    """Claim the message for this attempt; None when something it was decided on has changed meanwhile."""
    token = secrets.token_hex(8)
    record = standing.record(order, purpose=draft.purpose, template=draft.template)
    known: dict[str, Any] = {"to": standing.recipient.email, "subject": mail.subject, "language": mail.language}
    said = {"language": mail.language, "template": mail.template, "template_version": mail.version}
    known |= {"purpose": draft.purpose, "decision": {**draft.decision, **record, **said}}
    change = {**known, "state": "claimed", "claim_token": token, "reason": None, "reason_code": None}
    also = [_still_willing(order, draft, standing), _place(order, draft, standing)]
    also += [draft.still_true] if draft.still_true else []
    return changes.write(order, stored, change, also=also, mine=token)


def _still_willing(order: Order, draft: Draft, standing: Standing) -> Write:
    """In one transaction with the claim: an opt-out, a new address or an erasure counts from this moment on."""
    address = str(standing.recipient.email)
    consent = Path(["consent", draft.purpose])
    asked = consent == True  # noqa: E712
    willing = asked if draft.purpose == "marketing" else consent.does_not_exist() | asked
    allowed = (Path("email") == address) & willing & Path("merged_into").does_not_exist()
    # What another record has had may still be on its way to this one.
    allowed = allowed & Path("merging").does_not_exist()

    def write(transaction: TransactWrite) -> None:
        transaction.condition_check(CrmItem, *recipients.place(order.recipient, order.id), condition=allowed)
        if order.recipient == "customer":
            suppression_service.require_open(transaction, address, purpose=draft.purpose)

    return write


def _place(order: Order, draft: Draft, standing: Standing) -> Write:
    """The place of this message under the person's cap, on the condition that nobody took one meanwhile."""
    claim = Claim(order.key, standing.on, draft.occasion)

    def write(transaction: TransactWrite) -> None:
        if order.recipient == "customer" and draft.purpose in COUNTED:
            taken = standing.allowance.taken(claim, days=standing.business.cap_days)
            allowances.write(transaction, customer_id=order.id, read=standing.allowance, changed=taken)

    return write


def hand(message: Message) -> Message | None:
    """Mark a claimed message as being handed to SES; None when another attempt has taken the claim over."""
    now = clock.stamp()
    change = {"state": "handed", "handed_at": now, "attempts": int(message.attempts) + 1}
    return changes.write(message.order, message, change, mine=message.claim_token)


def put_back(message: Message, *, reason: str | None, code: Code = Code.NOT_NOW) -> None:
    """SES took nothing: the message is due as before, unless somebody else has moved it on."""
    for _ in range(_TRIES):
        if changes.write(message.order, message, {"state": "due", "reason": reason, "reason_code": code.value}):
            return
        found = Message.read(message.order)
        if found is None or found.revision != message.revision:
            return
    raise StoreUnavailable(f"the customer of {message.order.key} is being changed by many at once")


def postpone(order: Order, stored: Message | None, *, because: Withheld) -> bool:
    """Leave a message due because of something that passes; a tick orders it again.

    Nothing is written while the reason stays the same. False when the message has moved on meanwhile.
    """
    if stored and (stored.state == "unknown" or _is_due_because(stored, because)):
        return True
    change = {**_reasoned(because), "state": "due", "purpose": because.purpose, "decision": dict(because.decision)}
    return changes.write(order, stored, change, also=[_still_there(order)]) is not None


def withhold(
    order: Order,
    stored: Message | None,
    *,
    because: Withheld,
    source: Source,
    to_call: dict[str, Any] | None = None,
) -> bool:
    """Record that a due message is not sent and why; False when the message has moved on meanwhile."""
    change = {**_reasoned(because), "state": because.state, "purpose": because.purpose, "to_call": to_call}
    change["decision"] = dict(because.decision) or None
    if stored and stored.state == "unknown":
        # An attempt of it may have gone out, so "withheld" would say too much; only SES's report can still settle it.
        change = {**_reasoned(because), "state": "unknown", "doubts": max(rules.MOST_DOUBTS, int(stored.doubts))}
        change["reason"] = rules.NOT_AGAIN.format(reason=because.reason)
    notice = [_notice] if change["state"] == "withheld" and order.recipient == "customer" else []
    also = [part(order) for part in (_still_there, *notice)]
    return changes.write(order, stored, change, source=source, also=also) is not None


def raise_to(
    message: Message, state: str, *, source: Source, reason: str | None = None, also: Write | None = None, **known: Any
) -> Message | None:
    """Bring a message up to `state`, where that is further along or graver, with what follows; None: nothing done."""
    order, current = message.order, message
    for _ in range(_TRIES):
        code = known.get("reason_code")
        if not (rules.rises(current.state, state) or rules.hardens(current.state, current.reason_code, state, code)):
            return None
        doubts = int(current.doubts) + (state == "unknown")
        change = {"state": state, "reason": reason, "doubts": doubts, **known}
        change["reason_code"] = code or rules.CODES.get(state)
        written = changes.write(order, current, change, source=source, also=[also] if also else [])
        if written:
            return written
        found = Message.find(order)
        if found is None:
            return None  # erased with its recipient; nothing brings it back
        current, order = found, found.order
    raise StoreUnavailable(f"the message {order.key} is being changed by many at once")


def _notice(order: Order) -> Write:
    """Others are told of what a customer does not get, from the notice's own stream record."""
    return lambda transaction: transaction.save(Notice.of(order))


def _still_there(order: Order) -> Write:
    """Nothing is written into the partition of a customer who is being erased."""
    place = recipients.place(order.recipient, order.id)
    return lambda transaction: transaction.condition_check(CrmItem, *place, condition=CrmItem.pk.exists())


def _reasoned(because: Withheld) -> dict[str, Any]:
    return {"reason": because.reason, "reason_code": because.code.value}


def _is_due_because(stored: Message, because: Withheld) -> bool:
    known = {"reason": stored.reason, "reason_code": stored.reason_code}
    return stored.state == "due" and known == _reasoned(because)
