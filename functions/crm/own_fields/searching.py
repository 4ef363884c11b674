"""Has the search follow when other fields are searched: the rules' epoch is raised, and its stream record has
all customers projected.
"""

from pynamodb.transactions import TransactWrite

from crm.own_fields.models import SearchEpoch


def raised(transaction: TransactWrite, epoch: int) -> None:
    """Put the next epoch into a transaction, on the condition that it is as it was read."""
    as_read = SearchEpoch.epoch == epoch
    if epoch == 0:
        as_read |= SearchEpoch.epoch.does_not_exist()
    transaction.update(SearchEpoch.keyed(), [SearchEpoch.epoch.set(epoch + 1)], condition=as_read)
