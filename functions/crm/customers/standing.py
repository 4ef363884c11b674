"""The record of a customer as it stands now."""

from crm.core.errors import NotFound
from crm.customers.models import Profile, followed


def get(*, customer_id: str) -> Profile:
    """The customer's profile as it is now; under an id that was merged away, that of the other. Raises NotFound."""
    profile = followed(customer_id, read)
    if profile is None:
        raise NotFound(f"there is no customer {customer_id[:60]!a}")
    return profile


def read(customer_id: str) -> Profile | None:
    """The profile under this very id, consistently; None where there is none."""
    try:
        return Profile.read(customer_id)
    except Profile.DoesNotExist:
        return None
