"""The timeline as it goes out over HTTP."""

from collections.abc import Collection
from typing import Any, Self

from crm.core.fields import Document
from crm.core.veiled import Veiled
from crm.timeline import rules


class Entry(Veiled):
    """One thing that happened; `details` are those of its kind."""

    id: str
    kind: str
    at: str
    recorded_at: str
    recorded_by: str
    details: dict[str, Any]

    def veiled(self, hidden: Collection[str]) -> Self | None:
        return self.model_copy(update={"details": rules.visible(self.kind, self.details, hidden)})


class Timeline(Document):
    """One page of all that happened, newest first."""

    items: list[Entry]
    next: str | None
