"""Items of a member of staff: the profile, the entry in the directory of all, and the request that entered them."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, ListAttribute, NumberAttribute, UnicodeAttribute

from crm.core import ids, table
from crm.core.table import CrmItem, ReasonAttribute, WholeNumberAttribute

# Not "PROFILE": customers alone stand in lists and groups.
MEMBER = "MEMBER"
ACCOUNT = "ACCOUNT"
DIRECTORY = "STAFF_DIRECTORY"
DIGESTS = "DIGESTS"
RECEIPT = "RECEIPT"
LINK = "LINK"
DIGEST_AT = "08:00"


def partition(staff_id: str) -> str:
    """The partition of all that belongs to one member of staff."""
    return f"STAFF#{staff_id}"


class Member(CrmItem, discriminator="member"):
    """A member of staff: who they are, where mail reaches them, in which language and zone they live."""

    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    request_hash = UnicodeAttribute()
    name = UnicodeAttribute()
    email = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    timezone = UnicodeAttribute(null=True)
    # Of mails to the customers whose owner they are: the name beside the address, and what stands under the letter.
    sender_name = UnicodeAttribute(null=True)
    signature = UnicodeAttribute(null=True)

    # `digest`: one mail a day with all reminders, at `digest_at` by their clocks, instead of one for each.
    reminders = UnicodeAttribute(null=True)
    digest_at = UnicodeAttribute(null=True)
    # When mail tells them whom they were given: `at_once` (so without one), `daily` at `digest_at`, `never`.
    notify = UnicodeAttribute(null=True)
    # The link to their calendar that is valid now.
    calendar = UnicodeAttribute(null=True)

    # The request that asked for another invitation, and the one that signed them out everywhere.
    invitation = UnicodeAttribute(null=True)
    signed_out = UnicodeAttribute(null=True)

    # What the roster (crm.access) says of them, too: it is written in the same transaction.
    role = UnicodeAttribute(null=True)
    inactive = BooleanAttribute(null=True)
    teams: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    away_from = UnicodeAttribute(null=True)
    away_until = UnicodeAttribute(null=True)
    substitute = UnicodeAttribute(null=True)

    @property
    def staff_id(self) -> str:
        return self.pk.partition("#")[2]

    @classmethod
    def read(cls, staff_id: str) -> "Member":
        """The member as they are now, consistently. Raises Member.DoesNotExist."""
        return cls.get(partition(staff_id), MEMBER, consistent_read=True)


class Account(CrmItem, discriminator="account"):
    """What the user pool was told of a member.

    `state`: inviting, invited, there (made by others), undelivered, refused. `signed_out` as in the roster.
    `token` is drawn anew with each write, so that of two jobs only one goes on from what both have read.
    """

    token = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)
    reason = ReasonAttribute(null=True)
    invited_at = UnicodeAttribute(null=True)
    email = UnicodeAttribute(null=True)
    inactive = BooleanAttribute(null=True)
    signed_out = WholeNumberAttribute(null=True)
    invitation = UnicodeAttribute(null=True)

    @property
    def told(self) -> dict[str, Any]:
        """What Cognito knows."""
        return {"email": self.email, "inactive": bool(self.inactive), "signed_out": self.signed_out or 0}

    @classmethod
    def read(cls, staff_id: str) -> "Account":
        """What is known of the account, consistently; an empty one before anything is."""
        try:
            return cls.get(partition(staff_id), ACCOUNT, consistent_read=True)
        except cls.DoesNotExist:
            return cls(partition(staff_id), ACCOUNT)

    def keep(self, **known: Any) -> None:
        """Note what is known now. Raises ConditionFailed where somebody else has noted something since it was read."""
        is_still = Account.token == self.token if self.token else Account.pk.does_not_exist()
        for name, value in {**known, "token": ids.new()}.items():
            setattr(self, name, value)
        table.commit(lambda transaction: transaction.save(self, condition=is_still))


class DirectoryEntry(CrmItem, discriminator="directory_entry"):
    """Says that there is such a member; written in the transaction of the profile."""

    @classmethod
    def of(cls, staff_id: str) -> "DirectoryEntry":
        """The entry of one member."""
        return cls(DIRECTORY, staff_id)


class DigestEntry(CrmItem, discriminator="digest_entry"):
    """Says that a member gets their reminders once a day, and when; written in the transaction of the profile."""

    digest_at = UnicodeAttribute()
    timezone = UnicodeAttribute(null=True)

    @property
    def staff_id(self) -> str:
        return self.sk

    @classmethod
    def of(cls, member: Member) -> "DigestEntry":
        """The entry of one member."""
        return cls(DIGESTS, member.staff_id, digest_at=member.digest_at or DIGEST_AT, timezone=member.timezone)

    @classmethod
    def read_all(cls) -> "list[DigestEntry]":
        """The entries of all who have one, consistently."""
        return list(cls.query(DIGESTS, consistent_read=True))


class CalendarLink(CrmItem, discriminator="calendar_link"):
    """Whose calendar a link was made for; valid as long as the member names it. A used id stays used."""

    staff_id = UnicodeAttribute(null=True)

    @classmethod
    def keyed(cls, link_id: str, *, staff_id: str | None = None) -> "CalendarLink":
        """The link under its random id."""
        return cls(f"CALENDAR#{link_id}", LINK, staff_id=staff_id)


class Receipt(CrmItem, discriminator="member_receipt"):
    """Which request an `Idempotency-Key` stands for: the member's id is the business's, so it cannot say that."""

    request_hash = UnicodeAttribute()

    @classmethod
    def keyed(cls, receipt_id: str, *, request_hash: str) -> "Receipt":
        """The receipt under an id that is derived from caller and key."""
        return cls(f"STAFF_RECEIPT#{receipt_id}", RECEIPT, request_hash=request_hash)

    @classmethod
    def read(cls, pk: str) -> "Receipt | None":
        """The receipt as it is stored, consistently; None when the key is new."""
        try:
            return cls.get(pk, RECEIPT, consistent_read=True)
        except cls.DoesNotExist:
            return None
