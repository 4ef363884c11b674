"""What the segments hold because of one customer: an entry in each group and a share of its totals."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crm.core.projection import Key, Projected, Rules
from crm.criteria.rules import matches
from crm.segments.orders import Sort, customer_id, place

TOTALS_NAME = "sum"
LANGUAGE_PREFIX = "language:"
UNKNOWN_LANGUAGE = "und"
_SHOWN = ("name", "kind", "email", "phone", "language", "owner")
_SUMMED = ("spent", "purchases", "interactions")


def project(item: Mapping[str, Any], rules: Rules) -> Projected:
    """The groups that a profile belongs to, under every rule that is kept just now."""
    groups = [rule for rule in rules.segments if matches(rule.rule, item)]
    if not groups:
        return Projected()
    amounts = _amounts(item)
    listings: dict[Key, Mapping[str, Any]] = {}
    for sort in Sort:
        entry, at = _entry(item, sort), place(item, sort)
        listings |= {(members_key(rule.epoch, sort), at): entry for rule in groups}
    return Projected(listings=listings, totals={(totals_key(rule.epoch), TOTALS_NAME): amounts for rule in groups})


def members_key(rule_epoch: int, sort: Sort) -> str:
    """The partition of ViewsTable that lists a group's members under one of its rules, in one order."""
    return f"SEGMENT#{rule_epoch}#{sort}"


def totals_key(rule_epoch: int) -> str:
    """The partition of ViewsTable with a group's totals under one of its rules."""
    return f"TOTAL#SEGMENT#{rule_epoch}"


def _entry(item: Mapping[str, Any], sort: Sort) -> dict[str, Any]:
    # By name, lists filter and show what stands here; in the other orders everything but the id is read elsewhere, so
    # that a new telephone number changes one entry and not three.
    shown = {name: item.get(name) for name in _SHOWN} if sort is Sort.NAME else {}
    return {"id": customer_id(item), **shown}


def _amounts(item: Mapping[str, Any]) -> dict[str, Decimal]:
    language = LANGUAGE_PREFIX + str(item.get("language") or UNKNOWN_LANGUAGE)
    return {"members": Decimal(1), language: Decimal(1), **{name: Decimal(item["facts"][name]) for name in _SUMMED}}
