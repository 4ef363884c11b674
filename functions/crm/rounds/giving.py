"""One customer in a round: what is to become of them, and what became."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.changes import service as change_service
from crm.core.author import Author
from crm.core.errors import InvalidFields, NotFound, StaleVersion
from crm.core.projection import Key
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.rounds.models import Round

Told = tuple[str, ...]
"""What is counted of a customer."""


@dataclass(frozen=True)
class Give:
    """The field of a customer is to become `value`; `told` is counted then."""

    value: Any
    told: Told


def customer_of(key: Key) -> Profile | None:
    """The customer in whose partition an item stands; None: there is none any more."""
    try:
        return customer_service.get(customer_id=key[0].partition("#")[2])
    except NotFound:
        return None


def given(profile: Profile, fields: Mapping[str, Any], author: Author, *, told: Told) -> Told | None:
    """Change a customer who is as they were read: `told`, or that it was refused; None: somebody else was first."""
    try:
        customer_service.change(
            customer_id=profile.customer_id,
            fields=fields,
            author=author,
            expected_version=int(profile.version),
        )
    except (StaleVersion, NotFound):
        return None
    except InvalidFields:
        return ("refused",)
    return told


def made_last(kept: Round, profile: Profile) -> bool:
    """Whether the customer's last change is ours: the worker that made it died before it was counted."""
    last = change_service.one(customer_id=profile.customer_id, version=int(profile.version))
    return last is not None and last.of == kept.round_id
