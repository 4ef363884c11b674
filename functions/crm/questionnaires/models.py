"""Questionnaires, and what customers answered to them."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, DocumentsAttribute
from crm.customers.models import partition

PARTITION = "QUESTIONNAIRES"
PREFIX = "QUESTIONNAIRE#"
ANSWERS = "ANSWERS#"


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
