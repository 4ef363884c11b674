"""The beginning of an erasure: from then on a deleted customer cannot be restored, and a job empties the partition."""

from pynamodb.transactions import TransactWrite

from crm.core import clock, table
from crm.core.errors import StoreUnavailable
from crm.customers.models import Deleted, Erasing, InBin

_TRIES = 8


def begin(*, customer_id: str) -> None:
    """Have all of a customer in the bin erased; nothing for who is not there (any more).

    The deleted profile stays to the end of it: as long as it stands, nobody is reminded of the customer.
    """
    for _ in range(_TRIES):
        deleted = Deleted.find(customer_id)
        if deleted is None or _written(deleted):
            return
    raise StoreUnavailable("this customer is being changed by many at once")


def _written(deleted: Deleted) -> bool:
    erasing = Erasing.keyed(deleted.customer_id, requested_at=clock.stamp())

    def write(transaction: TransactWrite) -> None:
        same = Deleted.revision == deleted.revision
        transaction.condition_check(Deleted, deleted.pk, deleted.sk, condition=same)
        transaction.delete(InBin.keyed(deleted.customer_id, deleted_at=deleted.deleted_at))
        transaction.save(erasing)

    try:
        table.commit(write)
    except table.ConditionFailed:
        return False
    return True
