"""A customer deleted and erased, in process: what the stream and the job do after the request."""

from collections.abc import Iterable, Iterator
from typing import Any

from crm.core.author import Author
from crm.privacy import erasures
from crm.privacy.erasing import erase


def begin(customer_id: str) -> None:
    """Begin the erasure of who is in the bin."""
    erasures.begin(customer_id=customer_id, author=Author(who="manager"))


def empty(customer_id: str) -> None:
    """Erase who is in the bin, to the end."""
    begin(customer_id)
    from handlers.jobs import PLACES  # noqa: PLC0415 - after the settings are in place

    assert erase(customer_id=customer_id, places=PLACES)


def but_the_audit(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What is left of the truth beside the audit, which stays: ids and salted hashes (tests/audit/test_erased.py)."""
    return (item for item in items if not item["pk"]["S"].startswith("AUDIT#"))
