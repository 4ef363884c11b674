"""Pairs as they go out over HTTP."""

from typing import Literal

from crm.core.fields import Document
from crm.core.veiled import OfCustomer
from crm.duplicates.rules import Reason


class Candidate(OfCustomer):
    """One of a pair."""

    id: str
    name: str
    kind: str
    email: str | None = None
    phone: str | None = None
    birthday: str | None = None
    address: str | None = None


class PairOut(Document):
    """Two who may be one person: how likely (0 to 100), and why."""

    id: str
    score: int
    reasons: list[Reason]
    state: Literal["open", "different"]
    found_at: str
    decided_at: str | None = None
    decided_by: str | None = None


class ShownPair(PairOut):
    """The same with both of them."""

    customers: list[Candidate]


class PairList(Document):
    """One page, the most alike first."""

    items: list[ShownPair]
    next: str | None
