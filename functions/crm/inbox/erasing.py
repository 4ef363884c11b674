"""The place of incoming mail in an erasure: what a person wrote, what was put to them, and what names their address."""

from datetime import timedelta

from pynamodb.transactions import TransactWrite

from crm.core import clock, files, table
from crm.core.places import Person
from crm.inbox.models import FILES, PARTITION, RAW, InboxPlace, Incoming

_UNDER_WAY = timedelta(minutes=15)


def erase(person: Person) -> int:
    """Delete mails of a person with their attachments; return how many. Raises the stores' errors."""
    gone = [item for item in Incoming.query(PARTITION, consistent_read=True) if _is_of(item, person)]
    for item in gone:
        files.delete_prefix(f"{FILES}{item.mail_id}/")
        _delete(item)
    return len(gone)


def is_busy() -> bool:
    """Whether a mail may be on its way out of the mailbox into a record."""
    return any(clock.now() - one.put_at < _UNDER_WAY for one in files.listed(RAW))


def _delete(item: Incoming) -> None:
    def write(transaction: TransactWrite) -> None:
        transaction.delete(item)
        transaction.delete(InboxPlace.of(item))

    table.commit(write)


def _is_of(item: Incoming, person: Person) -> bool:
    said = f"{item.sender} {item.subject} {item.text}".lower()
    is_named = any(one.lower() in said for one in person.addresses)
    return is_named or not person.ids.isdisjoint({item.customer, *(one["id"] for one in item.candidates or ())})
