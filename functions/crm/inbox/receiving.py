"""Takes a raw mail out of the bucket: into the timeline of the customer who wrote it, else before somebody's eyes.

Each step may be repeated: the same mail, by its Message-ID, is the same item and the same entry in the timeline.
"""

from datetime import timedelta

from pynamodb.transactions import TransactWrite

from crm.core import clock, files, ids, table
from crm.core.log import logger
from crm.customers import contacts
from crm.inbox import parsing, settling
from crm.inbox.models import FILES, InboxPlace, Incoming
from crm.inbox.parsing import Letter, Unreadable

_KEPT = timedelta(days=30)
_ROUTE = "incoming mail"


def receive(key: str) -> None:
    """Take one object of the bucket, and delete it; one that is gone was taken before. Raises the stores' errors."""
    try:
        too_large = files.about(key).bytes > parsing.LARGEST_BYTES
        letter = None if too_large else parsing.read(files.get(key))
    except files.FileMissing:
        return
    except Unreadable as refused:
        _keep(_unreadable(key, str(refused)))
    else:
        if letter is None:
            _keep(_unreadable(key, "too large"))
        elif letter.ignored is None:
            _take(key, letter)
        else:
            logger().info("mail ignored", extra={"why": letter.ignored})
    files.delete(key)


def _take(key: str, letter: Letter) -> None:
    # A Message-ID is the sender's to choose: under it alone somebody could hide another's mail.
    marks = f"{letter.email} {letter.message_id}" if letter.message_id else key
    mail_id = ids.derived(caller="", route=_ROUTE, idempotency_key=marks)
    known = Incoming.find(mail_id)
    if known and known.state != "review":
        return
    item = known or _keep(_incoming(mail_id, letter))
    candidates = sorted(one["id"] for one in item.candidates or ())
    if item.is_from_sender and len(candidates) == 1:
        settling.assign(item, customer_id=candidates[0], caller="")


def _incoming(mail_id: str, letter: Letter) -> Incoming:
    attachments = []
    for number, one in enumerate(letter.attachments):
        files.put(f"{FILES}{mail_id}/{number}", one.content)
        attachments.append({"name": one.name, "type": one.type, "bytes": len(one.content), "sha256": one.sha256})
    candidates = sorted(contacts.holders([letter.email])) if letter.email else []
    return Incoming.keyed(
        mail_id,
        message_id=letter.message_id or None,
        sender=letter.email,
        sender_name=letter.name or None,
        subject=letter.subject or None,
        text=letter.text or None,
        verdicts=letter.verdicts,
        is_from_sender=letter.is_from_sender,
        attachments=attachments,
        candidates=[{"id": one} for one in candidates[:20]],
        **_stamps(),
    )


def _unreadable(key: str, why: str) -> Incoming:
    mail_id = ids.derived(caller="", route=_ROUTE, idempotency_key=key)
    return Incoming.keyed(mail_id, is_from_sender=False, unreadable=why[:200], **_stamps())


def _stamps() -> dict[str, object]:
    return {
        "state": "review",
        "received_at": clock.stamp(),
        "expires_at": int((clock.now() + _KEPT).timestamp()),
    }


def _keep(item: Incoming) -> Incoming:
    def write(transaction: TransactWrite) -> None:
        transaction.save(item, condition=Incoming.pk.does_not_exist())
        transaction.save(InboxPlace.of(item))

    try:
        table.commit(write)
    except table.ConditionFailed:
        return Incoming.find(item.mail_id) or item
    return item
