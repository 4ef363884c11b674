"""Mail that came in, as far as it was read."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, DocumentsAttribute, WholeNumberAttribute

PARTITION = "INBOX"
PREFIX = "MAIL#"


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
