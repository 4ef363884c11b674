"""The job behind a merge and its undoing: a page of items a message, until all are where they belong."""

from collections.abc import Iterator

from crm.core.jobs import Message
from crm.customers.models import Merged
from crm.merges import moving, returning
from crm.merges.models import Merge


def go_on(message: Message) -> Iterator[Message]:
    """{"job": "merge", "customer": id of the record that goes, "after": where a page ended}: do a page.

    It may be repeated, killed and delivered again anywhere. Raises StoreUnavailable; the same message again, then.
    """
    customer_id = str(message["customer"])
    mark = Merged.read(customer_id)
    merge = Merge.read(mark.into, mark.merge) if mark else None
    if merge is None:
        return
    following = {"job": "merge", "customer": customer_id}
    if merge.state == "moving":
        if moving.move_some(merge):
            yield following
    elif merge.state == "undoing":
        after = returning.return_some(merge, after=message.get("after"))
        if after:
            yield {**following, "after": after}
