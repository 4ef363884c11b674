"""Written first, refused afterwards: after a refusal nothing that changes anything may have left the process.

CVE-2026-41160: EspoCRM answered 403, and the row was changed already.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CHANGES = frozenset(
    {
        "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem",
        "SendMessage", "SendMessageBatch", "PutObject", "DeleteObject", "DeleteObjects", "SendEmail",
        "AdminCreateUser", "AdminDisableUser", "AdminEnableUser", "AdminUserGlobalSignOut", "PutEvents",
    }
)  # fmt: skip
# What may stand before a refusal: that a key was used, and that somebody was refused.
MAY_PRECEDE = ("KEYS", "AUDIT", "DENIED")


class _Noted(threading.local):
    """The changes under the request that this thread is answering; None: it answers none."""

    changes: list[tuple[str, Any]] | None = None


_noted = _Noted()


def note(operation: str, parameters: dict[str, Any]) -> None:
    """A call of AWS that was answered: what was refused by its condition has changed nothing."""
    if _noted.changes is not None and operation in CHANGES:
        _noted.changes.append((operation, parameters))


@contextmanager
def watched() -> Iterator[list[tuple[str, Any]]]:
    """The changes that are made meanwhile by this thread."""
    before, _noted.changes = _noted.changes, []
    try:
        yield _noted.changes
    finally:
        _noted.changes = before


def require_none(changes: list[tuple[str, Any]], *, status: int, what: str) -> None:
    """Raise AssertionError where a request was refused (4xx) after something was changed."""
    told = [change for change in changes if not any(f"'{name}" in str(change[1]) for name in MAY_PRECEDE)]
    assert not (400 <= status < 500 and told), f"{what} was answered {status} after {told}"
