"""Forms on their way from a public page into the records, and how many came by a link."""

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute

SUBMISSION = "SUBMISSION"


class Submission(CrmItem, discriminator="submission"):
    """A form that somebody sent from a public page; its stream record has it taken into a record.

    Under the id of the form, so that a form sent twice is one. `questionnaire` or `checkup` (its year) says what it
    answers. When it was taken, `values` go, and `customer` says into whose record.
    """

    questionnaire = UnicodeAttribute(null=True)
    checkup = UnicodeAttribute(null=True)
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
