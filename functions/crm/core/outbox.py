"""What others are told: written in the transaction of its cause, so that neither is there without the other.

Only while somebody listens: one small item says to which kinds of events. Each process reads it at most once in ten
seconds, so whoever begins to listen may miss what happens in the first ten.
An event tells ids and kinds, nothing of a person: whoever may read more asks the API.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, ids, table
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.lease import Lease
from crm.core.table import CrmItem, DocumentsAttribute, WholeNumberAttribute

OUTBOX = "OUTBOX"
OUTGOING = "OUTGOING#"
SHARDS = 8
"""One partition takes a thousand writes a second; an import with a listener writes more."""
_TRIES = 8
Told = tuple[str, Mapping[str, Any]]
"""The kind of an event, such as `customer.created`, and what it tells."""


class Heard(CrmItem, discriminator="heard_events"):
    """The kinds of events that somebody listens to."""

    version = WholeNumberAttribute()
    kinds = UnicodeSetAttribute(null=True)

    @classmethod
    def read(cls) -> "Heard":
        """The item as it is now, consistently; an empty one of version 0 before anybody listened."""
        try:
            return cls.get(OUTBOX, "HEARD", consistent_read=True)
        except cls.DoesNotExist:
            return cls(OUTBOX, "HEARD", version=0)

    def replace(self, transaction: TransactWrite, *, kinds: Iterable[str]) -> None:
        """Put these kinds in place of the present ones, on the condition that they still are the present ones."""
        after = Heard(OUTBOX, "HEARD", version=self.version + 1, kinds=set(kinds) or None)
        transaction.save(after, condition=Heard.version == self.version if self.version else Heard.pk.does_not_exist())


class Outgoing(CrmItem, discriminator="outgoing"):
    """Events of one transaction that are still to be told, as {kind, data}. Gone once they are handed on.

    `again`: keys (pk, sk) of deliveries that somebody wants to be sent, whether or not they were before.
    """

    at = UnicodeAttribute()
    events = DocumentsAttribute()
    again = DocumentsAttribute(null=True)

    @property
    def event_id(self) -> str:
        return self.sk.removeprefix(OUTGOING)


LISTENED = Lease(lambda: frozenset(Heard.read().kinds or ()))


def heard() -> frozenset[str]:
    """The kinds of events that somebody listens to, at most ten seconds old."""
    return LISTENED.value()


def tell(transaction: TransactWrite, *events: Told) -> None:
    """Put those of the events that somebody listens to into the transaction of their cause, as one item.

    An update, not a put: some of those who tell have no right to put.
    """
    listened = [{"kind": kind, "data": dict(data)} for kind, data in events if kind in heard()]
    if listened:
        item, at = _item()
        actions: list[Action] = [Outgoing.at.set(at), Outgoing.events.set(listened), Outgoing.entity.set(Outgoing)]
        transaction.update(item, actions)


def send_again(transaction: TransactWrite, *, pk: str, sk: str) -> None:
    """Have a delivery sent that stands in the same transaction."""
    item, at = _item()
    asked: list[Action] = [Outgoing.at.set(at), Outgoing.events.set([]), Outgoing.entity.set(Outgoing)]
    transaction.update(item, [*asked, Outgoing.again.set([{"pk": pk, "sk": sk}])])


def telling(events: Iterable[Told]) -> dict[str, Any]:
    """The same as one write for the plain client; somebody listens to all of them."""
    item, at = _item()
    said = table.to_item({":at": at, ":events": [{"kind": kind, "data": dict(data)} for kind, data in events]})
    return {
        "Update": {
            "TableName": settings().crm_table,
            "Key": table.to_item({"pk": item.pk, "sk": item.sk}),
            "UpdateExpression": "SET #at = :at, events = :events, entity = :entity",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {**said, ":entity": {"S": "outgoing"}},
        }
    }


def listen(change: Callable[[TransactWrite], None], kinds: Callable[[], Iterable[str]]) -> None:
    """Write a change of who listens together with the kinds that are listened to afterwards.

    `kinds` reads who listens to what, as it will be; it is asked again where somebody else was faster. Raises
    table.ConditionFailed where a condition of the change does not hold.
    """
    for _ in range(_TRIES):
        before, wanted = Heard.read(), frozenset(kinds())

        def write(transaction: TransactWrite, before: Heard = before, wanted: frozenset[str] = wanted) -> None:
            change(transaction)
            before.replace(transaction, kinds=wanted)

        try:
            table.commit(write)
        except table.ConditionFailed:
            if Heard.read().version == before.version:
                raise
            continue
        LISTENED.remember(wanted)
        return
    raise StoreUnavailable("webhooks are being changed by many at once")


def begins_with(at: str) -> str:
    """What the id of an event begins with that was told at this instant: ids sort by time."""
    return "".join(filter(str.isdigit, at))


def _item() -> tuple[Outgoing, str]:
    at = clock.stamp()
    return Outgoing(f"{OUTBOX}#{secrets.randbelow(SHARDS)}", f"{OUTGOING}{begins_with(at)}_{ids.new()[:16]}"), at
