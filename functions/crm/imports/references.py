"""Keys by which other programs know customers: looked up by the key, and found again with the customer."""

from collections.abc import Callable

from pynamodb.transactions import TransactWrite

from crm.core import clock, items, table
from crm.core.errors import NotFound
from crm.customers import service as customer_service
from crm.customers.models import partition
from crm.imports.models import KnownAs, Reference

_PREFIX = "REFERENCE#"


def claim(reference: str, *, customer_id: str, instead_of: str = "") -> Callable[[TransactWrite], None]:
    """Put into a transaction that a key means a customer, on the condition that it means nobody else.

    `instead_of`: whom it meant until now, and who is gone.
    """
    nobody = Reference.customer.does_not_exist() | Reference.customer.is_in(customer_id, instead_of or customer_id)

    def write(transaction: TransactWrite) -> None:
        transaction.save(Reference.keyed(reference, customer=customer_id), condition=nobody)
        transaction.save(KnownAs.keyed(customer_id, reference, since=clock.stamp()))

    return write


def attach(reference: str, *, customer_id: str) -> None:
    """Let a key mean a customer from now on. Raises table.ConditionFailed if it means another, who is still there."""
    try:
        table.commit(claim(reference, customer_id=customer_id))
    except table.ConditionFailed:
        meant = str((items.one(f"{_PREFIX}{reference}", "REFERENCE") or {}).get("customer", ""))
        if not meant or _is_there(meant):
            raise
        table.commit(claim(reference, customer_id=customer_id, instead_of=meant))


def _is_there(customer_id: str) -> bool:
    try:
        customer_service.get(customer_id=customer_id)
    except NotFound:
        return False
    return True


def release(*, customer_id: str) -> int:
    """Let all keys of a customer mean nobody, before their partition is emptied; return how many there were."""
    keys = [
        item["sk"]["S"] for item in items.since(partition(customer_id), _PREFIX) if item["sk"]["S"].startswith(_PREFIX)
    ]
    for key in keys:
        detach(key.removeprefix(_PREFIX), customer_id=customer_id)
    return len(keys)


def detach(reference: str, *, customer_id: str) -> None:
    """Let a key mean nobody any more, if it means this customer."""

    def write(transaction: TransactWrite) -> None:
        transaction.delete(Reference.keyed(reference), condition=Reference.customer == customer_id)
        transaction.delete(KnownAs.keyed(customer_id, reference))

    try:
        table.commit(write)
    except table.ConditionFailed:
        # It means another by now.
        table.commit(lambda transaction: transaction.delete(KnownAs.keyed(customer_id, reference)))
