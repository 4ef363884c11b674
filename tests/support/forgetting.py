"""A customer deleted and erased, in process: what the stream and the job do after the request."""

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
