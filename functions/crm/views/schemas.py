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


class Reconciled(Document):
    """When all views were last held against the truth, how much had drifted, and how much of that was mended."""

    at: str
    drift: int
    repaired: int


class FamilyOfViews(Document):
    """What the last reconciliation looked at and found of one family of views; sums are the family `totals`."""

    family: str
    items: int
    drift: int
    repaired: int


class JobProgress(Document):
    """The latest run of work over everything: `done` of `expected` items, null where nobody knows; share 0 to 1."""

    job: str
    begun_at: str
    finished_at: str | None
    done: int
    expected: int | None
    share: float | None


class Views(Document):
    """How the views stand. Not `whole`: they are being built anew, and lists answer 503. `parked`: 1000 at most."""

    whole: bool
    reconciled: Reconciled | None
    families: list[FamilyOfViews]
    jobs: list[JobProgress]
    parked: int
