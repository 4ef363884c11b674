"""What an event tells of a customer's fields: whoever does not see these sees the event without them. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from crm.core.veil import is_hidden

PURCHASE = "purchase"
ANSWERED = frozenset({"interview", "questionnaire", "checkup"})
"""Kinds of contacts that tell, line by line after a title, what a customer has said of any field."""
_OF_PURCHASES: Mapping[str, str] = {"payment_method": "/payment_method", "purpose": "/purchase_purpose"}


def visible(kind: str, details: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    """The details of an event of a kind without what tells of hidden fields."""
    if kind == PURCHASE:
        return {name: one for name, one in details.items() if not _tells(name, hidden)}
    if kind in ANSWERED and hidden and "summary" in details:
        return {**details, "summary": title(str(details["summary"]))}
    return dict(details)


def title(summary: str) -> str:
    """The first line of what was answered: of which questionnaire it is."""
    return summary.partition("\n")[0]


def _tells(name: str, hidden: Collection[str]) -> bool:
    return name in _OF_PURCHASES and is_hidden(_OF_PURCHASES[name], hidden)
