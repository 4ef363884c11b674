"""What the segments hold because of one customer: an entry in each group and a share of its totals."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crm.core import text
from crm.core.projection import Projected, Rules
from crm.segments.rules import matches

TOTALS_NAME = "sum"
LANGUAGE_PREFIX = "language:"
UNKNOWN_LANGUAGE = "und"
_NAME_LENGTH = 80
_SHOWN = ("name", "kind", "email", "phone", "language", "owner")
_SUMMED = ("spent", "purchases", "interactions")


def project(item: Mapping[str, Any], rules: Rules) -> Projected:
    """The groups that a profile belongs to, under every rule that is kept just now."""
    groups = [rule for rule in rules.segments if matches(rule.rule, item)]
    if not groups:
        return Projected()
    entry, amounts, place = _entry(item), _amounts(item), _place(item)
    return Projected(
        listings={(members_key(rule.segment, rule.epoch), place): entry for rule in groups},
        totals={(totals_key(rule.segment, rule.epoch), TOTALS_NAME): amounts for rule in groups},
    )


def members_key(segment_id: str, rule_epoch: int) -> str:
    """The partition of ViewsTable that lists a group's members under one of its rules."""
    return f"SEGMENT#{segment_id}#{rule_epoch}"


def totals_key(segment_id: str, rule_epoch: int) -> str:
    """The partition of ViewsTable with a group's totals under one of its rules."""
    return f"TOTAL#SEGMENT#{segment_id}#{rule_epoch}"


def _place(item: Mapping[str, Any]) -> str:
    # By name as people look for it; the id keeps two of the same name apart.
    return f"{text.loose_key(str(item.get('name', '')))[:_NAME_LENGTH]}#{_customer_id(item)}"


def _entry(item: Mapping[str, Any]) -> dict[str, Any]:
    facts = item["facts"]
    shown = {name: item.get(name) for name in _SHOWN}
    return {"id": _customer_id(item), **shown, **{name: facts[name] for name in _SUMMED}}


def _amounts(item: Mapping[str, Any]) -> dict[str, Decimal]:
    language = LANGUAGE_PREFIX + str(item.get("language") or UNKNOWN_LANGUAGE)
    return {"members": Decimal(1), language: Decimal(1), **{name: Decimal(item["facts"][name]) for name in _SUMMED}}


def _customer_id(item: Mapping[str, Any]) -> str:
    return str(item["pk"]).removeprefix("CUSTOMER#")
