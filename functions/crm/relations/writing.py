"""What a transaction writes for a relation: both items, what both profiles hold, both histories."""

from collections.abc import Callable
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock
from crm.core.author import Author
from crm.relations.ends import Ends
from crm.relations.models import Relation, RelationReceipt
from crm.relations.rules import Said

_ATTRIBUTES = ("roles", "title", "from_", "until", "note")


def new(pair: Ends, said: Said, author: Author) -> Relation:
    """A relation of its first version."""
    now = clock.stamp()
    stamps = {"version": 1, "created_at": now, "created_by": author.who, "updated_at": now}
    return Relation.keyed(pair.own.customer_id, pair.kind, pair.other_id, **stamps, **_attributes(said))


def _attributes(said: Said) -> dict[str, Any]:
    known = {"from_" if name == "from" else name: value for name, value in said.items()}
    return {name: set(value) if name == "roles" else value for name, value in known.items()}


def make(
    transaction: TransactWrite,
    *,
    pair: Ends,
    relation: Relation,
    hold: Callable[[TransactWrite], None],
    author: Author,
    request: tuple[str, str] | None,
) -> None:
    """Put a new relation into a transaction, with the receipt of its request."""
    for one in filter(None, (relation, relation.mirrored())):
        transaction.save(one, condition=Relation.pk.does_not_exist())
    if request:
        receipt = RelationReceipt.keyed(request[0], request_hash=request[1])
        transaction.save(receipt, condition=RelationReceipt.pk.does_not_exist())
    pair.write(transaction, before=None, after=relation.said, author=author, at=relation.created_at)
    hold(transaction)


def rewrite(
    transaction: TransactWrite,
    *,
    pair: Ends,
    relation: Relation,
    after: Said,
    hold: Callable[[TransactWrite], None],
    author: Author,
    at: str,
) -> None:
    """Put into a transaction that a relation says something else, at both of its customers."""
    known = _attributes(after)
    actions: list[Action] = [Relation.version.set(relation.version + 1), Relation.updated_at.set(at)]
    for name in _ATTRIBUTES:
        attribute = getattr(Relation, name)
        actions.append(attribute.set(known[name]) if name in known else attribute.remove())
    for one in filter(None, (relation, relation.mirrored())):
        # An update: what else stands in the item, such as which merge brought it, stays.
        transaction.update(one, actions, condition=_same(relation))
    pair.write(transaction, before=relation.said, after=after, author=author, at=at)
    hold(transaction)


def take(transaction: TransactWrite, *, pair: Ends, relation: Relation, author: Author) -> None:
    """Put into a transaction that a relation is gone, at both of its customers."""
    for one in filter(None, (relation, relation.mirrored())):
        transaction.delete(one, condition=_same(relation))
    pair.write(transaction, before=relation.said, after=None, author=author, at=clock.stamp())


def _same(relation: Relation) -> Condition:
    same: Condition = Relation.version == relation.version
    return same
