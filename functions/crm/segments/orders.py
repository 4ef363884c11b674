"""In what orders the members of a group are listed, and the places that they have in each. Pure.

Every order is a listing of its own, so each is read by one Query. Places are compared as text: numbers have all their
digits, whoever was never contacted stands below every instant, and the customer's id keeps equals apart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from crm.core import text

_LONGEST_NAME = 80
# Fourteen digits more than one purchase may have (15): more than anybody can buy.
_MONEY = "030.4f"
_NEVER = "-"


class Sort(StrEnum):
    """What members can be sorted by."""

    NAME = "name"
    MONEY = "money"
    CONTACT = "contact"


class Direction(StrEnum):
    """Smallest first, or largest first."""

    ASCENDING = "asc"
    DESCENDING = "desc"


@dataclass(frozen=True)
class Order:
    """How members are placed, and which end people look at first."""

    place: Callable[[Mapping[str, Any]], str]
    natural: Direction


def members_key(rule_epoch: int, sort: str) -> str:
    """The partition of ViewsTable that lists a group's members under one of its rules, in one order."""
    return f"SEGMENT#{rule_epoch}#{sort}"


def place(item: Mapping[str, Any], sort: Sort) -> str:
    """The sort key of a profile in one of the orders."""
    return f"{ORDERS[sort].place(item)}#{customer_id(item)}"


def customer_id(item: Mapping[str, Any]) -> str:
    """Whose profile it is."""
    return str(item["pk"]).removeprefix("CUSTOMER#")


def _name(item: Mapping[str, Any]) -> str:
    return text.loose_key(str(item.get("name", "")))[:_LONGEST_NAME]


def _money(item: Mapping[str, Any]) -> str:
    # Nobody has spent less than nothing; a correction that went too far must not stand above millions.
    return format(max(Decimal(item["facts"].get("spent") or 0), Decimal(0)), _MONEY)


def _contact(item: Mapping[str, Any]) -> str:
    return item["facts"].get("last_contact_at") or _NEVER


ORDERS: Mapping[Sort, Order] = {
    Sort.NAME: Order(_name, Direction.ASCENDING),
    Sort.MONEY: Order(_money, Direction.DESCENDING),
    Sort.CONTACT: Order(_contact, Direction.DESCENDING),
}
"""By name from A, by money from the best, by contact from the latest; never contacted comes last."""
