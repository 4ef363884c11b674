"""A record's consent beside what the person at its address refused: a new record never raises it, staff may.

Whoever unsubscribed, was deleted and comes back, by hand or in a file, has still said no. Only a member of staff who
changes the consent of this one customer, because the person said so, takes a refusal back.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.customers.models import Profile
from crm.suppressions import service as suppression_service

Write = Callable[[TransactWrite], None]


def heeded(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a new record, with a no to whatever the person at its address refused. For an import, too."""
    refused = suppression_service.read(fields.get("email")).refused
    if not refused:
        return {**fields}
    return {**fields, "consent": {**(fields.get("consent") or {}), **dict.fromkeys(refused, False)}}


def taken_back(changed: Profile, fields: Mapping[str, Any]) -> Write | None:
    """What else to write with `fields` of a profile: that the staff's yes takes a refusal back; None: nothing."""
    allowed = {purpose for purpose, said in (fields.get("consent") or {}).items() if said}
    refused = suppression_service.read(changed.email).refused & allowed if allowed and changed.email else None
    return partial(suppression_service.allow, address=changed.email, purposes=refused) if refused else None
