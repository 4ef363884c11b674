"""Questionnaires, what customers answered to them, and answers on their way from a public page into the records."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, DocumentsAttribute, WholeNumberAttribute
from crm.customers.models import partition

PARTITION = "QUESTIONNAIRES"
PREFIX = "QUESTIONNAIRE#"
ANSWERS = "ANSWERS#"
SUBMISSION = "SUBMISSION"


class Questionnaire(CrmItem, discriminator="questionnaire"):
    """What is asked, in every language that it is asked in."""

    version = NumberAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    request_hash = UnicodeAttribute()
    title = DocumentAttribute()
    intro = DocumentAttribute(null=True)
    questions = DocumentsAttribute()
    is_open = BooleanAttribute()

    @property
    def questionnaire_id(self) -> str:
        return self.sk.removeprefix(PREFIX)

    @classmethod
    def keyed(cls, questionnaire_id: str, **attributes: Any) -> "Questionnaire":
        """The item of one questionnaire."""
        return cls(PARTITION, f"{PREFIX}{questionnaire_id}", **attributes)

    @classmethod
    def find(cls, questionnaire_id: str) -> "Questionnaire | None":
        """The questionnaire as it is now, consistently."""
        try:
            return cls.get(PARTITION, f"{PREFIX}{questionnaire_id}", consistent_read=True)
        except cls.DoesNotExist:
            return None


class Answers(CrmItem, discriminator="answers"):
    """What a customer answered to one questionnaire the last time. `event`: the entry that says so in the timeline."""

    at = UnicodeAttribute()
    version = NumberAttribute()
    language = UnicodeAttribute()
    values = DocumentAttribute()
    way = UnicodeAttribute()
    who = UnicodeAttribute(null=True)
    event = UnicodeAttribute()
    # What counts only after a click on a mailed link: {email, texts: what was asked, by purpose}.
    confirm = DocumentAttribute(null=True)

    @property
    def questionnaire_id(self) -> str:
        return self.sk.removeprefix(ANSWERS)

    @classmethod
    def keyed(cls, customer_id: str, questionnaire_id: str, **attributes: Any) -> "Answers":
        """The answers of one customer."""
        return cls(partition(customer_id), f"{ANSWERS}{questionnaire_id}", **attributes)

    @classmethod
    def find(cls, customer_id: str, questionnaire_id: str) -> "Answers | None":
        """The answers as they are now, consistently."""
        try:
            return cls.get(partition(customer_id), f"{ANSWERS}{questionnaire_id}", consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def of(cls, customer_id: str) -> "list[Answers]":
        """All answers of a customer, consistently."""
        return list(cls.query(partition(customer_id), cls.sk.startswith(ANSWERS), consistent_read=True))


class Submission(CrmItem, discriminator="submission"):
    """A form that somebody sent from a public page; its stream record has it taken into a record.

    Under the id of the form, so that a form sent twice is one. When it was taken, `values` go, and `customer` says into
    whose record.
    """

    questionnaire = UnicodeAttribute()
    customer = UnicodeAttribute(null=True)
    language = UnicodeAttribute()
    values = DocumentAttribute(null=True)
    given_at = UnicodeAttribute()
    expires_at = WholeNumberAttribute()

    @property
    def form_id(self) -> str:
        return self.pk.partition("#")[2]

    @classmethod
    def keyed(cls, form_id: str) -> "Submission":
        """The place of one form."""
        return cls(f"ANSWERED#{form_id}", SUBMISSION)

    @classmethod
    def find(cls, form_id: str) -> "Submission | None":
        """The submission as it is now, consistently."""
        try:
            return cls.get(f"ANSWERED#{form_id}", SUBMISSION, consistent_read=True)
        except cls.DoesNotExist:
            return None


class Taken(CrmItem, discriminator="taken"):
    """How many forms came by one link on one day, in UTC: what a link can do is bounded."""

    forms = WholeNumberAttribute()
    expires_at = WholeNumberAttribute()

    @classmethod
    def keyed(cls, link: str, day: str) -> "Taken":
        """The count of one day."""
        return cls(f"ANSWERED#{link}", f"DAY#{day}")
