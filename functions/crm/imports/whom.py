"""Whom rows mean: looked up for a whole piece at once, by another program's key, by e-mail address, by phone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.changes import rules as change_rules
from crm.changes.models import CHANGE, SOURCES
from crm.core import ids, items, text
from crm.core.errors import NotFound
from crm.core.reason import NONE, Reason
from crm.customers import service as customer_service
from crm.customers.models import CONTACT, PROFILE, partition
from crm.imports.rules import Standing

_FIRST = f"{CHANGE}{change_rules.place(1)}"


FORGOTTEN = Reason("this person asked to be forgotten")
BY_HAND = Reason("register them by hand if they ask for it themselves")


@dataclass(frozen=True)
class Person:
    """What a row says of whom it is about."""

    reference: str = ""
    email: str = ""
    phone: str = ""
    name: str = ""

    def marks(self) -> tuple[tuple[str, ...], ...]:
        """What makes two rows of a file be about the same person. A phone is shared in many a family."""
        by_phone = ("phone", self.phone, text.strict_key(self.name)) if self.phone else ()
        by_email = ("email", self.email) if self.email else ()
        return tuple(filter(None, (("reference", self.reference) if self.reference else (), by_email, by_phone)))


@dataclass(frozen=True)
class Match:
    """The one customer that a row means (empty: nobody yet), or why it cannot be told."""

    customer: str = ""
    reason: Reason = NONE
    remedy: Reason = NONE


@dataclass
class Known:
    """What the store knows of the people in a piece: holders of addresses, keys of other programs, records."""

    holders: Mapping[str, Collection[str]]
    references: Mapping[str, str]
    profiles: dict[str, Mapping[str, Any]]
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    firsts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def standing(self, customer: str) -> Standing:
        """The record of a customer, and since when its values are true."""
        profile, first = self.profiles[customer], self.firsts.get(customer, {})
        traced = self.sources.get(customer, {})
        sources = {name: str(value["at"]) for name, value in traced.items() if name.startswith("/") and "at" in value}
        since = str(first.get("said_at") or profile["created_at"])
        return Standing(profile, sources, since)

    def match(self, person: Person, *, is_sure: bool = True) -> Match:
        """Whom a row means. `is_sure`: a phone alone is enough where the row has no name, as in lists of purchases."""
        by_email = self._living(self.holders.get(person.email, ())) if person.email else set()
        by_phone = self._living(self.holders.get(person.phone, ())) if person.phone else set()
        named = {one for one in by_phone if self._is_called(one, person.name) or (is_sure and not person.name)}
        referred = self.references.get(person.reference, "") if person.reference else ""
        if referred in self.profiles:
            return self._referred(referred, by_email)
        for column, holders in (("email", by_email), ("phone", named)):
            same = {one for one in holders if self._is_called(one, person.name)}
            found = same if len(holders) > 1 and same else holders
            if len(found) > 1:
                return Match("", _several(column, len(found)), Reason("give the key of one, or merge them"))
            if found:
                return Match(next(iter(found)))
        return Match()

    def others_at(self, address: str, *, besides: str) -> set[str]:
        """Who else has an address."""
        return self._living(self.holders.get(address, ())) - {besides} if address else set()

    def _referred(self, customer: str, by_email: set[str]) -> Match:
        if by_email and customer not in by_email:
            reason = Reason("the key is one customer's, and the e-mail address another's")
            return Match("", reason, Reason("correct one of them, or merge the two customers"))
        return Match(customer)

    def _living(self, customers: Iterable[str]) -> set[str]:
        return {one for one in customers if one in self.profiles}

    def _is_called(self, customer: str, name: str) -> bool:
        return text.strict_key(str(self.profiles[customer]["name"])) == text.strict_key(name)


def _several(column: str, count: int) -> Reason:
    if column == "email":
        return Reason("{count} customers have this e-mail address", count=count)
    return Reason("{count} customers have this phone number", count=count)


def known(people: Iterable[Person], *, with_sources: bool) -> Known:
    """All that the store knows of these people, read now. Raises the store's errors."""
    asked = list(people)
    addresses = {address for one in asked for address in (one.email, one.phone) if address}
    references = {one.reference for one in asked if one.reference}
    found = items.many([(f"CONTACT#{one}", CONTACT) for one in addresses])
    holders = {pk.partition("#")[2]: item.get("customers") or set() for (pk, _), item in found.items()}
    looked = items.many([(f"REFERENCE#{one}", "REFERENCE") for one in references])
    referred = {pk.partition("#")[2]: str(item["customer"]) for (pk, _), item in looked.items()}
    # Our own exports give our own ids. They need no look beside that of the records below.
    ours = {one for one in references - referred.keys() if ids.is_one(one)}
    customers = {one for some in holders.values() for one in some} | set(referred.values()) | ours
    parts = (PROFILE, SOURCES, _FIRST) if with_sources else (PROFILE,)
    stored = items.many([(partition(one), part) for one in customers for part in parts])
    by_part = {
        part: {one: stored[partition(one), part] for one in customers if (partition(one), part) in stored}
        for part in parts
    }
    profiles: dict[str, Mapping[str, Any]] = dict(by_part[PROFILE])
    referred |= {one: one for one in ours if one in profiles}
    referred = {reference: _present(one, profiles) for reference, one in referred.items()}
    return Known(holders, referred, profiles, by_part.get(SOURCES, {}), by_part.get(_FIRST, {}))


def _present(customer: str, profiles: dict[str, Mapping[str, Any]]) -> str:
    """The customer that an id stands for now: it may have been merged into another, or be gone."""
    if customer in profiles:
        return customer
    try:
        profile = customer_service.get(customer_id=customer)
    except NotFound:
        return ""
    profiles[profile.customer_id] = {
        name: value for name, value in profile.attribute_values.items() if value is not None
    }
    return profile.customer_id
