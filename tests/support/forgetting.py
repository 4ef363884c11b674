"""A customer deleted and erased, in process: what the stream and the job do after the request."""

from crm.customers.erasure import erase
from crm.privacy import erasures


def begin(customer_id: str) -> None:
    """Begin the erasure of who is in the bin."""
    erasures.begin(customer_id=customer_id)


def empty(customer_id: str) -> None:
    """Erase who is in the bin, to the end."""
    begin(customer_id)
    erase(customer_id=customer_id)
