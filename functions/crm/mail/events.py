"""What SES says became of a mail. Events come late, twice, out of order, before our own mark; none makes a message.

Texts in them come from strangers' mail servers: they are kept as bounded, plain text and nothing is read out of them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core.log import logger
from crm.mail import calling, ledger, orders, plain_text
from crm.mail.models import Message
from crm.mail.orders import BadOrder, Order
from crm.mail.reasons import Code
from crm.mail.sources import Sources, Write
from crm.suppressions import service as suppression_service
from crm.suppressions import soft_bounces
from crm.suppressions.service import Kind

_STATES = {
    "Send": "accepted",
    "Delivery": "delivered",
    "Bounce": "bounced",
    "Complaint": "complained",
    "Reject": "rejected",
    "Rendering Failure": "rejected",
}
_DETAILS = {"Rendering Failure": "failure"}
# SES did not even try, and does not count it as a bounce.
_LISTED = "OnAccountSuppressionList"
_LONGEST_REASON = 300


class UnreadableEvent(ValueError):
    """Not an event of SES as we know them: kept for a person to look at, since the form may have changed."""


@dataclass(frozen=True)
class Event:
    """One thing that SES said about one of our messages."""

    state: str
    order: Order
    ses_message_id: str | None
    reason: str | None
    stops: Kind | None  # what keeps all customer mail from the address from now on
    code: Code | None = None
    at: str | None = None  # when SES says it happened
    own_words: str | None = None  # the reason in SES's words alone: those of a stranger's server name the recipient


def receive(body: str, *, sources: Sources) -> None:
    """Apply the event in a queue message. Raises UnreadableEvent; one about no message of ours is only logged."""
    event = read(body)
    message = Message.find(event.order) if event else None
    if event is None or message is None:
        logger().info("an SES event about no message that we keep")
        return
    _note_run(message, event)
    ledger.raise_to(
        message,
        event.state,
        source=sources[event.order.kind],
        reason=event.reason,
        also=_suppress(message, event),
        reason_code=event.code.value if event.code else None,
        ses_message_id=message.ses_message_id or event.ses_message_id,
        **_call(message, event),
    )


def read(body: str) -> Event | None:
    """The event; None for kinds that say nothing about a message's fate, or about mail that is not ours."""
    try:
        detail = json.loads(body)["detail"]
        kind, mail = detail["eventType"], detail["mail"]
        tags = mail.get("tags", {}).get("message", [])
        message_id = mail.get("messageId")
        found = detail.get(_DETAILS.get(str(kind), str(kind).lower())) or {}
        at = found.get("timestamp") or mail.get("timestamp")
        soft = kind == "Bounce" and found.get("bounceType") != "Permanent"
    except (ValueError, LookupError, TypeError, AttributeError) as malformed:
        raise UnreadableEvent("not an event of SES") from malformed
    if kind not in _STATES or not (isinstance(tags, list) and tags):
        return None
    try:
        order = orders.of_key(str(tags[0]))
    except BadOrder:
        return None
    reason = _reason(kind, found)
    stops: Kind | None = (
        "complaint" if kind == "Complaint" else "hard_bounce" if kind == "Bounce" and not soft else None
    )
    ses_id = str(message_id) if message_id else None
    return Event(
        state=_STATES[kind],
        order=order,
        ses_message_id=ses_id,
        reason=reason,
        stops=stops,
        code=_code(kind, found, soft=soft),
        at=str(at) if at else None,
        own_words=_bounded(_came_back(found)) if kind == "Bounce" else reason,
    )


def _code(kind: str, found: Mapping[str, Any], *, soft: bool) -> Code | None:
    if kind == "Bounce" and not soft and found.get("bounceSubType") == _LISTED:
        return Code.SUPPRESSED
    codes = {"Complaint": Code.COMPLAINED, "Reject": Code.REFUSED_BY_SES, "Rendering Failure": Code.REFUSED_BY_SES}
    return (Code.SOFT_BOUNCED if soft else Code.BOUNCED) if kind == "Bounce" else codes.get(kind)


def _reason(kind: str, found: Mapping[str, Any]) -> str | None:
    if kind == "Bounce":
        return _bounded(f"{_came_back(found)}: {_diagnosis(found)}")
    if kind == "Complaint":
        return _bounded(f"the recipient reported it as unwanted ({found.get('complaintFeedbackType') or 'no details'})")
    if kind in ("Reject", "Rendering Failure"):
        return _bounded(f"SES did not send it: {found.get('reason') or found.get('errorMessage') or ''}")
    return None


def _came_back(found: Mapping[str, Any]) -> str:
    return f"the mail came back ({found.get('bounceType', '')} {found.get('bounceSubType', '')})"


def _diagnosis(found: Mapping[str, Any]) -> str:
    bounced = found.get("bouncedRecipients")
    first = bounced[0] if isinstance(bounced, list) and bounced and isinstance(bounced[0], dict) else {}
    return str(first.get("diagnosticCode") or first.get("status") or "no details")


def _bounded(text: str) -> str:
    return plain_text.shortened(plain_text.line(text), longest=_LONGEST_REASON)


def _note_run(message: Message, event: Event) -> None:
    """Count what comes back for the time being. Apart from the state: a delivery may not raise it and still counts."""
    if message.order.recipient != "customer" or not message.to:
        return
    if event.code is Code.SOFT_BOUNCED:
        soft_bounces.note_bounce(message.to, at=_moment(event, message))
    elif event.state == "delivered":
        soft_bounces.note_delivery(message.to, at=_moment(event, message))


def _moment(event: Event, message: Message) -> datetime:
    """When it happened; where SES does not say, when the mail was handed over. The same whenever it is reported."""
    try:
        said = datetime.fromisoformat(event.at or "")
    except ValueError:
        said = None
    return said if said and said.tzinfo else datetime.fromisoformat(message.handed_at or message.created_at)


def _call(message: Message, event: Event) -> dict[str, Any]:
    """A greeting that came back for good is spoken instead; whoever complained of it is left alone."""
    if event.stops is None:
        return {}
    return {"to_call": calling.after_bounce(message) if event.stops == "hard_bounce" else None}


def _suppress(message: Message, event: Event) -> Write | None:
    kind, address = event.stops, message.to
    if kind is None or message.order.recipient != "customer" or not address:
        return None

    def write(transaction: TransactWrite) -> None:
        # It outlives the customer, so nothing in it may name them.
        suppression_service.stop(transaction, address, kind=kind, reason=event.own_words or kind)

    return write
