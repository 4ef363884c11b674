"""The timeline as it goes out over HTTP."""

from typing import Any

from crm.core.fields import Document


class Entry(Document):
    """One thing that happened; `details` are those of its kind."""

    id: str
    kind: str
    at: str
    recorded_at: str
    recorded_by: str
    details: dict[str, Any]


class Timeline(Document):
    """One page of all that happened, newest first."""

    items: list[Entry]
    next: str | None
