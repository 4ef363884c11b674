"""What the queue carries: an order to send one message. It only names the message; all else is read when it is sent."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

Kind = Literal["greeting", "reminder", "digest", "assigned", "announcement", "trial"]
RecipientKind = Literal["customer", "staff"]
ONCE = "once"
# The rule of the mail that gathers a member's reminders of one day.
DIGEST = "digest"
# The rule of the mail that tells a member whom they were given.
ASSIGNED = "assigned"
# The rule of the mails that carry announcements; each is an occurrence.
ANNOUNCEMENT = "announcement"
# The rule of the mails by which somebody tries a template on themselves; each is an occurrence.
TRIAL = "trial"
_KINDS: Mapping[str, Kind] = {DIGEST: "digest", ASSIGNED: "assigned", ANNOUNCEMENT: "announcement", TRIAL: "trial"}
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
_RULE = re.compile(r"[a-z0-9]{1,40}", re.ASCII)
# A year, a day, a wall time to the minute, the only time, or the id of an announcement or a trial.
_OCCURRENCE = re.compile(r"\d{4}|\d{4}-\d{2}-\d{2}|\d{8}T\d{4}|once|[a-z2-7]{26}", re.ASCII)


class BadOrder(ValueError):
    """The text names no message."""


@dataclass(frozen=True)
class Order:
    """A message to send: whom to, because of which greeting or reminder, and which occurrence of it."""

    recipient: RecipientKind
    id: str
    rule: str
    kind: Kind
    occurrence: str

    @property
    def key(self) -> str:
        """The public key of the message, also its tag at SES: letters, digits, `_` and `-` only."""
        return f"{self.recipient}_{self.id}_{self.rule}_{self.occurrence}"

    @property
    def pk(self) -> str:
        """The partition of the recipient."""
        return f"{self.recipient.upper()}#{self.id}"

    @property
    def sk(self) -> str:
        """The message in it."""
        return f"MAIL#{self.rule}#{self.occurrence}"

    def text(self) -> str:
        """The order as the queue carries it."""
        return json.dumps(asdict(self))


def read(text: str) -> Order:
    """The order in a queue message. Raises BadOrder."""
    try:
        document = json.loads(text)
        order = Order(**document)
        known = order == of_key(order.key) and all(isinstance(value, str) for value in document.values())
    except (ValueError, TypeError) as malformed:
        raise BadOrder("not an order to send a message") from malformed
    if not known:
        raise BadOrder("an order with impossible fields")
    return order


def of_key(key: str) -> Order:
    """The order that a public message key stands for. Raises BadOrder."""
    recipient, _, rest = key.partition("_")
    recipient_id, *ends = rest.rsplit("_", 2)
    if recipient not in ("customer", "staff") or len(ends) != 2:
        raise BadOrder("not the key of a message")
    rule, occurrence = ends
    if not (_ID.fullmatch(recipient_id) and _RULE.fullmatch(rule) and _OCCURRENCE.fullmatch(occurrence)):
        raise BadOrder("not the key of a message")
    return Order(cast("RecipientKind", recipient), recipient_id, rule, _kind(rule, occurrence), occurrence)


def of_item(values: dict[str, Any]) -> Order:
    """The order that a stored message belongs to, from its keys."""
    recipient, _, recipient_id = str(values["pk"]).partition("#")
    _, rule, occurrence = str(values["sk"]).split("#")
    return of_key(f"{recipient.lower()}_{recipient_id}_{rule}_{occurrence}")


def _kind(rule: str, occurrence: str) -> Kind:
    if rule in _KINDS:
        return _KINDS[rule]
    return "reminder" if occurrence == ONCE or "T" in occurrence else "greeting"
