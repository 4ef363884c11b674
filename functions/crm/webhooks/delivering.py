"""Carrying a delivery out: claimed, sent, noted, in this order, so that whoever dies in between is followed by another.

An attempt is claimed by moving the time of the next one. Whoever dies after that leaves a delivery that is due again
then, so an event may arrive twice, under the same id, and never not at all.
"""

import math
from collections.abc import Iterable
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from crm.core import clock, egress, queue, signing, table
from crm.core.config import settings
from crm.core.jobs import Message
from crm.core.log import logger
from crm.webhooks import rules, sealing
from crm.webhooks.models import Delivery, Webhook
from crm.webhooks.spreading import order

SECONDS = 10.0
"""For an answer: a receiver takes an event and works on it later."""
_LONGEST_DELAY = 900  # of a message in SQS


def deliver(message: Message) -> Iterable[Message]:
    """{"job": "deliver", "pk": …, "sk": …}: send an event where it is due; the message of the next try."""
    delivery = Delivery.read(message["pk"], message["sk"])
    webhook = Webhook.read(delivery.webhook_id) if delivery else None
    if delivery is None or webhook is None or delivery.state != "due":
        return []
    if webhook.state != "active":
        _note(delivery, "failed", answer="off")
        return []
    left = (datetime.fromisoformat(delivery.next_at) - clock.now()).total_seconds()
    if left > 0:
        return [_after(delivery, left)]
    return _carried_out(webhook, delivery) if _claimed(delivery) else []


def _claimed(delivery: Delivery) -> bool:
    """Whether this attempt is ours. The next one is due after its pause, whatever becomes of us."""
    now, before = clock.now(), delivery.attempts
    pause = rules.pause_after(before + 1) or rules.PAUSES[0]
    delivery.attempts, delivery.next_at = before + 1, clock.instant(now + pause)
    delivery.tried_at = clock.instant(now)
    actions: list[Action] = [
        Delivery.attempts.set(delivery.attempts),
        Delivery.next_at.set(delivery.next_at),
        Delivery.tried_at.set(delivery.tried_at),
    ]
    return _updated(delivery, actions, (Delivery.state == "due") & (Delivery.attempts == before))


def _carried_out(webhook: Webhook, delivery: Delivery) -> list[Message]:
    answer, arrived = _attempted(webhook, delivery)
    pause = rules.pause_after(delivery.attempts)
    if arrived:
        _note(delivery, "delivered", answer=answer)
        _settled(webhook)
        return []
    _failing(webhook, delivery)
    logger().warning(
        "an event did not arrive", extra={"webhook": webhook.webhook_id, "answer": answer, "try": delivery.attempts}
    )
    if pause is None:
        # First, so that it is not forgotten with the end of the delivery.
        queue.send(settings().jobs_queue_url, {"job": "webhook_failing", "webhook": webhook.webhook_id})
        _note(delivery, "failed", answer=answer)
        return []
    _note(delivery, "due", answer=answer)
    return [_after(delivery, pause.total_seconds())]


def _after(delivery: Delivery, seconds: float) -> Message:
    """The message of the next try, or of one on the way there: none waits for longer than SQS lets it."""
    return {**order(delivery), "delay_seconds": min(_LONGEST_DELAY, math.ceil(seconds))}


def _attempted(webhook: Webhook, delivery: Delivery) -> tuple[str, bool]:
    """What came of it, as a status or a step that failed, and whether the receiver has taken it."""
    now = clock.now()
    sent = rules.body(event_id=delivery.event_id, kind=delivery.kind, at=delivery.at, data=delivery.data)
    try:
        secrets = sealing.opened(webhook, now=clock.instant(now))
        headers = rules.headers(event_id=delivery.event_id, seconds=int(now.timestamp()), sent=sent, secrets=secrets)
        status = egress.post(webhook.url, sent, headers, seconds=SECONDS)
    except egress.Unreachable as unreachable:
        return unreachable.failure, False
    except egress.NotAllowed:
        return "address", False
    except signing.BadToken:
        return "secret", False
    return str(status), rules.has_arrived(status)


def _settled(webhook: Webhook) -> None:
    """Something has arrived."""
    if webhook.failing_since:
        _updated_webhook(webhook, [Webhook.failing_since.remove()], Webhook.failing_since == webhook.failing_since)
    sealing.renew(webhook)


def _failing(webhook: Webhook, delivery: Delivery) -> None:
    """Nothing has arrived since, at least."""
    if not webhook.failing_since:
        since: list[Action] = [Webhook.failing_since.set(delivery.tried_at or delivery.next_at)]
        _updated_webhook(webhook, since, Webhook.pk.exists() & Webhook.failing_since.does_not_exist())


def _note(delivery: Delivery, state: str, *, answer: str) -> None:
    actions: list[Action] = [Delivery.state.set(state), Delivery.answer.set(answer)]
    _updated(delivery, actions, (Delivery.state == "due") & (Delivery.attempts == delivery.attempts))


def _updated(delivery: Delivery, actions: list[Action], condition: Condition) -> bool:
    try:
        table.commit(lambda transaction: transaction.update(delivery, actions, condition=condition))
    except table.ConditionFailed:
        return False
    return True


def _updated_webhook(webhook: Webhook, actions: list[Action], condition: Condition) -> None:
    try:
        table.commit(lambda transaction: transaction.update(webhook, actions, condition=condition))
    except table.ConditionFailed:
        return  # another was first
