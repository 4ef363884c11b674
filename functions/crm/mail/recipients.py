"""Whom a mail goes to: what mail needs to know of a customer or a member of staff, read where it is the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.core import items
from crm.customers.models import followed

_PLACES = {"customer": "PROFILE", "staff": "MEMBER"}


@dataclass(frozen=True)
class Recipient:
    """A customer or member of staff as mail sees them; `profile` holds all that is known, as plain values."""

    kind: str
    id: str
    profile: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.profile.get("name", ""))

    @property
    def email(self) -> str | None:
        return self.profile.get("email")

    @property
    def language(self) -> str | None:
        return self.profile.get("language")

    @property
    def timezone(self) -> str | None:
        return self.profile.get("timezone")


def load(*, kind: str, recipient_id: str) -> Recipient | None:
    """The recipient as they are now, consistently; None when there is no such person (any more).

    Of a customer who was merged into another that one, with the id of that one.
    """
    if kind == "customer":
        return followed(recipient_id, lambda one: _load(kind, one))
    return _load(kind, recipient_id)


def _load(kind: str, recipient_id: str) -> Recipient | None:
    profile = items.one(*place(kind, recipient_id))
    return Recipient(kind, recipient_id, profile) if profile else None


def place(kind: str, recipient_id: str) -> tuple[str, str]:
    """The key of the item that says who a recipient is."""
    return f"{kind.upper()}#{recipient_id}", _PLACES[kind]
