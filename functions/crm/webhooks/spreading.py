"""From the outbox to who listens: for each webhook an item, and a message that sends it.

The outbox item goes last: whoever dies before begins again, and finds what it has made.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from crm.core import clock, queue, table
from crm.core.config import settings
from crm.core.jobs import Message
from crm.core.outbox import OUTBOX, OUTGOING, SHARDS, Outgoing, begins_with
from crm.webhooks.models import Delivery, Webhook

JOB = "deliver"
KEPT = timedelta(days=30)
_STUCK = timedelta(hours=1)


def spread(*, pk: str, sk: str) -> None:
    """Hand on the events of one outbox item. Does nothing where that was done."""
    try:
        outgoing = Outgoing.get(pk, sk, consistent_read=True)
    except Outgoing.DoesNotExist:
        return
    for delivery in list(_deliveries(outgoing)):
        _begin(delivery)
    for place in outgoing.again or ():
        _send(place["pk"], place["sk"])
    table.commit(lambda transaction: transaction.delete(outgoing))


def order(delivery: Delivery) -> Message:
    """What the queue carries."""
    return {"job": JOB, "pk": delivery.pk, "sk": delivery.sk}


def stuck() -> Iterator[tuple[str, str]]:
    """The outbox items that should have been handed on long ago."""
    until = OUTGOING + begins_with(clock.instant(clock.now() - _STUCK))
    for shard in range(SHARDS):
        yield from ((one.pk, one.sk) for one in Outgoing.query(f"{OUTBOX}#{shard}", Outgoing.sk < until))


def made(webhook_id: str, *, event_id: str, kind: str, at: str, data: dict[str, Any]) -> Delivery:
    """The delivery of an event, due at once."""
    pk, sk = Delivery.place(webhook_id, event_id)
    forgotten = int((datetime.fromisoformat(at) + KEPT).timestamp())
    return Delivery(pk, sk, kind=kind, at=at, data=data, state="due", attempts=0, next_at=at, expires_at=forgotten)


def _begin(delivery: Delivery) -> None:
    """Store a delivery, unless it is there, and have it carried out."""
    # Whoever has stored it before may have died before the message was sent.
    with suppress(table.ConditionFailed):
        table.commit(lambda transaction: transaction.save(delivery, condition=Delivery.pk.does_not_exist()))
    _send(delivery.pk, delivery.sk)


def _send(pk: str, sk: str) -> None:
    queue.send(settings().webhooks_queue_url, {"job": JOB, "pk": pk, "sk": sk})


def _deliveries(outgoing: Outgoing) -> Iterator[Delivery]:
    webhooks = [one for one in Webhook.each() if one.state == "active"]
    for number, event in enumerate(outgoing.events, 1):
        event_id = outgoing.event_id if len(outgoing.events) == 1 else f"{outgoing.event_id}-{number}"
        for webhook in (one for one in webhooks if event["kind"] in one.events):
            yield made(webhook.webhook_id, event_id=event_id, kind=event["kind"], at=outgoing.at, data=event["data"])
