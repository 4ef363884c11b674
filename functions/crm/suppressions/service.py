"""Which addresses mail may not go to, and why: what failed or was complained of, and what the person refused.

Failures and complaints stop everything to a customer until they are lifted. A refusal is the person's own word about
some purposes: it belongs to the address, so it outlives a deletion and stands against a new record or an import.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock, items, table
from crm.core.errors import StoreUnavailable
from crm.suppressions.models import Suppression

Kind = Literal["hard_bounce", "complaint", "soft_bounces"]
KINDS: tuple[Kind, ...] = ("hard_bounce", "complaint", "soft_bounces")
# Before there were kinds, a stop was a sentence only.
_EARLIER: Kind = "hard_bounce"
_TRIES = 4


@dataclass(frozen=True)
class Stop:
    """Why no mail at all goes to an address, and since when."""

    kind: Kind
    reason: str
    since: str


@dataclass(frozen=True)
class Suppressed:
    """What keeps mail from one address; nothing, for nearly all."""

    stops: Mapping[Kind, Stop] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()


def read(address: str | None) -> Suppressed:
    """What keeps mail from an address, consistently."""
    found = items.one(*_key(address)) if address else None
    return _suppressed(found) if found else Suppressed()


def read_many(addresses: Iterable[str]) -> dict[str, Suppressed]:
    """The same for many addresses, in batches; those that nothing is known of are left out."""
    keys = {address: _key(address) for address in addresses}
    found = items.many(set(keys.values()))
    return {address: _suppressed(found[key]) for address, key in keys.items() if key in found}


def stop(transaction: TransactWrite, address: str, *, kind: Kind, reason: str) -> None:
    """Let no mail go to a customer at this address any more."""
    attribute = getattr(Suppression, kind)
    _update(transaction, address, attribute.set({"reason": reason, "since": clock.stamp()}))


def take_back(transaction: TransactWrite, address: str, *, kind: Kind) -> None:
    """A stop of this kind was wrong, as a late report shows."""
    _update(transaction, address, getattr(Suppression, kind).remove())


def allow(transaction: TransactWrite, address: str, *, purposes: Iterable[str]) -> None:
    """Take a refusal back: for the person's own act, or for staff who was told so; never for an import."""
    _update(transaction, address, Suppression.refused.delete(set(purposes)))


def answer(transaction: TransactWrite, address: str, *, answers: Mapping[str, bool | None], seen: Suppressed) -> None:
    """Note what the person at this address answered for each purpose, on the condition that `seen` still holds."""
    refused = (seen.refused | {purpose for purpose, said in answers.items() if said is False}) - {
        purpose for purpose, said in answers.items() if said is not False
    }
    if refused != seen.refused:
        action = Suppression.refused.set(set(refused)) if refused else Suppression.refused.remove()
        same = Suppression.refused == set(seen.refused) if seen.refused else Suppression.refused.does_not_exist()
        _update(transaction, address, action, condition=same)


def lift(address: str) -> None:
    """Let mail go to an address again after bounces or complaints. What the person refused stays refused.

    Raises StoreUnavailable while the item is being changed by many.
    """
    item, refused = Suppression.keyed(address), Suppression.refused.exists()
    attributes = [*(getattr(Suppression, kind) for kind in KINDS), Suppression.reason, Suppression.created_at]
    opened = [one.remove() for one in attributes]
    for _ in range(_TRIES):
        for change in (
            lambda transaction: transaction.update(item, opened, condition=refused),
            # With nothing left to say, not even the hash stays.
            lambda transaction: transaction.delete(item, condition=~refused),
        ):
            with suppress(table.ConditionFailed):
                return table.commit(change)
    raise StoreUnavailable("what is known of this address is being changed by many at once")


def require_open(transaction: TransactWrite, address: str, *, purpose: str) -> None:
    """Put into a transaction that a mail of this purpose may go to the address."""
    item = Suppression.keyed(address)
    condition: Condition = ~Suppression.refused.contains(purpose)
    for attribute in (*(getattr(Suppression, kind) for kind in KINDS), Suppression.reason):
        condition &= attribute.does_not_exist()
    transaction.condition_check(Suppression, item.pk, item.sk, condition=condition)


def _update(transaction: TransactWrite, address: str, action: Action, *, condition: Condition | None = None) -> None:
    # An update makes the item as well, and not every function may put; it then has to say what kind of item it is.
    actions = [Suppression.entity.set(Suppression), action]
    transaction.update(Suppression.keyed(address), actions, condition=condition)


def _key(address: str) -> tuple[str, str]:
    item = Suppression.keyed(address)
    return item.pk, item.sk


def _suppressed(values: Mapping[str, Any]) -> Suppressed:
    stops = {kind: Stop(kind, values[kind]["reason"], values[kind]["since"]) for kind in KINDS if kind in values}
    if "reason" in values:
        stops.setdefault(_EARLIER, Stop(_EARLIER, values["reason"], values["created_at"]))
    return Suppressed(stops, frozenset(values.get("refused", ())))
