"""Use cases around mail that came in."""

from collections.abc import Sequence
from itertools import islice

from crm.core import files
from crm.core.actor import Within
from crm.core.errors import NotFound
from crm.core.paging import Page, PageRequest
from crm.customers import service as customer_service
from crm.inbox.models import PARTITION, PREFIX, Incoming
from crm.inbox.receiving import FILES

_SECONDS = 300


def get(*, mail_id: str) -> Incoming:
    """One mail. Raises NotFound."""
    found = Incoming.find(mail_id)
    if found is None:
        raise NotFound(f"there is no mail {mail_id[:60]!a}; it may be over: mail is kept for 30 days")
    return found


def owner_of(mail_id: str) -> Sequence[Sequence[str | None]] | None:
    """Whose a mail is: of its customer's owner, or of whoever owns one who may have written it; else nobody's."""
    found = Incoming.find(mail_id)
    return None if found is None else [owners(found)]


def owners(item: Incoming) -> list[str | None]:
    """The owners of the customer whose a mail is, or of those whose it may be; [None]: nobody knows."""
    meant = [item.customer] if item.customer else [one["id"] for one in item.candidates or ()]
    known = customer_service.owners(meant)
    return [known[one] for one in meant if one in known] or [None]


def page(request: PageRequest, *, state: str, within: Within | None = None) -> Page[Incoming]:
    """Mail in one state, by id, as far as it is of customers within reach; each page with the latest first."""
    start = Incoming.sk > request.after if request.after else Incoming.sk.startswith(PREFIX)
    query = Incoming.query(PARTITION, start, filter_condition=Incoming.state == state, consistent_read=True)
    found = (one for one in query if within is None or any(within.holds(owner) for owner in owners(one)))
    items = list(islice(found, request.limit))
    more = items[-1].sk if next(found, None) else None
    return Page(sorted(items, key=lambda one: one.received_at, reverse=True), request.cursor_at(more))


def attachment(*, mail_id: str, number: int) -> str:
    """A link by which an attachment can be saved, for five minutes; no page shows it. Raises NotFound."""
    item = get(mail_id=mail_id)
    if not 0 <= number < len(item.attachments or ()):
        raise NotFound(f"the mail has {len(item.attachments or ())} attachments; the first is 0")
    name = str((item.attachments or [])[number]["name"]).encode("ascii", "replace").decode().replace("?", "_")
    return files.presigned_download(f"{FILES}{mail_id}/{number}", name=name, seconds=_SECONDS)
