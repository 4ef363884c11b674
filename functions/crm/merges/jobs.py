"""The job behind a merge and its undoing: a page of items a message, until all are where they belong."""

from collections.abc import Mapping
from typing import Any

from crm.customers.models import Merged
from crm.merges import moving, returning
from crm.merges.models import Merge


def go_on(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """{"customer": id of the record that goes, "after": where a page ended}: do a page; the message of the next.

    It may be repeated, killed and delivered again anywhere. Raises StoreUnavailable; the same message again, then.
    """
    customer_id = str(message["customer"])
    mark = Merged.read(customer_id)
    merge = Merge.read(mark.into, mark.merge) if mark else None
    if merge is None:
        return None
    if merge.state == "moving":
        return {**_named(customer_id)} if moving.move_some(merge) else None
    if merge.state == "undoing":
        after = returning.return_some(merge, after=message.get("after"))
        return {**_named(customer_id), "after": after} if after else None
    return None


def _named(customer_id: str) -> dict[str, Any]:
    return {"job": "merge", "customer": customer_id}
