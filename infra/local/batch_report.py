"""What a function's answer says about the records of its batch (`ReportBatchItemFailures`).

Source: Lambda's guide, "Configuring partial batch response": no list, null or an empty list is success; an entry
without a usable identifier, or one that names nothing in the batch, fails the whole batch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from infra.local.sandbox import InvokeResult


def failed(result: InvokeResult, identifiers: Sequence[str], *, reports: bool) -> set[str]:
    """Return the identifiers that failed. Without `reports` only the outcome of the whole call counts."""
    if result.function_error:
        return set(identifiers)
    if not reports:
        return set()
    answer = json.loads(result.payload or b"null")
    entries = answer.get("batchItemFailures") if isinstance(answer, Mapping) else None
    if not entries:
        return set()
    named = {_identifier(entry) for entry in entries} if isinstance(entries, list) else {None}
    return {name for name in named if name} if named <= set(identifiers) else set(identifiers)


def _identifier(entry: Any) -> str | None:
    identifier = entry.get("itemIdentifier") if isinstance(entry, Mapping) else None
    return identifier if isinstance(identifier, str) else None
