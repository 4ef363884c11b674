"""Has the search follow when other fields are searched: the rules' epoch is raised, and all customers projected."""

from pynamodb.transactions import TransactWrite

from crm.core import queue
from crm.core.config import settings
from crm.own_fields.models import SearchEpoch


def raised(transaction: TransactWrite, epoch: int) -> None:
    """Put the next epoch into a transaction, on the condition that it is as it was read."""
    as_read = SearchEpoch.epoch == epoch
    if epoch == 0:
        as_read |= SearchEpoch.epoch.does_not_exist()
    transaction.update(SearchEpoch.keyed(), [SearchEpoch.epoch.set(epoch + 1)], condition=as_read)


def follow(is_asked: bool) -> None:
    """Have all customers projected, where that `is_asked`; at an epoch that is swept already it does nothing."""
    if is_asked:
        queue.send(settings().jobs_queue_url, {"job": "sweep", "epoch": SearchEpoch.read()})
