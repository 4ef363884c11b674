"""The one transaction in which two records become one for every reader.

Both profiles are as they were read, or nothing is written. What cannot be told from the items that go over later (the
facts, what was bought, who has an address, what the records were) is written here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.changes.models import OPEN, REFUSED, Sources
from crm.core import outbox
from crm.core.author import Author
from crm.core.table import DocumentAttribute, DocumentsAttribute
from crm.customers import rules as customer_rules
from crm.customers.models import Contact, Merged, Profile
from crm.merges.models import Before, Merge, MergePointer
from crm.merges.plans import Plan, plain
from crm.merges.rules import Field
from crm.purchases import service as purchase_service


@dataclass(frozen=True)
class Switch:
    """A merge to be written: its plan, its id, by whom, under which hash of the request, now, and for how long."""

    plan: Plan
    merge_id: str
    by: str
    request_hash: str
    at: str
    undo_until: str

    def write(self, transaction: TransactWrite) -> None:
        """Put all of it into a transaction."""
        into, old = self.plan.into, self.plan.old
        transaction.save(self.united, condition=Profile.revision == into.revision)
        transaction.delete(old, condition=Profile.revision == old.revision)
        mark = Merged.keyed(old.customer_id, into=into.customer_id, merge=self.merge_id, request_hash=old.request_hash)
        transaction.save(mark, condition=Merged.pk.does_not_exist())
        transaction.save(self.merge, condition=Merge.pk.does_not_exist())
        pointer = MergePointer.keyed(self.merge_id, customer=into.customer_id, request_hash=self.request_hash)
        transaction.save(pointer, condition=MergePointer.pk.does_not_exist())
        self._keep(transaction)
        self._sources(transaction)
        purchase_service.unite(transaction, into=into.customer_id, old=old.customer_id)
        readdress(
            transaction,
            {into.customer_id: customer_rules.addresses(self._after), old.customer_id: set[str]()},
            also=customer_rules.addresses(self.plan.mine.profile) | customer_rules.addresses(self.plan.theirs.profile),
        )

    @cached_property
    def united(self) -> Profile:
        """The profile that stands afterwards."""
        return Profile.keyed(self.plan.into.customer_id, **self._after)

    @cached_property
    def merge(self) -> Merge:
        """The record of the merge."""
        into, old = self.plan.into.customer_id, self.plan.old.customer_id
        fields = [{"field": one.field, "wins": one.wins, "why": one.why} for one in self.plan.fields]
        stamps = {"at": self.at, "by": self.by, "undo_until": self.undo_until}
        return Merge.keyed(into, self.merge_id, into=into, old=old, state="moving", fields=fields, **stamps)

    @cached_property
    def _after(self) -> dict[str, Any]:
        """What the profile holds afterwards."""
        into, old = self.plan.into, self.plan.old
        first = min((into, old), key=lambda one: one.created_at)
        kept = {"kind": into.kind, "request_hash": into.request_hash, "updated_at": self.at}
        made = {"created_at": first.created_at, "created_by": first.created_by}
        # Whoever looked at either before must not take the one that they make for it.
        counts = {
            "version": int(max(into.version, old.version)) + 1,
            "revision": int(max(into.revision, old.revision)) + 1,
        }
        return {
            **self.plan.values,
            **kept,
            **made,
            **counts,
            **self._marks(),
        }

    def _marks(self) -> dict[str, Any]:
        """What no person fills."""
        merging = {"merge": self.merge_id, "other": self.plan.old.customer_id}
        return {
            "facts": self.plan.facts,
            "relations": self.plan.relations or None,
            "merging": merging,
            "conflicts": self._conflicts(),
        }

    def _keep(self, transaction: TransactWrite) -> None:
        """What the records were, for the undoing."""
        until = int(datetime.fromisoformat(self.undo_until).timestamp())
        mine, theirs = self.plan.mine, self.plan.theirs
        after = {name: value for name, value in self._after.items() if value is not None}
        known: Mapping[str, tuple[Any, Any]] = {
            "into": (mine.profile, mine.sources),
            "old": (theirs.profile, theirs.sources),
            "after": (after, None),
        }
        for which, (profile, sources) in known.items():
            place = {"profile": _stored(profile), "sources": dict(sources) if sources else None, "expires_at": until}
            transaction.save(Before.keyed(self.plan.into.customer_id, self.merge_id, which, **place))

    def _sources(self, transaction: TransactWrite) -> None:
        """The change in the history, and each value that came with the source that it had."""
        into = self.plan.into.customer_id
        before = plain(self.plan.into)
        change_service.note(
            transaction,
            customer_id=into,
            place=change_rules.place(self._after["version"]),
            changes=change_rules.differences(before, self._after),
            author=Author(self.by, "merge", self.merge_id),
            at=self.at,
        )
        outbox.tell(transaction, ("customer.merged", {"customer_id": into, "merged_id": self.plan.old.customer_id}))
        came = [one for one in self.plan.fields if one.wins == "from"]
        there, here = self.plan.theirs.sources, self.plan.mine.sources
        # What was said against a value goes where the value goes.
        beside = [f"{mark}{one.field}" for one in came for mark in (OPEN, REFUSED)]
        known = {one.field: self._source(one) for one in came} | {name: there[name] for name in beside if name in there}
        put_sources(transaction, into, known, gone=[name for name in beside if name in here and name not in there])
        # Also one that has been emptied: carried over as an item like others, it would come back over another.
        transaction.delete(Sources.keyed(self.plan.old.customer_id))

    def _conflicts(self) -> set[str] | None:
        came = {one.field for one in self.plan.fields if one.wins == "from"}
        mine, theirs = set(self.plan.into.conflicts or ()), set(self.plan.old.conflicts or ())
        return (mine - came) | (theirs & came) or None

    def _source(self, one: Field) -> dict[str, Any]:
        known = self.plan.theirs.sources.get(one.field)
        if known:
            return dict(known)
        return {"way": "staff", "who": self.plan.old.created_by, "at": self.plan.theirs.known_since(one.field)}


def readdress(transaction: TransactWrite, holds: Mapping[str, set[str]], *, also: set[str]) -> None:
    """Let addresses lead to those who hold them now: by customer their addresses; `also` those that one held before."""
    for address in sorted(also.union(*holds.values())):
        contact = Contact.read(address)
        had = set(contact.customers or ()) if contact else set[str]()
        has = had - holds.keys() | {one for one, addresses in holds.items() if address in addresses}
        if has == had:
            continue
        same = Contact.customers == had if had else Contact.customers.does_not_exist()
        if not has:
            transaction.delete(Contact.keyed(address), condition=same)
        else:
            actions: list[Action] = [Contact.customers.set(has), Contact.entity.set(Contact)]
            transaction.update(Contact.keyed(address), actions, condition=same)


def put_sources(transaction: TransactWrite, customer_id: str, known: Mapping[str, Any], *, gone: Iterable[str]) -> None:
    """Put where values are from, and what was said against them, beside a record; take what is `gone` away."""
    actions: list[Action] = [attribute(name).set(value) for name, value in known.items()]
    actions += [attribute(name).remove() for name in gone]
    if actions:
        transaction.update(Sources.keyed(customer_id), [*actions, Sources.entity.set(Sources)])


def attribute(name: str) -> Attribute[Any]:
    """An attribute of what stands beside a record."""
    kind = DocumentsAttribute if name[0] in (OPEN[0], REFUSED[0]) else DocumentAttribute
    return kind(attr_name=name)


def _stored(profile: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in profile.items() if name not in ("pk", "sk", "entity")}
