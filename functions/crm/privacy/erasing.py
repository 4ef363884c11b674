"""The job of an erasure, in pieces, each of which may die anywhere and be done again."""

from collections.abc import Sequence

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, table
from crm.core.places import Person, Place
from crm.customers.models import DELETED, Erasing
from crm.customers.models import partition as partition_of
from crm.privacy import ledger, partition, receipts
from crm.privacy.models import Erasure

_MOST = 2000
"""Items in one message: a minute at the worst."""


def erase(*, customer_id: str, places: Sequence[Place], most: int = _MOST) -> bool:
    """Take away some of what is kept of a customer who is being erased; False: there is more to do.

    The partition first, then the other places, then what came into the partition meanwhile, and the marks last. Does
    nothing to a customer who is not being erased.
    """
    erasing = Erasing.find(customer_id)
    if erasing is None:
        return True
    erasure = Erasure.find(customer_id) or _adopted(erasing)
    if not partition.empty(erasure, most=most):
        return False
    _go_through(erasure, erasing, places)
    if not partition.empty(erasure, most=most):
        return False
    # Nobody is reminded of the customer as long as it stands.
    partition.take(erasure, [(partition_of(customer_id), DELETED)])
    ledger.keep(erasure, merged=erasing.merged or ())
    _finish(erasing)
    return True


def _go_through(erasure: Erasure, erasing: Erasing, places: Sequence[Place]) -> None:
    known = (frozenset(found or ()) for found in (erasing.addresses, erasing.names, erasing.merged))
    person = Person(erasure.customer_id, *known)
    for place in places:
        if place.name not in (erasure.places_done or ()):
            _note(erasure, place.name, taken=place.erase(person))


def _note(erasure: Erasure, place: str, *, taken: int) -> None:
    """A place counts once it is done; what an attempt took that died before is not in the count."""
    actions: list[Action] = [Erasure.places_done.add({place})]
    if taken:
        actions.append(Path(["erased", place]).set(taken))

    def write(transaction: TransactWrite) -> None:
        transaction.update(Erasure.keyed(erasure.customer_id), actions, condition=Erasure.pk.exists())

    table.commit(write)


def _finish(erasing: Erasing) -> None:
    """The receipt, and the end of the work, together: so there is one receipt, and all that it says was done."""
    erasure = Erasure.find(erasing.customer_id)
    if erasure is None:
        return
    now = clock.stamp()
    receipt = receipts.issue(erasure, finished_at=now)

    def write(transaction: TransactWrite) -> None:
        done: list[Action] = [Erasure.state.set("done"), Erasure.finished_at.set(now), Erasure.receipt.set(receipt)]
        transaction.update(Erasure.keyed(erasing.customer_id), done, condition=Erasure.state == "running")
        transaction.delete(erasing)

    try:
        table.commit(write)
    except table.ConditionFailed:
        # Another was first; only its own mark may be left.
        table.commit(lambda transaction: transaction.delete(erasing))


def _adopted(erasing: Erasing) -> Erasure:
    """The record of an erasure that has none: asked for before there were records, or in a backup."""
    erasure = Erasure.keyed(erasing.customer_id)
    erasure.requested_at, erasure.way, erasure.state = erasing.requested_at, "upkeep", "running"
    erasure.erased, erasure.marks, erasure.shared_addresses = {}, {}, 0
    erasure.save()
    return erasure
