"""The job of an erasure, in pieces, each of which may die anywhere and be done again."""

import math
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, outbox, table
from crm.core.places import Person, Place
from crm.customers.models import DELETED, Erasing
from crm.customers.models import partition as partition_of
from crm.privacy import ledger, partition, receipts
from crm.privacy.models import Erasure

_MOST = 2000
"""Items in one message: a minute at the worst."""
_LONGEST_LIFE = timedelta(minutes=15)
"""As long as Lambda lets a process live at most, and as SQS delays."""


def erase(*, customer_id: str, places: Sequence[Place], most: int = _MOST) -> bool:
    """Take away some of what is kept of a customer who is being erased; False: there is more to do.

    The partition first, then the other places, then what came into the partition meanwhile, and the marks last. Where
    a function was at work in one of the places, it may have read before and write afterwards: then it begins with them
    again when that must be over. Does nothing to a customer who is not being erased.
    """
    erasing = Erasing.find(customer_id)
    if erasing is None:
        return True
    erasure = Erasure.find(customer_id) or _adopted(erasing)
    if not partition.empty(erasure, most=most):
        return False
    if pause(customer_id=customer_id):
        return False
    # Asked before: who is done by then has read nothing that was gone.
    is_busy = erasure.again_at is None and any(place.is_busy() for place in places)
    _go_through(erasure, erasing, places)
    if is_busy:
        _begin_again_later(erasure)
        return False
    if not partition.empty(erasure, most=most):
        return False
    # Nobody is reminded of the customer as long as it stands.
    partition.take(erasure, [(partition_of(customer_id), DELETED)])
    ledger.keep(erasure, merged=erasing.merged or ())
    _finish(erasing)
    return True


def pause(*, customer_id: str) -> int:
    """For how many seconds there is nothing to do in an erasure."""
    erasure = Erasure.find(customer_id)
    if erasure is None or erasure.again_at is None:
        return 0
    left = datetime.fromisoformat(erasure.again_at) - clock.now()
    return min(max(0, math.ceil(left.total_seconds())), int(_LONGEST_LIFE.total_seconds()))


def _begin_again_later(erasure: Erasure) -> None:
    at = clock.instant(clock.now() + _LONGEST_LIFE)

    def write(transaction: TransactWrite) -> None:
        again: list[Action] = [Erasure.again_at.set(at), Erasure.places_done.remove()]
        transaction.update(Erasure.keyed(erasure.customer_id), again, condition=Erasure.again_at.does_not_exist())

    with suppress(table.ConditionFailed):  # another was first
        table.commit(write)


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
        path = Path(["erased", place])
        actions.append(path.set((path | 0) + taken))

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
        outbox.tell(transaction, ("customer.erased", {"customer_id": erasing.customer_id}))

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
