"""Use cases around webhooks: who listens, to what, and with which secret."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from crm.core import clock, egress, ids, outbox, table
from crm.core.errors import InvalidFields, KeyReused, LimitReached, NotFound, StaleVersion
from crm.core.paging import Page, PageRequest
from crm.core.reason import Reason
from crm.webhooks import rules, sealing
from crm.webhooks.models import WEBHOOKS, Webhook

MOST = 20


def make(
    *, name: str, url: str, events: Iterable[str], by: str, idempotency_key: str | None
) -> tuple[Webhook, str | None]:
    """A new webhook and its secret: that once, and None when the request is repeated.

    Raises InvalidFields (an address that nothing is sent to), LimitReached, KeyReused.
    """
    _require_allowed(url)
    wanted = set(events)
    request_hash = ids.request_hash([name, url, sorted(wanted)])
    webhook_id = ids.derived(caller=by, route="POST /webhooks", idempotency_key=idempotency_key)
    secret, sealed = sealing.fresh(webhook_id)
    stamps: dict[str, Any] = {"version": 1, "created_at": clock.stamp(), "created_by": by}
    stamps |= {"request_hash": request_hash}
    webhook = Webhook(WEBHOOKS, webhook_id, name=name, url=url, events=wanted, state="active", secret=sealed, **stamps)
    try:
        listen(webhook, condition=Webhook.pk.does_not_exist(), most=MOST)
    except table.ConditionFailed:
        stored = get(webhook_id=webhook_id)
        if stored.request_hash != request_hash:
            raise KeyReused("send another Idempotency-Key for another webhook") from None
        return stored, None
    return webhook, rules.presented(secret)


def get(*, webhook_id: str) -> Webhook:
    """One webhook. Raises NotFound."""
    webhook = Webhook.read(webhook_id)
    if webhook is None:
        raise NotFound(f"there is no webhook {webhook_id[:60]!a}")
    return webhook


def page(request: PageRequest) -> Page[Webhook]:
    """All webhooks by id."""
    after = request.after
    where = Webhook.sk > after if after else None
    found = list(Webhook.query(WEBHOOKS, where, consistent_read=True, limit=request.limit + 1))
    shown = found[: request.limit]
    return Page(shown, request.cursor_at(shown[-1].webhook_id if len(found) > request.limit else None))


def change(*, webhook_id: str, fields: Mapping[str, Any], expected_version: int | None) -> Webhook:
    """Change what is given: name, url, events, active. To switch it on again forgets how long it had failed.

    Raises NotFound, StaleVersion, InvalidFields.
    """
    webhook = get(webhook_id=webhook_id)
    _require_version(webhook, expected_version)
    if "url" in fields:
        _require_allowed(fields["url"])
    before = webhook.version
    for name in ("name", "url"):
        if name in fields:
            setattr(webhook, name, fields[name])
    if "events" in fields:
        webhook.events = set(fields["events"])
    if "active" in fields:
        webhook.state = "active" if fields["active"] else "off"
        webhook.off_because, webhook.failing_since = None, None
    return _saved(webhook, before)


def rotate(*, webhook_id: str, by: str, idempotency_key: str | None) -> tuple[Webhook, str | None]:
    """Another secret, shown once; for a day the one before signs as well. Raises NotFound, StaleVersion."""
    webhook = get(webhook_id=webhook_id)
    request = ids.derived(caller=by, route=f"POST /webhooks/{webhook_id}/rotate", idempotency_key=idempotency_key)
    if webhook.rotation == request:
        return webhook, None
    before, now = webhook.version, clock.now()
    secret, sealed = sealing.fresh(webhook_id)
    webhook.earlier, webhook.earlier_until = webhook.secret, clock.instant(now + rules.OVERLAP)
    webhook.secret, webhook.rotation, webhook.rotated_at = sealed, request, clock.instant(now)
    return _saved(webhook, before), rules.presented(secret)


def remove(*, webhook_id: str) -> None:
    """Nothing more is sent there; what waits is forgotten. Raises NotFound, StaleVersion."""
    webhook = get(webhook_id=webhook_id)
    condition = Webhook.version == webhook.version
    try:
        outbox.listen(
            lambda transaction: transaction.delete(webhook, condition=condition),
            lambda: _kinds(one for one in Webhook.each() if one.webhook_id != webhook_id),
        )
    except table.ConditionFailed:
        raise _stale() from None


def listen(webhook: Webhook, *, condition: Condition, most: int = MOST + 1) -> None:
    """Store a webhook together with what is listened to. Raises table.ConditionFailed, LimitReached."""

    def kinds() -> set[str]:
        others = [one for one in Webhook.each() if one.webhook_id != webhook.webhook_id]
        if len(others) >= most:
            raise LimitReached(
                Reason("there are {most} webhooks, which is all there can be; delete one first", most=most)
            )
        return _kinds([*others, webhook])

    outbox.listen(partial(_save, webhook, condition), kinds)


def _save(webhook: Webhook, condition: Condition, transaction: TransactWrite) -> None:
    transaction.save(webhook, condition=condition)


def _saved(webhook: Webhook, before: int) -> Webhook:
    webhook.version = before + 1
    try:
        listen(webhook, condition=Webhook.version == before)
    except table.ConditionFailed:
        raise _stale() from None
    return webhook


def _kinds(webhooks: Iterable[Webhook]) -> set[str]:
    return {kind for one in webhooks if one.state == "active" for kind in one.events}


def _require_allowed(url: str) -> None:
    try:
        egress.target(url)
    except egress.NotAllowed as refused:
        raise InvalidFields.one("/url", refused.reason) from refused


def _require_version(webhook: Webhook, expected: int | None) -> None:
    if expected is not None and webhook.version != expected:
        raise StaleVersion(f"it is at version {webhook.version} now; read it again and repeat the change")


def _stale() -> StaleVersion:
    return StaleVersion("somebody else changed it meanwhile; read it again and repeat the change")
