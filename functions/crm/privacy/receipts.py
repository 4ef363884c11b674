"""What a business can show of an erasure: signed, and without a word about whom it was of."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crm.core import clock, signing
from crm.privacy.models import Erasure

BACKUPS_KEPT = timedelta(days=35)
"""So far back DynamoDB's point-in-time recovery reaches."""
_PURPOSE = "erasure"
_STAYS = (
    "figures in which nobody can be told apart",
    "the random id, so that nobody comes back under it",
    "keyed hashes of addresses, so that no file brings them back",
    "mail that was sent, with whom it was sent to",
)


def statement(erasure: Erasure, *, finished_at: str) -> dict[str, Any]:
    """What a receipt says: what is gone, by kind and count, what stays, and until when backups can hold it."""
    return {
        "erasure": erasure.customer_id,
        "requested_at": erasure.requested_at,
        "finished_at": finished_at,
        "erased": {kind: int(count) for kind, count in sorted(erasure.erased.items())},
        "addresses_kept_from_returning": len(erasure.marks),
        "addresses_left_with_others": int(erasure.shared_addresses),
        "stays": list(_STAYS),
        "backups": {
            "of": "point-in-time recovery of the table",
            "until": backups_until(finished_at),
            "a_restore": "replays this erasure before anybody reads (docs/operations.md)",
        },
    }


def backups_until(finished_at: str) -> str:
    """Until when a backup can hold what was erased (RFC 3339)."""
    return clock.instant(datetime.fromisoformat(finished_at) + BACKUPS_KEPT)


def issue(erasure: Erasure, *, finished_at: str) -> str:
    """The signed receipt."""
    said = json.dumps(statement(erasure, finished_at=finished_at), sort_keys=True, separators=(",", ":"))
    return signing.sign(_PURPOSE, said.encode())


def read(receipt: str) -> Mapping[str, Any] | None:
    """What a receipt says; None for one that we did not sign, or that was changed."""
    try:
        said: Mapping[str, Any] = json.loads(signing.verify(_PURPOSE, receipt))
    except signing.BadToken:
        return None
    return said
