"""Secrets of webhooks: shown once, and kept under the signing key, which is not in the table.

Whoever sends seals a secret anew once another key signs, so it outlives the key that it was first sealed under.
"""

import secrets

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.update import Action

from crm.core import signing, table
from crm.webhooks.models import Webhook

_SECRET_BYTES = 32


def fresh(webhook_id: str) -> tuple[bytes, str]:
    """A new secret, and as it is kept."""
    made = secrets.token_bytes(_SECRET_BYTES)
    return made, _sealed(webhook_id, made)


def opened(webhook: Webhook, *, now: str) -> list[bytes]:
    """The secrets that sign now, the newest first. Raises signing.BadToken: its key went before it was sealed anew."""
    kept = [webhook.secret]
    if webhook.earlier and webhook.earlier_until and now < webhook.earlier_until:
        kept.append(webhook.earlier)
    return [signing.unseal(_purpose(webhook.webhook_id), one) for one in kept]


def renew(webhook: Webhook) -> None:
    """Seal its secrets under the key that signs now, where they are under another."""
    for attribute, sealed in ((Webhook.secret, webhook.secret), (Webhook.earlier, webhook.earlier)):
        if sealed and not signing.is_current(sealed):
            _renew(webhook, attribute, sealed)


def _renew(webhook: Webhook, attribute: UnicodeAttribute, sealed: str) -> None:
    secret = signing.unseal(_purpose(webhook.webhook_id), sealed)
    actions: list[Action] = [attribute.set(_sealed(webhook.webhook_id, secret))]
    try:
        table.commit(lambda transaction: transaction.update(webhook, actions, condition=attribute == sealed))
    except table.ConditionFailed:
        return  # another was first, or there is a new secret


def _sealed(webhook_id: str, secret: bytes) -> str:
    return signing.seal(_purpose(webhook_id), secret)


def _purpose(webhook_id: str) -> str:
    return f"webhook:{webhook_id}"
