"""What an erasure takes away with others: the mirrors of who is erased, and their places in the others' profiles."""

from collections.abc import Callable
from functools import partial

from pynamodb.transactions import TransactWrite

from crm.core import table
from crm.core.errors import StoreUnavailable
from crm.customers.models import Profile
from crm.relations import ends, rules
from crm.relations.models import Relation

Write = Callable[[TransactWrite], None]
_TRIES = 12


def forget(*, customer_id: str, sk: str, also: Write) -> int:
    """Take away the mirror of one of a customer's relations (by its sort key), with what `also` writes; 0: none there.

    The other one may be in the bin, or be erased at the same time.
    """
    _, kind, other = sk.split("#")
    mirror = rules.KINDS[kind].mirror if kind in rules.KINDS else None
    for _ in range(_TRIES):
        found = Relation.find(other, mirror, customer_id) if mirror else None
        if found is None:
            return 0
        try:
            table.commit(partial(_write, found=found, profile=ends.stands(other), also=also))
        except table.ConditionFailed:
            continue
        return 1
    raise StoreUnavailable("somebody related to this customer is being changed by many at once")


def _write(transaction: TransactWrite, *, found: Relation, profile: Profile | None, also: Write) -> None:
    transaction.delete(found, condition=Relation.version == found.version)
    if profile:
        left = rules.without_one(profile.relations, found.kind, found.other, found.said)
        ends.advance(transaction, profile, left)
    also(transaction)
