"""Do we know this person already? Asked of the contact items, which change with the profile and never lag."""

from collections.abc import Iterable
from typing import Any

from crm.core.errors import Duplicate
from crm.core.reason import Reason
from crm.customers import contacts
from crm.customers.models import Profile


def refuse(addresses: Iterable[str]) -> None:
    """Raise Duplicate, with the candidates, when anybody has one of the addresses."""
    found = [
        _candidate(profile) for customer_id in sorted(contacts.holders(addresses)) if (profile := _known(customer_id))
    ]
    if found:
        raise refusal(found)


def refusal(found: list[dict[str, Any]]) -> Duplicate:
    """The error that names these candidates."""
    remedy = Reason("change that record, or add ?allow_duplicate=true if this is another person")
    return Duplicate(
        Reason("{found} known with this e-mail or phone; {remedy}", found=len(found), remedy=remedy), candidates=found
    )


def _candidate(profile: Profile) -> dict[str, Any]:
    """Enough of a profile for a person to recognise whom it is about."""
    return {"id": profile.customer_id, "name": profile.name, "email": profile.email, "phone": profile.phone}


def _known(customer_id: str) -> Profile | None:
    try:
        return Profile.read(customer_id)
    except Profile.DoesNotExist:
        return None
