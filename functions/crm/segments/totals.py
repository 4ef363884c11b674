"""What a group adds up to: the sums that each purchase changes, and apart from them how its members are spread. Pure.

Two sums of the views hold it. `sum` stays small for ever, since what it weighs is paid for with every purchase; `by`
has a count for each language, owner and band, and changes only when a member comes, goes or becomes another.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from crm.segments import bands, schemas

SUM = "sum"
BY = "by"
Amounts = Mapping[str, Decimal]
NOBODY = "-"
_UNKNOWN_LANGUAGE = "und"
_SUMMED = ("spent", "purchases", "interactions")
_ONE, _ZERO, _CENT = Decimal(1), Decimal(0), Decimal("0.01")


def key(rule_epoch: int) -> str:
    """The partition of ViewsTable with a group's totals under one of its rules."""
    return f"TOTAL#SEGMENT#{rule_epoch}"


def sums_of(item: Mapping[str, Any]) -> Amounts:
    """What one member adds to the sums."""
    return {"members": _ONE, **{name: Decimal(item["facts"][name]) for name in _SUMMED}}


def spread_of(item: Mapping[str, Any], *, age_band: str) -> Amounts:
    """Where one member counts."""
    return {
        f"language:{item.get('language') or _UNKNOWN_LANGUAGE}": _ONE,
        f"owner:{item.get('owner') or NOBODY}": _ONE,
        f"age:{age_band}": _ONE,
        f"income:{bands.of_income(item.get('income_band'))}": _ONE,
    }


def shown(totals: Mapping[str, Amounts]) -> schemas.Totals:
    """The two sums as people see them."""
    sums, by = totals.get(SUM, {}), totals.get(BY, {})
    members, spent = int(sums.get("members", _ZERO)), sums.get("spent", _ZERO)
    return schemas.Totals(
        members=members,
        spent=spent,
        average_spent=(spent / members).quantize(_CENT, ROUND_HALF_EVEN) if members else None,
        purchases=int(sums.get("purchases", _ZERO)),
        interactions=int(sums.get("interactions", _ZERO)),
        by_language=_counts(by, "language"),
        by_owner=_counts(by, "owner"),
        by_age_band=_counts(by, "age"),
        by_income_band=_counts(by, "income"),
    )


def _counts(by: Amounts, dimension: str) -> dict[str, int]:
    prefix = f"{dimension}:"
    return {name.removeprefix(prefix): int(count) for name, count in sorted(by.items()) if name.startswith(prefix)}
