"""Notes each change of a customer's record in the transaction that makes it."""

from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.changes import rules
from crm.changes.models import Change, Sources
from crm.changes.rules import Changes
from crm.core.author import Author
from crm.core.table import DocumentAttribute


def note(
    transaction: TransactWrite, *, customer_id: str, place: str, changes: Changes, author: Author, at: str
) -> None:
    """Put one change into the transaction that makes it. `place`: see `rules.place`; `at`: now, as the record has it.

    An update, not a put: who changes a record through a public link has no right to put.
    """
    stamps = {"at": at, **author.marks(), **({"said_at": author.said_at(at)} if author.at else {})}
    actions: list[Action] = [getattr(Change, name).set(value) for name, value in stamps.items()]
    actions += [Change.changes.set(rules.fitting(changes)), Change.entity.set(Change)]
    transaction.update(Change.keyed(customer_id, place), actions)


def trace(transaction: TransactWrite, *, customer_id: str, fields: Iterable[str], author: Author, at: str) -> None:
    """Put into a transaction that the present values of these fields (pointers) are this author's."""
    source = {**author.marks(), "at": author.said_at(at)}
    actions: list[Action] = [_attribute(field).set(source) for field in sorted(fields)]
    if actions:
        transaction.update(Sources.keyed(customer_id), [*actions, Sources.entity.set(Sources)])


def changed(
    transaction: TransactWrite, customer_id: str, *, before: Mapping[str, Any], after: Mapping[str, Any], author: Author
) -> None:
    """Put into the transaction that makes a new version of a profile what changed and where the values are from."""
    changes, at = rules.differences(before, after), after["updated_at"]
    place = rules.place(int(after["version"]))
    note(transaction, customer_id=customer_id, place=place, changes=changes, author=author, at=at)
    trace(transaction, customer_id=customer_id, fields=changes, author=author, at=at)


def registered(transaction: TransactWrite, *, customer_id: str, fields: Mapping[str, Any], author: Author) -> None:
    """Put into the transaction of a registration what was known at once; that has its source with it."""
    changes = rules.differences({}, fields)
    note(
        transaction,
        customer_id=customer_id,
        place=rules.place(1),
        changes=changes,
        author=author,
        at=fields["created_at"],
    )


def _attribute(field: str) -> DocumentAttribute:
    return DocumentAttribute(attr_name=field)
