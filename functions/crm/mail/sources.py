"""What the mailer asks the slice that a message comes from (greetings, reminders); `handlers` bring both together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal

from pynamodb.transactions import TransactWrite

from crm.mail.models import Message
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.recipients import Recipient

# A mapping: the same in several languages, by their codes.
Value = str | int | date | datetime | time | Mapping[str, str] | None
Write = Callable[[TransactWrite], None]


@dataclass(frozen=True)
class Draft:
    """What is to be said: the template, the values of its placeholders, and the purpose that consent is asked for.

    `subject` replaces the template's. `still_true` puts into the claim what must still hold of the draft's origin.
    `occasion` names what only one mail may be about, whatever rule it comes from ("birthday:2026"). `decision` is kept
    with the message: what the draft was decided on. `waits` says whether quiet hours of the
    recipient hold it back. `why` names the line at the foot that says why the reader gets it, where that is not the
    purpose's. `language`: the one to write in (BCP 47), where it is not the recipient's.
    """

    template: str
    purpose: str
    values: Mapping[str, Value]
    subject: str | None = None
    still_true: Write | None = None
    occasion: str | None = None
    decision: Mapping[str, Any] = field(default_factory=dict)
    waits: bool = True
    why: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Withheld:
    """The message is due and will not be sent, because of this; `expired`: because its time is over."""

    purpose: str
    code: Code
    reason: str
    state: Literal["withheld", "expired"] = "withheld"
    decision: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """`draft(order, recipient, begun)` says what is due; None: nothing is (any more). `begun`: a message is on record.

    `follow(message)` gives what else to write when the state of `message` becomes what it is now, or None.
    """

    draft: Callable[[Order, Recipient, bool], Draft | Withheld | None]
    follow: Callable[[Message], Write | None]


Sources = Mapping[str, Source]


def no_follow(_: Message) -> None:
    """For sources that keep no state of their own."""
