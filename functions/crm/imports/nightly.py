"""Files that another program puts under a prefix of the bucket: each new content of one is imported by itself.

`nightly/<name>/<file>`, where the name is a kind or begins with one: `nightly/purchases/till.csv`,
`nightly/customers-web/all.csv`. The import that was made of a file remembers what it was like (its ETag).
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.core import clock, files, ids, links, table
from crm.core.log import logger
from crm.imports import kinds, service
from crm.imports.models import PARTITION, GoAhead, Import

PREFIX = "nightly/"
REFUSED_PERCENT = 5
"""Where more rows than that would be refused, a person looks before anything is written."""
_ROUTE = "nightly"
_CALLER = ""


def begin() -> None:
    """Begin an import of each file that is new or has changed since its last. Again it begins none twice."""
    last = _last()
    for found in files.listed(PREFIX):
        _begin(found, last.get(found.key))


def runs_by_itself(item: Import) -> bool:
    """Whether a checked import is run without being asked for: nothing was asked, and few rows are refused."""
    counts: Mapping[str, Any] = item.checked or {}
    is_fit = int(counts.get("refused", 0)) * 100 <= item.rows * REFUSED_PERCENT
    return item.nightly is not None and item.round == 1 and is_fit


def _last() -> dict[str, Import]:
    """The latest import of each file; imports stay longer in the list than files in the bucket."""
    found: dict[str, Import] = {}
    for item in Import.query(PARTITION, Import.sk.startswith("IMPORT#"), consistent_read=True):
        if item.nightly and (item.nightly not in found or found[item.nightly].created_at < item.created_at):
            found[item.nightly] = item
    return found


def _begin(found: files.Stored, last: Import | None) -> None:
    kind, name = _kind(found.key), found.key.rpartition("/")[2]
    if kind is None or not name or not 0 < found.bytes <= links.LARGEST_UPLOAD_BYTES:
        logger().warning("a nightly file is not taken", extra={"bytes": found.bytes, "is_of_a_kind": kind is not None})
        return
    if last and last.etag == found.etag:
        return
    put_at = clock.instant(found.put_at)
    import_id = ids.derived(caller=_CALLER, route=_ROUTE, idempotency_key=f"{found.key} {found.etag} {put_at}")
    about = {"key": found.key, "nightly": found.key, "etag": found.etag, "bytes": found.bytes, "uploaded_at": put_at}
    item = service.new(import_id, kind=kind, file_name=name, options={}, caller=_CALLER, **about, state="inspecting")
    with suppress(table.ConditionFailed):
        table.commit(partial(_put, item))


def _put(item: Import, transaction: TransactWrite) -> None:
    transaction.save(item, condition=Import.pk.does_not_exist())
    transaction.save(GoAhead.of(item))


def _kind(key: str) -> str | None:
    folder, _, file = key.removeprefix(PREFIX).partition("/")
    kind = kinds.named(folder.partition("-")[0])
    return kind.name if kind and file else None
