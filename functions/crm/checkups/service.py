"""Once a year customers are asked whether their data are still right: what the mail about it leads to."""

from collections.abc import Mapping
from typing import Any

from crm.checkups import links

SOURCE = "checkup"
"""What the calendar calls the occasion."""


def link(customer_id: str, profile: Mapping[str, Any], *, occurrence: str) -> str | None:
    """The address of a customer's own page; None for who has no e-mail address."""
    email = profile.get("email")
    return links.address(customer_id=customer_id, occurrence=occurrence, email=email) if email else None
