"""How much mail that nobody asked for a person has had: what the cap and "one mail per occasion" are counted from.

One item per customer holds the recent claims. It is changed in the transaction of each claim under its revision, so
of two mailers that would pass the cap together one has to decide anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import items
from crm.mail.models import Allowance as Item

# Greetings and marketing share one cap; service mail is about what the person has asked for.
COUNTED = frozenset({"greeting", "marketing"})
# Two rules may greet the same day with offsets of up to 60 days before and after it.
_OCCASION_DAYS = 121


@dataclass(frozen=True)
class Claim:
    """A message that went out, or is about to: its key, the recipient's local day, and the occasion it is about."""

    key: str
    on: date
    occasion: str | None = None


@dataclass(frozen=True)
class Allowance:
    """The recent claims of one customer, the oldest first; `revision` 0: nothing is on record yet."""

    claims: tuple[Claim, ...] = ()
    revision: int = 0

    def counted(self, *, on: date, days: int, but: str) -> int:
        """How many other messages the person had in the `days` that end with `on`."""
        first = on - timedelta(days=days - 1)
        return sum(claim.on >= first for claim in self.claims if claim.key != but)

    def about(self, occasion: str | None, *, but: str) -> Claim | None:
        """Another message about the same occasion."""
        same = (claim for claim in self.claims if occasion and claim.occasion == occasion and claim.key != but)
        return next(same, None)

    def has(self, key: str) -> bool:
        """Whether a message has a place."""
        return any(claim.key == key for claim in self.claims)

    def taken(self, claim: Claim, *, days: int) -> "Allowance":
        """With a place for this message, which counts once however often it is claimed; what is past is dropped."""
        kept = (one for one in self.claims if one.key != claim.key and _matters(one, on=claim.on, days=days))
        return replace(self, claims=(*kept, claim))

    def freed(self, key: str) -> "Allowance":
        """Without the place of a message that certainly did not go out."""
        return replace(self, claims=tuple(claim for claim in self.claims if claim.key != key))


def read(customer_id: str) -> Allowance:
    """The allowance of a customer, consistently; an empty one where nothing is on record."""
    found = items.one(*_key(customer_id))
    return _allowance(found) if found else Allowance()


def read_many(customer_ids: Iterable[str]) -> dict[str, Allowance]:
    """The allowances of many customers, in batches; those without any are left out."""
    keys = {customer_id: _key(customer_id) for customer_id in customer_ids}
    found = items.many(keys.values())
    return {customer_id: _allowance(found[key]) for customer_id, key in keys.items() if key in found}


def write(transaction: TransactWrite, *, customer_id: str, read: Allowance, changed: Allowance) -> None:
    """Put the changed allowance into a transaction, on the condition that nobody has changed it since it was read."""
    item = Item.keyed(customer_id)
    claims = [_stored(claim) for claim in changed.claims]
    unchanged = Item.revision == read.revision if read.revision else Item.pk.does_not_exist()
    actions: list[Action] = [Item.entity.set(Item), Item.claims.set(claims), Item.revision.set(read.revision + 1)]
    transaction.update(item, actions, condition=unchanged)


def _matters(claim: Claim, *, on: date, days: int) -> bool:
    return claim.on > on - timedelta(days=max(days, _OCCASION_DAYS) if claim.occasion else days)


def _key(customer_id: str) -> items.Key:
    item = Item.keyed(customer_id)
    return item.pk, item.sk


def _allowance(values: Mapping[str, Any]) -> Allowance:
    claims = (Claim(one["key"], date.fromisoformat(one["on"]), one.get("occasion")) for one in values["claims"])
    return Allowance(tuple(claims), int(values["revision"]))


def _stored(claim: Claim) -> dict[str, Any]:
    stored = {"key": claim.key, "on": claim.on.isoformat(), "occasion": claim.occasion}
    return {name: value for name, value in stored.items() if value is not None}
