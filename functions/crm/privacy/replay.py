"""After a restore from a backup: everybody who was erased since the backup is erased again.

The list of erasures stands apart from the table (`crm.privacy.ledger`). It may be gone through any number of times.
"""

from collections.abc import Iterator

from crm.core import clock, table
from crm.core.author import Author
from crm.core.errors import NotFound
from crm.customers.models import MERGED, Erased, Erasing, partition
from crm.privacy import erasures, ledger
from crm.privacy.ledger import Entry
from crm.privacy.models import Erasure
from crm.privacy.partition import keys
from crm.suppressions import forgotten

_AGAIN = Author(who="", way="restore")


def replay() -> Iterator[str]:
    """Begin all erasures again that the table does not know as done; the ids of those who are to be emptied."""
    for entry in ledger.entries():
        if _comes_back(entry):
            yield entry.customer_id
        for old in entry.merged:
            # A record that was merged into theirs since the backup stands by itself again.
            if any(sk != MERGED for _, sk in keys(partition(old))):
                erasures.begin(customer_id=old, author=_AGAIN)
                yield old


def _comes_back(entry: Entry) -> bool:
    """Bar the addresses, and have everything erased that a backup brought back; whether there is any."""
    table.commit(lambda transaction: forgotten.forget(transaction, entry.prints))
    if next(keys(partition(entry.customer_id)), None) is None:
        if Erasure.find(entry.customer_id) is None:
            _note(entry)
        return False
    if Erasing.find(entry.customer_id) is None:
        _begin(entry)
    return True


def _begin(entry: Entry) -> None:
    # The backup may hold a record of it that says it is done.
    Erasure.keyed(entry.customer_id).delete()
    try:
        erasures.begin(customer_id=entry.customer_id, author=_AGAIN)
    except NotFound:
        # Without a profile: the backup is of a moment when the erasure was half done.
        Erasing.keyed(entry.customer_id, requested_at=entry.requested_at).save()
        Erased.keyed(entry.customer_id).save()


def _note(entry: Entry) -> None:
    """The table does not know of it, and there is nothing to take away: then it is done."""
    Erased.keyed(entry.customer_id).save()
    erasure = Erasure.keyed(entry.customer_id)
    erasure.requested_at, erasure.way, erasure.state = entry.requested_at, _AGAIN.way, "done"
    erasure.erased, erasure.shared_addresses, erasure.finished_at = {}, 0, clock.stamp()
    erasure.marks = {printed: key_id for key_id, printed in entry.prints}
    erasure.save()
