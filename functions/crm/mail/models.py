"""The message: one item for one occurrence of one greeting or reminder, whatever becomes of it."""

from dataclasses import replace
from typing import Any

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute
from crm.customers.models import followed
from crm.mail import orders
from crm.mail.orders import Order

PREFIX = "MAIL#"
NOTICE = "WITHHELD#"
TRIAL = "TRIAL#"
# "$" follows "#": all sort keys that begin with the prefix are less than this.
END = "MAIL$"


class Message(CrmItem, discriminator="message"):
    """A message and its fate. `revision` counts its changes; `claim_token` is that of the attempt under way or last."""

    revision = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    purpose = UnicodeAttribute()
    state = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    # What kind of reason it is: `crm.mail.reasons.Code`. Nothing is ever read out of the text.
    reason_code = UnicodeAttribute(null=True)
    attempts = NumberAttribute()
    # How many attempts ended without an answer.
    doubts = NumberAttribute()
    handed_at = UnicodeAttribute(null=True)
    claim_token = UnicodeAttribute(null=True)
    ses_message_id = UnicodeAttribute(null=True)
    to = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    # What it was decided on, as it stood then: the rule and its version, group, consent, cap, quiet hours, template.
    decision = DocumentAttribute(null=True)
    # A greeting withheld or come back that somebody could speak: {owner, on, say}, and {done_at, done_by} once it was.
    to_call = DocumentAttribute(null=True)
    history: ListAttribute[Any] = ListAttribute(of=DocumentAttribute)

    @property
    def order(self) -> Order:
        return orders.of_item(self.attribute_values)

    @classmethod
    def read(cls, order: Order) -> "Message | None":
        """The message as it is now, consistently; None when there is none."""
        try:
            return cls.get(order.pk, order.sk, consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def find(cls, order: Order) -> "Message | None":
        """The same, also where the customer was merged into another since, to whom the message has gone over."""
        if order.recipient != "customer":
            return cls.read(order)
        return followed(order.id, lambda one: cls.read(replace(order, id=one)))


class Allowance(CrmItem, discriminator="allowance"):
    """The recent greetings and marketing mails of one customer, as `{key, on, occasion}`; erased with the customer."""

    revision = WholeNumberAttribute()
    claims: ListAttribute[Any] = ListAttribute(of=DocumentAttribute)

    @classmethod
    def keyed(cls, customer_id: str) -> "Allowance":
        """The allowance of a customer."""
        return cls(f"CUSTOMER#{customer_id}", "ALLOWANCE")


REPUTATION = "REPUTATION"
FRESH_START = "FRESH_START"


class Tally(CrmItem, discriminator="tally"):
    """One shard of what became of the mail of one UTC day and purpose group; forgotten after a while (`expires_at`)."""

    accepted = WholeNumberAttribute(null=True)
    bounced = WholeNumberAttribute(null=True)
    complained = WholeNumberAttribute(null=True)
    expires_at = WholeNumberAttribute()

    @classmethod
    def keyed(cls, *, day: str, group: str, shard: int) -> "Tally":
        """The item that counts it."""
        return cls(REPUTATION, f"{day}#{group}#{shard}")

    @property
    def day(self) -> str:
        return str(self.sk).split("#")[0]

    @property
    def group(self) -> str:
        return str(self.sk).split("#")[1]


class FreshStart(CrmItem, discriminator="fresh_start"):
    """From here on our reputation counts anew: who decided it, when and why, and what `day` had counted until then."""

    day = UnicodeAttribute()
    accepted = WholeNumberAttribute()
    bounced = WholeNumberAttribute()
    complained = WholeNumberAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)

    @classmethod
    def keyed(cls, **values: Any) -> "FreshStart":
        """The only one; the last decision counts."""
        return cls(REPUTATION, FRESH_START, **values)


class Notice(CrmItem, discriminator="withheld_notice"):
    """Stands until others have been told that a message of this customer was withheld."""

    @classmethod
    def of(cls, order: Order) -> "Notice":
        """The notice of a message."""
        return cls(order.pk, order.sk.replace(PREFIX, NOTICE, 1))

    @staticmethod
    def message_of(sk: str) -> str:
        """The sort key of the message that a notice is about."""
        return sk.replace(NOTICE, PREFIX, 1)


class Trial(CrmItem, discriminator="trial"):
    """Somebody of the staff wants to see a template in their own mailbox: which, in which language; kept for a day."""

    template = UnicodeAttribute()
    language = UnicodeAttribute()
    created_at = UnicodeAttribute()
    # Seconds since 1970, for the table's TTL.
    expires_at = WholeNumberAttribute()

    @property
    def staff_id(self) -> str:
        return self.pk.partition("#")[2]

    @property
    def trial_id(self) -> str:
        return self.sk.removeprefix(TRIAL)

    @classmethod
    def keyed(cls, staff_id: str, trial_id: str, **attributes: Any) -> "Trial":
        """The item of one trial."""
        return cls(f"STAFF#{staff_id}", f"{TRIAL}{trial_id}", **attributes)

    @classmethod
    def find(cls, staff_id: str, trial_id: str) -> "Trial | None":
        """One as it is now, consistently."""
        try:
            return cls.get(f"STAFF#{staff_id}", f"{TRIAL}{trial_id}", consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def of(cls, staff_id: str) -> "list[Trial]":
        """All of a member that are kept, consistently."""
        return list(cls.query(f"STAFF#{staff_id}", cls.sk.startswith(TRIAL), consistent_read=True))
