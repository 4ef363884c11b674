"""What the routes about the views take and give."""

from crm.core.fields import Document


class ParkedItem(Document):
    """An item of the truth that cannot be projected: its key `pk|sk`, the class and the place of the error."""

    key: str
    error: str
    parked_at: str
    tried_at: str
    attempts: int


class ParkedList(Document):
    """A page of parked items."""

    items: list[ParkedItem]
    next: str | None = None


class Accepted(Document):
    """The work has been queued."""

    accepted: bool = True
