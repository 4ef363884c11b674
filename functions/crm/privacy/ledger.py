"""A list of erasures apart from the table: a backup of the table is older than its last erasures, this is not.

An object for each, with the random ids and the keyed hashes of the addresses: after a restore from a backup
`crm.privacy.replay` carries all of them out again.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crm.core import files
from crm.privacy.models import Erasure

PREFIX = "erasures/"


@dataclass(frozen=True)
class Entry:
    """Whom to forget again: the id, when that was asked for, and (key id, hash) of each address.

    `merged` are the ids of records that were merged into theirs: in a backup these may still be records.
    """

    customer_id: str
    requested_at: str
    prints: tuple[tuple[str, str], ...]
    merged: tuple[str, ...] = ()


def keep(erasure: Erasure, *, merged: Iterable[str]) -> None:
    """Write an erasure down; again, it says the same. Raises botocore's errors."""
    said = {"customer_id": erasure.customer_id, "requested_at": erasure.requested_at, "marks": erasure.prints}
    said["merged"] = sorted(merged)
    files.put(f"{PREFIX}{erasure.customer_id}.json", json.dumps(said).encode(), content_type="application/json")


def entries() -> Iterator[Entry]:
    """All erasures there ever were."""
    for stored in files.listed(PREFIX):
        said = json.loads(files.get(stored.key))
        prints = tuple((key_id, printed) for key_id, printed in said["marks"])
        yield Entry(said["customer_id"], said["requested_at"], prints, tuple(said.get("merged", ())))
