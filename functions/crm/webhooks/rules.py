"""What a webhook is sent and when: pure. The headers are those of Standard Webhooks (standardwebhooks.com)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Literal, get_args

Event = Literal[
    "customer.created",
    "customer.changed",
    "customer.deleted",
    "customer.restored",
    "customer.merged",
    "customer.unmerged",
    "customer.erased",
    "purchase.recorded",
    "interaction.logged",
    "segment.joined",
    "segment.left",
    "message.withheld",
    "message.bounced",
    "message.complained",
]
EVENTS: tuple[str, ...] = get_args(Event)
TEST = "webhook.test"
"""What somebody sends to see whether it arrives; nobody subscribes to it."""
PAUSES = tuple(
    timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60, 24 * 60)
)
"""After each attempt that failed; after the last attempt there is none. Three days in all."""
PATIENCE = sum(PAUSES, timedelta())
"""So long nothing has arrived when a webhook is switched off: as long as one event is tried."""
OVERLAP = timedelta(days=1)
"""So long after a new secret the one before signs as well."""
_MARK = "whsec_"


def presented(secret: bytes) -> str:
    """A secret as it is shown once."""
    return _MARK + base64.b64encode(secret).decode()


def body(*, event_id: str, kind: str, at: str, data: Mapping[str, Any]) -> bytes:
    """What is sent: the same bytes at each attempt."""
    told = {"id": event_id, "type": kind, "timestamp": at, "data": dict(data)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=int).encode()


def headers(*, event_id: str, seconds: int, sent: bytes, secrets: Iterable[bytes]) -> dict[str, str]:
    """What tells the receiver who says so, and when: a signature by each of the secrets, `seconds` of the epoch."""
    signed = b".".join((event_id.encode(), str(seconds).encode(), sent))
    made = (base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode() for secret in secrets)
    return {
        "Content-Type": "application/json",
        "User-Agent": "crm-webhooks/1",
        "webhook-id": event_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{one}" for one in made),
    }


def has_arrived(status: int) -> bool:
    """Whether the answer says that the receiver has taken the event; a redirect says that it has not."""
    return 200 <= status < 300


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts; None: that was the last."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
