"""What was sent to a webhook, what was not, and sending it again."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, ids, outbox, table
from crm.core.errors import Conflict, NotFound
from crm.core.paging import Page, PageRequest
from crm.core.reason import Reason
from crm.webhooks import rules, service, spreading
from crm.webhooks.models import DELIVERY, Delivery


def page(*, webhook_id: str, request: PageRequest, state: str | None) -> Page[Delivery]:
    """The deliveries of the last thirty days, newest first; those in a state where one is named. Raises NotFound."""
    service.get(webhook_id=webhook_id)
    pk, after = f"WEBHOOK#{webhook_id}", request.after
    found = Delivery.query(
        pk,
        Delivery.sk.startswith(DELIVERY),
        filter_condition=Delivery.state == state if state else None,
        scan_index_forward=False,
        consistent_read=True,
        limit=request.limit,
        last_evaluated_key=table.to_item({"pk": pk, "sk": after}) if after else None,
    )
    shown, last = list(found), found.last_evaluated_key
    return Page(shown, request.cursor_at(last["sk"]["S"] if last else None))


def again(*, webhook_id: str, event_id: str, by: str, idempotency_key: str | None) -> Delivery:
    """Have an event sent again, whether it had arrived or not; it is the same event under the same id.

    Raises NotFound, Conflict: the webhook is off.
    """
    delivery = _of_active(webhook_id, lambda: Delivery.read(*Delivery.place(webhook_id, event_id)))
    request = ids.derived(caller=by, route=f"again:{webhook_id}:{event_id}", idempotency_key=idempotency_key)
    if delivery.again != request:
        now, before = clock.stamp(), delivery.attempts
        delivery.state, delivery.attempts, delivery.next_at, delivery.again = "due", 0, now, request
        values = {"state": "due", "attempts": 0, "next_at": now, "again": request}
        actions: list[Action] = [getattr(Delivery, name).set(value) for name, value in values.items()]
        condition = Delivery.attempts == before

        def write(transaction: TransactWrite) -> None:
            transaction.update(delivery, actions, condition=condition)
            outbox.send_again(transaction, pk=delivery.pk, sk=delivery.sk)

        try:
            table.commit(write)
        except table.ConditionFailed:
            raise Conflict(Reason("it is being tried in this moment; look again in a minute")) from None
    return delivery


def send_test(*, webhook_id: str, by: str, idempotency_key: str | None) -> Delivery:
    """Send something that means nothing, to see whether it arrives. Raises NotFound, Conflict."""
    event_id = f"test_{ids.derived(caller=by, route=f'test:{webhook_id}', idempotency_key=idempotency_key)}"
    said: dict[str, Any] = {"webhook_id": webhook_id}
    delivery = spreading.made(webhook_id, event_id=event_id, kind=rules.TEST, at=clock.stamp(), data=said)
    _of_active(webhook_id, lambda: delivery)

    def write(transaction: TransactWrite) -> None:
        transaction.save(delivery, condition=Delivery.pk.does_not_exist())
        outbox.send_again(transaction, pk=delivery.pk, sk=delivery.sk)

    with suppress(table.ConditionFailed):  # the same request again
        table.commit(write)
    return delivery


def _of_active(webhook_id: str, read: Callable[[], Delivery | None]) -> Delivery:
    if service.get(webhook_id=webhook_id).state != "active":
        raise Conflict(Reason("the webhook is off; switch it on first"))
    delivery = read()
    if delivery is None:
        raise NotFound("there is no such delivery; GET /webhooks/…/deliveries lists those of thirty days")
    return delivery
