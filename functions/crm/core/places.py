"""Where personal data stand outside the customer's own partition: what an erasure has to go through as well.

A slice that keeps such data has a function that takes them away, and stands with it in `PLACES` of handlers/jobs.py.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Whom an erasure is about: the id, all e-mail addresses and phone numbers known, and all names, as stored.

    `merged` are the ids of records that were merged into theirs.
    """

    customer_id: str
    addresses: frozenset[str]
    names: frozenset[str]
    merged: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """All ids under which they are known."""
        return self.merged | {self.customer_id}


def _quiet() -> bool:
    return False


@dataclass(frozen=True)
class Place:
    """`erase` takes away all that is kept of a person there, and says how much that was.

    It may be called again after it died anywhere, and then finishes what it began; what it raises has the whole erasure
    come again. `name` stands in the receipt, such as "import files". `is_busy` says whether a function may have read
    there of whom it will write after the erasure came by: then all places are gone through again when it must be over.
    """

    name: str
    erase: Callable[[Person], int]
    is_busy: Callable[[], bool] = _quiet
