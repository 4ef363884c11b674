"""Mail that came in, as far as it was read."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, DocumentsAttribute, WholeNumberAttribute

PARTITION = "INBOX"
PREFIX = "MAIL#"
RAW = "inbox/"
"""Where in the bucket mail arrives."""
FILES = "inbox-files/"
"""Where in the bucket its attachments are kept."""


class Incoming(CrmItem, discriminator="incoming"):
    """One mail. `state`: review (whose is it?), assigned (to `customer`), dismissed. It goes after 30 days.

    `candidates`: customers who have the address that it says it is from.
    """

    state = UnicodeAttribute()
    received_at = UnicodeAttribute()
    message_id = UnicodeAttribute(null=True)
    sender = UnicodeAttribute(null=True)
    sender_name = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    text = UnicodeAttribute(null=True)
    verdicts = DocumentAttribute(null=True)
    is_from_sender = BooleanAttribute()
    attachments = DocumentsAttribute(null=True)
    candidates: DocumentsAttribute = DocumentsAttribute(null=True)
    unreadable = UnicodeAttribute(null=True)
    customer = UnicodeAttribute(null=True)
    settled_by = UnicodeAttribute(null=True)
    expires_at = WholeNumberAttribute()

    @property
    def mail_id(self) -> str:
        return self.sk.removeprefix(PREFIX)

    @classmethod
    def keyed(cls, mail_id: str, **attributes: Any) -> "Incoming":
        """The item of one mail."""
        return cls(PARTITION, f"{PREFIX}{mail_id}", **attributes)

    @classmethod
    def find(cls, mail_id: str) -> "Incoming | None":
        """The mail as it is now, consistently."""
        try:
            return cls.get(PARTITION, f"{PREFIX}{mail_id}", consistent_read=True)
        except cls.DoesNotExist:
            return None


class InboxPlace(CrmItem, discriminator="inbox_place"):
    """Where a mail stands in the list of its state, in order of time; written with the mail itself."""

    mail_id = UnicodeAttribute()
    expires_at = WholeNumberAttribute()

    @classmethod
    def keyed(cls, state: str, received_at: str, mail_id: str, **attributes: Any) -> "InboxPlace":
        """The place of one mail."""
        return cls(f"{PARTITION}#{state}", f"{received_at}#{mail_id}", mail_id=mail_id, **attributes)

    @classmethod
    def of(cls, item: Incoming, *, state: str | None = None) -> "InboxPlace":
        """The place that a mail has in its state, or would have in another."""
        return cls.keyed(state or item.state, item.received_at, item.mail_id, expires_at=int(item.expires_at))
