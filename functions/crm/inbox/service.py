"""Use cases around mail that came in."""

from collections.abc import Iterator, Sequence
from itertools import islice

from crm.core import links
from crm.core.actor import Within
from crm.core.errors import NotFound
from crm.core.paging import Page, PageRequest
from crm.customers import service as customer_service
from crm.inbox.models import FILES, PARTITION, PREFIX, InboxPlace, Incoming

_SECONDS = 300
_CHUNK = 50


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
    """Mail in one state, the latest first, as far as it is of customers within reach."""
    found = _each(state, before=request.after, within=within)
    shown = list(islice(found, request.limit))
    more = shown[-1][0] if next(found, None) else None
    return Page([item for _, item in shown], request.cursor_at(more))


def _each(state: str, *, before: str | None, within: Within | None) -> Iterator[tuple[str, Incoming]]:
    """Mail with its place in the list, read so many at a time."""
    condition = InboxPlace.sk < before if before else None
    places = iter(InboxPlace.query(f"{PARTITION}#{state}", condition, scan_index_forward=False, consistent_read=True))
    while chunk := list(islice(places, _CHUNK)):
        keys = [(PARTITION, f"{PREFIX}{place.mail_id}") for place in chunk]
        known = {item.mail_id: item for item in Incoming.batch_get(keys, consistent_read=True)}
        for place in chunk:
            item = known.get(place.mail_id)
            # One that was settled between the two reads stands in another list by now.
            if item and item.state == state and (within is None or any(within.holds(one) for one in owners(item))):
                yield place.sk, item


def attachment(*, mail_id: str, number: int) -> str:
    """A link by which an attachment can be saved, for five minutes; no page shows it. Raises NotFound."""
    item = get(mail_id=mail_id)
    if not 0 <= number < len(item.attachments or ()):
        raise NotFound(f"the mail has {len(item.attachments or ())} attachments; the first is 0")
    name = str((item.attachments or [])[number]["name"]).encode("ascii", "replace").decode().replace("?", "_")
    return links.download(f"{FILES}{mail_id}/{number}", name=name, seconds=_SECONDS)
