"""The mail that tells somebody whom they were given: what it says, and what its fate means.

Its claim marks, for everybody whom it speaks for, that it is under way; its end moves the mark on. So of a member and
their substitute, and of two orders, one tells, and what dies between is told by the same mail again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import clock, items
from crm.handovers import due
from crm.mail import rules as mail_rules
from crm.mail.models import Message
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft, Source, Withheld, Write
from crm.routing import assigned
from crm.routing import service as routing_service
from crm.routing.models import Assigned, Told

PURPOSE = "service"
SHOWN = 20
NOTHING = "nobody of whom it was about is theirs any more"
# Until these nothing of it is known to have gone out, or to have stayed here for good.
_ON_ITS_WAY = frozenset({"due", "claimed", "handed"})


@dataclass(frozen=True)
class News:
    """What one member was given, as far as it is still so."""

    told: Told
    names: tuple[str, ...]


def draft(order: Order, recipient: Recipient, begun: bool) -> Draft | Withheld | None:
    """Whom the member was given, and whom those were given that they stand in for; None where there is nothing."""
    until = assigned.settled(clock.now())
    news = [found for told in _marks(order, recipient.id) if (found := _news(told, until))]
    decision = {"assigned": {one.told.staff_id: until for one in news}}
    names = [name for one in news for name in one.names]
    if not names:
        # What was taken away again is told to nobody, and is not looked at again.
        return Withheld(PURPOSE, Code.NOTHING_DUE, NOTHING, decision=decision) if news or begun else None
    more = len(names) - SHOWN
    lines = [*names[:SHOWN], *(["…"] if more > 0 else [])]
    return Draft(
        template="assigned",
        purpose=PURPOSE,
        values={"count": len(names), "message": "\n".join(lines)},
        still_true=partial(_claim, order, news),
        decision=decision,
        waits=False,
        why="assigned",
    )


def follow(message: Message) -> Write | None:
    """At its end the mail has told all that it was about, or never will: the mark moves on."""
    if message.state in _ON_ITS_WAY or mail_rules.retry_at(message, kind=message.order.kind):
        return None
    until: Mapping[str, Any] = (message.decision or {}).get("assigned") or {}
    marks = [Told.read(staff_id) for staff_id in until]
    key = message.order.key
    behind = [one for one in marks if one.claimed_by == key or (not one.claimed_by and one.until < until[one.staff_id])]

    def write(transaction: TransactWrite) -> None:
        for one in behind:
            one.move(transaction, until=max(one.until, str(until[one.staff_id])), claimed_by=None)

    return write if behind else None


def _marks(order: Order, reader: str) -> list[Told]:
    """The marks of everybody whom this mail speaks for: of who was away when it began and is back, too."""
    marks = Told.of_all({reader, *routing_service.members()})
    free = [one for one in marks if one.claimed_by is None and due.reader_of(one.staff_id) == reader]
    return [*free, *(one for one in marks if one.claimed_by == order.key)]


def _news(told: Told, until: str) -> News | None:
    """What one was given since; None: nothing."""
    given = Assigned.between(told.staff_id, told.until, until, most=assigned.MOST)
    if not given:
        return None
    keys = dict.fromkeys((f"CUSTOMER#{one.customer_id}", "PROFILE") for one in given)
    found = items.many(keys, only=("name", "owner"))
    profiles = [found[key] for key in keys if key in found]
    return News(told, tuple(str(one["name"]) for one in profiles if one.get("owner") == told.staff_id))


def _claim(order: Order, news: list[News], transaction: TransactWrite) -> None:
    for one in news:
        one.told.move(transaction, until=one.told.until, claimed_by=order.key)


SOURCE = Source(draft=draft, follow=follow)
