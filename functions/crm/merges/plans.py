"""Two records as they are now, and the one that they would make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.changes.models import SOURCES
from crm.core import items, table
from crm.core.errors import Conflict, InvalidFields
from crm.core.reason import Reason
from crm.customers import rules as customer_rules
from crm.customers import service as customer_service
from crm.customers.models import Profile, partition
from crm.merges import facts, rules
from crm.merges.rules import Field, Record, Side
from crm.relations import chains
from crm.relations import rules as relation_rules
from crm.suppressions import service as suppression_service


@dataclass(frozen=True)
class Plan:
    """Both profiles as they were read, each as a record, and each field of the one that they make."""

    into: Profile
    old: Profile
    mine: Record
    theirs: Record
    fields: tuple[Field, ...]

    @property
    def values(self) -> dict[str, Any]:
        """The fields of the record that they make."""
        return rules.values_of(self.fields)

    @property
    def relations(self) -> dict[str, Any]:
        """About what their relations come to, until these have been carried over and are summed anew."""
        both = frozenset({self.into.customer_id, self.old.customer_id})
        return relation_rules.united(self.into.relations, self.old.relations, of=both)

    @property
    def facts(self) -> dict[str, Any]:
        """What the events of both add up to."""
        return facts.united(self.into.facts, self.old.facts)


def read(*, into: str, old: str, choices: Mapping[str, Side]) -> Plan:
    """What merging `old` into `into` would make.

    Raises NotFound, Conflict (they are one already, or a merge of one is under way), InvalidFields.
    """
    stays, goes = customer_service.get(customer_id=into), customer_service.get(customer_id=old)
    if stays.customer_id == goes.customer_id:
        raise Conflict(Reason("these two are one record already"))
    for profile in (stays, goes):
        customer_service.require_whole(profile)
    if stays.kind != goes.kind:
        raise InvalidFields.one(
            "/from",
            Reason("is of kind {kind}, the other of kind {other}; change one first", kind=goes.kind, other=stays.kind),
        )
    mine, theirs = _record(stays), _record(goes)
    chains.require_none_of_one(stays, goes)
    fields = rules.united(mine, theirs, choices=choices)
    customer_rules.require_consistent({**rules.values_of(fields), "kind": stays.kind})
    return Plan(stays, goes, mine, theirs, fields)


def plain(profile: Profile) -> dict[str, Any]:
    """A profile as plain values."""
    return table.from_item(profile.serialize())


def sources(customer_id: str) -> dict[str, Any]:
    """Where the values of a record are from, by pointer, with all that stands beside."""
    found = items.one(partition(customer_id), SOURCES) or {}
    return {name: value for name, value in found.items() if "/" in name}


def _record(profile: Profile) -> Record:
    known = plain(profile)
    addresses = sorted(customer_rules.addresses(known))
    refused = (suppression_service.read(address).refused for address in addresses if "@" in address)
    return Record(known, sources(profile.customer_id), frozenset[str]().union(*refused))
