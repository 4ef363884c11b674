"""The two customers of a relation as they are now, and what a change of it makes of both of their profiles."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.core.author import Author
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.customers.models import Deleted, Merged, Profile
from crm.relations import rules
from crm.relations.rules import BUSINESS, Said


@dataclass(frozen=True)
class Ends:
    """A kind of relation between a customer and another; `other` is None for the business."""

    kind: str
    own: Profile
    other: Profile | None

    @property
    def other_id(self) -> str:
        """The id of the other side, as the relation's key has it."""
        return self.other.customer_id if self.other else BUSINESS

    @cached_property
    def sides(self) -> list[tuple[Profile, str, str]]:
        """Each customer with the kind of the relation as it is seen from there, and the id of the other side."""
        mirror = rules.KINDS[self.kind].mirror
        own = (self.own, self.kind, self.other_id)
        return [own, (self.other, mirror, self.own.customer_id)] if self.other and mirror else [own]

    def write(
        self, transaction: TransactWrite, *, before: Said | None, after: Said | None, author: Author, at: str
    ) -> None:
        """Put into a transaction what the profiles and histories hold when the relation becomes what it is `after`.

        None: there is none. Both profiles are as they were read, or nothing is written.
        """
        for profile, kind, other in self.sides:
            summary: Mapping[str, Any] = profile.relations or {}
            if before is not None:
                summary = rules.without_one(summary, kind, other, before)
            if after is not None:
                summary = rules.with_one(summary, kind, other, after)
            advance(transaction, profile, summary)
            change_service.note(
                transaction,
                customer_id=profile.customer_id,
                place=change_rules.place(int(profile.version), revision=int(profile.revision) + 1),
                changes={change_rules.pointer("relations", kind, other): rules.told(before, after)},
                author=author,
                at=at,
            )


def advance(transaction: TransactWrite, profile: Profile, summary: Mapping[str, Any]) -> None:
    """Put into a transaction what a profile holds of its relations, on the condition that it is as it was read."""
    model = type(profile)
    kept: Action = model.relations.set(dict(summary)) if summary else model.relations.remove()
    actions: list[Action] = [kept, model.revision.set(int(profile.revision) + 1)]
    transaction.update(profile, actions, condition=model.revision == profile.revision)


def read(*, customer_id: str, kind: str, other: str | None) -> Ends:
    """Both sides for a relation to be made. Raises NotFound, InvalidFields, Conflict (a merge is under way)."""
    own = customer_service.get(customer_id=customer_id)
    customer_service.require_whole(own)
    if rules.KINDS[kind].mirror is None:
        if other:
            raise InvalidFields.one(
                "/customer", Reason("a {kind} is one of the business itself; leave it out", kind=kind)
            )
        rules.require_fit(kind, own=own.kind, other=None)
        return Ends(kind, own, None)
    if not other:
        raise InvalidFields.one("/customer", Reason("is missing; send the id of the other customer"))
    if other in (own.customer_id, customer_id):
        raise InvalidFields.one("/customer", Reason("is the same customer; name another one"))
    found = _other(other)
    customer_service.require_whole(found)
    rules.require_fit(kind, own=own.kind, other=found.kind)
    return Ends(kind, own, found)


def stands(customer_id: str) -> Profile | None:
    """A customer's profile under exactly this id, consistently; also of one in the bin. None: there is none."""
    try:
        return Profile.read(customer_id)
    except Profile.DoesNotExist:
        return Deleted.find(customer_id)


def _other(customer_id: str) -> Profile:
    try:
        return Profile.read(customer_id)
    except Profile.DoesNotExist:
        mark = Merged.read(customer_id)
    if mark:
        raise InvalidFields.one("/customer", Reason("was merged into {into}; name that one", into=mark.into))
    if Deleted.find(customer_id):
        remedy = Reason("restore them first: POST /bin/{id}/restore", id=customer_id)
        raise InvalidFields.one("/customer", Reason("is in the bin; {remedy}", remedy=remedy))
    raise InvalidFields.one(
        "/customer", Reason("there is no customer with this id; look for them with GET /customers?search=")
    )
