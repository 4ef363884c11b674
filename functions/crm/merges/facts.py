"""What the events of two customers add up to together, and of each alone when they are parted again. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from crm.customers.rules import NO_FACTS
from crm.interactions import rules as interactions
from crm.purchases import rules as purchases

Facts = Mapping[str, Any]
_EARLIEST = frozenset({"first_purchase_at"})
_LATEST = frozenset({"last_purchase_at", "last_contact_at", "checked_at"})
_COUNTED = frozenset(
    {*NO_FACTS, *_EARLIEST, *_LATEST, "other_currencies", "largest_purchases"},
)
"""The facts that can be counted from events again."""


def united(one: Facts, other: Facts) -> dict[str, Any]:
    """The facts of both together: exactly what all their events would have made."""
    return {name: _united(name, one.get(name), other.get(name)) for name in dict.fromkeys((*one, *other))}


def counted(events: Iterable[Mapping[str, Any]], *, reporting_currency: str) -> dict[str, Any]:
    """The facts that events add up to; an event is {kind, at, details}."""
    facts: dict[str, Any] = dict(NO_FACTS)
    for event in events:
        if event["kind"] == purchases.KIND:
            paid = event["details"]
            facts = purchases.advance(
                facts,
                amount=Decimal(paid["amount"]),
                currency=paid["currency"],
                reporting_currency=reporting_currency,
                at=event["at"],
            )
        elif event["kind"] in interactions.KINDS:
            facts = interactions.advance(facts, kind=event["kind"], at=event["at"])
    return facts


def parted(now: Facts, *, before: Facts, other: Facts, counted: Facts) -> dict[str, Any]:
    """The facts of one of two that are parted: as its events say; a fact that no event makes, less what came with it.

    `before`: of this one before the merge; `other`: of the other one then; `now`: of both.
    """
    rest = {
        name: value - other[name] if _is_number(value) and _is_number(other.get(name)) else before.get(name, value)
        for name, value in now.items()
        if name not in _COUNTED
    }
    return {**{name: value for name, value in rest.items() if value is not None}, **counted}


def uncounted(facts: Facts) -> dict[str, Any]:
    """The facts that no event makes."""
    return {name: value for name, value in facts.items() if name not in _COUNTED}


def _united(name: str, one: Any, other: Any) -> Any:
    if one is None or other is None:
        return one if other is None else other
    if name in _EARLIEST:
        return min(one, other)
    if name in _LATEST:
        return max(one, other)
    if name == "largest_purchases":
        return purchases.largest([*one, *other])
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return united(one, other)
    return one + other if _is_number(one) and _is_number(other) else one


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)
