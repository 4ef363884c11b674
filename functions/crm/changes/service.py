"""Notes each change of a customer's record in the transaction that makes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.changes import rules
from crm.changes.models import CHANGE, OPEN, REFUSED, Change, Sources, partition
from crm.changes.reading import Said
from crm.changes.rules import Changes
from crm.consents import service as consent_service
from crm.consents.service import Shown
from crm.core import cause, outbox
from crm.core.author import Author
from crm.core.table import DocumentAttribute, DocumentsAttribute


@dataclass(frozen=True)
class Beside:
    """What else goes with a change.

    `source`: whose word the new values are, {way, who, of, at}, where it is not the author's. `open`: by pointer all
    that was said against a value and is still to be decided about; `refused`: what was decided against. `told`: what
    the change says of fields that it left as they were. `request`: the id of the request, to know it again.
    """

    source: Said | None = None
    open: Mapping[str, list[Said]] = field(default_factory=dict)
    refused: Mapping[str, list[Said]] = field(default_factory=dict)
    told: Changes = field(default_factory=dict)
    request: str | None = None


NOTHING = Beside()
CHANGED = "customer.changed"

_LAST = 10**10 - 1


def note(
    transaction: TransactWrite,
    *,
    customer_id: str,
    place: str,
    changes: Changes,
    author: Author,
    at: str,
    request: str | None = None,
    by_rule: str | None = None,
) -> None:
    """Put one change into the transaction that makes it. `place`: see `rules.place`; `at`: now, as the record has it.

    `by_rule`: the rule of routing that gave the customer an owner. It is the audit's record, too. An update, not a put:
    who changes a record through a public link has no right to put.
    """
    stamps = {"at": at, **author.marks(), **({"said_at": author.said_at(at)} if author.at else {})}
    stamps |= {"request": request} if request else {}
    stamps |= {"by_rule": by_rule} if by_rule else {}
    actions: list[Action] = [getattr(Change, name).set(value) for name, value in stamps.items()]
    actions += [Change.changes.set(rules.fitting(changes)), Change.entity.set(Change)]
    actions.append(Change.audit.set(cause.carried(customer_id)))
    transaction.update(Change.keyed(customer_id, place), actions)


def tell(transaction: TransactWrite, customer_id: str, *, place: str, changes: Changes, kind: str = CHANGED) -> None:
    """Tell whoever listens that fields of a record changed, and which: never what they hold."""
    if changes:
        said = {"version": rules.version_at(place), "fields": rules.fields_of(changes)}
        outbox.tell(transaction, (kind, {"customer_id": customer_id, **said}))


def changed(
    transaction: TransactWrite,
    customer_id: str,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    author: Author,
    at: str | None = None,
    beside: Beside = NOTHING,
    shown: Shown | None = None,
) -> None:
    """Put into the transaction that changes a profile what changed, and where the values are from.

    `at`: now, where the change makes no new version.
    """
    changes, now = rules.differences(before, after), at or after["updated_at"]
    version, revision = int(after["version"]), int(after["revision"])
    place = rules.place(version, revision=revision if version == before["version"] else None)
    told = {**changes, **beside.told}
    note(
        transaction,
        customer_id=customer_id,
        place=place,
        changes=told,
        author=author,
        at=now,
        request=beside.request,
    )
    tell(transaction, customer_id, place=place, changes=changes)
    source = beside.source or {**author.marks(), "at": author.said_at(now)}
    settled = set(before.get("conflicts") or ()) - set(after.get("conflicts") or ())
    _trace(transaction, customer_id, dict.fromkeys(changes, source), settled, beside)
    # Here, where every way of changing a record comes by, no answer about mail is missed.
    consent_service.note(
        transaction, customer_id=customer_id, before=before, after=after, author=author, at=now, shown=shown
    )


def confirmed(
    transaction: TransactWrite, customer_id: str, *, pointers: Iterable[str], author: Author, at: str
) -> None:
    """Put into a transaction that these values, which stay as they are, are the author's word from now on.

    `at`: now. It makes no version and no change: nothing changed but whose word it is, and of when. Whoever calls has
    the transaction fail where the profile is not as it was read.
    """
    source = {**author.marks(), "at": author.said_at(at)}
    _trace(transaction, customer_id, dict.fromkeys(pointers, source), (), NOTHING)


def registered(
    transaction: TransactWrite,
    *,
    customer_id: str,
    fields: Mapping[str, Any],
    author: Author,
    by_rule: str | None = None,
) -> None:
    """Put into the transaction of a registration what was known at once; that has its source with it."""
    changes, at = rules.differences({}, fields), fields["created_at"]
    place = rules.place(1)
    note(transaction, customer_id=customer_id, place=place, changes=changes, author=author, at=at, by_rule=by_rule)
    tell(transaction, customer_id, place=rules.place(1), changes=changes, kind="customer.created")
    consent_service.note(transaction, customer_id=customer_id, before={}, after=fields, author=author, at=at)


def _trace(
    transaction: TransactWrite, customer_id: str, sources: Mapping[str, Said], settled: Iterable[str], beside: Beside
) -> None:
    actions: list[Action] = [_source(pointer).set(source) for pointer, source in sorted(sources.items())]
    actions += [_said(OPEN, pointer).remove() for pointer in sorted(settled)]
    actions += [_said(OPEN, pointer).set(said) for pointer, said in sorted(beside.open.items())]
    actions += [_said(REFUSED, pointer).set(said) for pointer, said in sorted(beside.refused.items())]
    if actions:
        transaction.update(Sources.keyed(customer_id), [*actions, Sources.entity.set(Sources)])


def _source(pointer: str) -> DocumentAttribute:
    return DocumentAttribute(attr_name=pointer)


def _said(what: str, pointer: str) -> DocumentsAttribute:
    return DocumentsAttribute(attr_name=f"{what}{pointer}")


def one(*, customer_id: str, version: int) -> Change | None:
    """The change that made a version; None if there is none."""
    key = Change.keyed(customer_id, rules.place(version))
    try:
        return Change.get(key.pk, key.sk, consistent_read=True)
    except Change.DoesNotExist:
        return None


def made_since(*, customer_id: str, version: int) -> list[Change]:
    """The changes of fields after a version, in order. What makes no version, such as a group joined, is not in it."""
    later, last = rules.place(version + 1), rules.place(_LAST)
    found = Change.query(
        partition(customer_id), Change.sk.between(f"{CHANGE}{later}", f"{CHANGE}{last}"), consistent_read=True
    )
    return [change for change in found if "#" not in change.sk.removeprefix(CHANGE)]
