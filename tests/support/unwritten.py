"""Written first, refused afterwards: after a refusal, or a failure, nothing may have been changed.

CVE-2026-41160: EspoCRM answered 403, and the row was changed already.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from crm.audit import deeds, kinds
from crm.core.config import settings

CHANGES = frozenset(
    {
        "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem",
        "SendMessage", "SendMessageBatch", "PutObject", "DeleteObject", "DeleteObjects", "SendEmail",
        "AdminCreateUser", "AdminDisableUser", "AdminEnableUser", "AdminUserGlobalSignOut", "PutEvents",
    }
)  # fmt: skip
# Partitions of what may be written before a refusal: that a key was used, and that somebody was refused.
MAY_PRECEDE = ("KEYS", "AUDIT#DENIED#")


class _Noted(threading.local):
    """The changes under the request that this thread is answering; None: it answers none."""

    changes: list[tuple[str, Any]] | None = None


_noted = _Noted()


def note(operation: str, parameters: dict[str, Any]) -> None:
    """A call of AWS that was answered: what was refused by its condition has changed nothing."""
    if _noted.changes is not None and operation in CHANGES:
        _noted.changes.append((operation, parameters))


def lost(operation: str) -> None:
    """The answer to a call was lost: a request cannot say whether its one change was made, or read what came of it.

    It fails, and is asked again. A change before another one whose answer was lost stands: a request makes one.
    """
    if _noted.changes:
        if operation in CHANGES:
            _noted.changes.pop()
        else:
            _noted.changes.clear()


@contextmanager
def watched() -> Iterator[list[tuple[str, Any]]]:
    """The changes that are made meanwhile by this thread."""
    before, _noted.changes = _noted.changes, []
    try:
        yield _noted.changes
    finally:
        _noted.changes = before


def require_none(changes: list[tuple[str, Any]], *, status: int, what: str) -> None:
    """Raise AssertionError where a request was refused (4xx), or failed (5xx), after something was changed.

    What failed may have been written only where no answer came back to say so: see `lost`.
    """
    if status < 400:
        return
    told = [change for change in changes if not _may_precede(*change)]
    assert not told, f"{what} was answered {status} after {told}"


def require_recorded(changes: list[tuple[str, Any]], *, what: str) -> None:
    """Raise AssertionError where a request has changed the truth and no record of who did it stands beside."""
    for operation, parameters in changes:
        if parameters.get("TableName", settings().crm_table) != settings().crm_table:
            continue
        writes = list(_writes(operation, parameters))
        unrecorded = [write for write in writes if kinds.is_told(deeds.deed(write))]
        assert not unrecorded or any(map(deeds.carries, writes)), f"{what} left no record of {unrecorded}"


def _writes(operation: str, parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a call writes into the truth, each as in a transaction."""
    match operation:
        case "TransactWriteItems":
            for one in parameters["TransactItems"]:
                ((kind, told),) = one.items()
                if kind != "ConditionCheck" and told["TableName"] == settings().crm_table:
                    yield one
        case "PutItem" | "UpdateItem" | "DeleteItem":
            yield {operation.removesuffix("Item"): parameters}
        case "BatchWriteItem":
            for one in parameters["RequestItems"].get(settings().crm_table, ()):
                ((kind, told),) = one.items()
                yield {kind.removesuffix("Request"): told}


def _may_precede(operation: str, parameters: dict[str, Any]) -> bool:
    writes = list(_writes(operation, parameters))
    return bool(writes) and all(deeds.deed(write).key[0].startswith(MAY_PRECEDE) for write in writes)
