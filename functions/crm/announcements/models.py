"""Announcements of the business to its staff, who has read them, and which of them mail carries."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, ListAttribute, UnicodeAttribute

from crm.core.table import CrmItem, WholeNumberAttribute

PARTITION = "ANNOUNCEMENTS"
PREFIX = "ANNOUNCEMENT#"
READ = "READ#"
MAILED = "ANNOUNCEMENT_MAILS"


class Announcement(CrmItem, discriminator="announcement"):
    """What a manager tells the team; kept for a while after it is over or was withdrawn.

    `teams`, `roles`: to whom; both empty: to all. `until`: the last day on which it is shown; None: always.
    """

    version = WholeNumberAttribute()
    title = UnicodeAttribute()
    text = UnicodeAttribute()
    teams: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    roles: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    until = UnicodeAttribute(null=True)
    mail = BooleanAttribute()
    withdrawn_at = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    request_hash = UnicodeAttribute()
    # Seconds since 1970, for the table's TTL.
    expires_at = WholeNumberAttribute()

    @property
    def announcement_id(self) -> str:
        return self.sk.removeprefix(PREFIX)

    @classmethod
    def keyed(cls, announcement_id: str, **attributes: Any) -> "Announcement":
        """The item of an announcement."""
        return cls(PARTITION, PREFIX + announcement_id, **attributes)

    @classmethod
    def find(cls, announcement_id: str) -> "Announcement | None":
        """One as it is now, consistently."""
        try:
            return cls.get(PARTITION, PREFIX + announcement_id, consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def read_all(cls) -> "list[Announcement]":
        """All that are kept, the newest first, consistently."""
        found = cls.query(PARTITION, cls.sk.startswith(PREFIX), consistent_read=True)
        return sorted(found, key=lambda one: (one.created_at, one.sk), reverse=True)


class ReadReceipt(CrmItem, discriminator="read_receipt"):
    """Who has read an announcement, when, and at which version; the first time counts of each version."""

    read_at = UnicodeAttribute()
    version = WholeNumberAttribute()
    # Seconds since 1970, for the table's TTL: it goes with the announcement.
    expires_at = WholeNumberAttribute()

    @property
    def staff_id(self) -> str:
        return self.sk.removeprefix(READ)

    @property
    def announcement_id(self) -> str:
        return self.pk.removeprefix(PREFIX)

    @classmethod
    def keyed(cls, announcement_id: str, staff_id: str, **attributes: Any) -> "ReadReceipt":
        """The receipt of one member."""
        return cls(PREFIX + announcement_id, READ + staff_id, **attributes)

    @classmethod
    def of(cls, announcement_id: str) -> "list[ReadReceipt]":
        """All receipts of an announcement, consistently."""
        return list(cls.query(PREFIX + announcement_id, consistent_read=True))

    @classmethod
    def of_member(cls, announcement_ids: list[str], staff_id: str) -> "dict[str, ReadReceipt]":
        """By announcement what one member has read of these, consistently."""
        keys = [(PREFIX + one, READ + staff_id) for one in announcement_ids]
        return {one.announcement_id: one for one in cls.batch_get(keys, consistent_read=True)} if keys else {}


class MailedAnnouncement(CrmItem, discriminator="mailed_announcement"):
    """Stands for some days while mail carries an announcement to everybody whom it is for."""

    # Seconds since 1970, for the table's TTL.
    expires_at = WholeNumberAttribute()

    @property
    def announcement_id(self) -> str:
        return self.sk

    @classmethod
    def keyed(cls, announcement_id: str, **attributes: Any) -> "MailedAnnouncement":
        """The mark of one announcement."""
        return cls(MAILED, announcement_id, **attributes)

    @classmethod
    def read_all(cls) -> "list[MailedAnnouncement]":
        """All that are under way, consistently."""
        return list(cls.query(MAILED, consistent_read=True))
