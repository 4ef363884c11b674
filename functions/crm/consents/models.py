"""What a customer agreed to or refused, each time, and the texts that they were shown."""

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import CrmItem

CONSENT = "CONSENT#"
TEXTS = "CONSENT_TEXTS"


class Consent(CrmItem, discriminator="consent"):
    """One answer for one purpose; never changed, and erased with the customer. No network address is kept."""

    purpose = UnicodeAttribute()
    # "yes", "no", or "none" for an answer that was taken back.
    answer = UnicodeAttribute()
    at = UnicodeAttribute()
    way = UnicodeAttribute()
    who = UnicodeAttribute(null=True)
    of = UnicodeAttribute(null=True)
    said_at = UnicodeAttribute(null=True)
    # Which text they were shown, by its key; and a hash of the link that they came by, which opens nothing.
    text = UnicodeAttribute(null=True)
    link = UnicodeAttribute(null=True)

    @classmethod
    def keyed(cls, customer_id: str, purpose: str, at: str) -> "Consent":
        """The place of one answer."""
        return cls(f"CUSTOMER#{customer_id}", f"{CONSENT}{purpose}#{at}")


class ConsentText(CrmItem, discriminator="consent_text"):
    """A text as it was shown in one language. Its version is a hash of it, so another text is another version."""

    words = UnicodeAttribute()

    @classmethod
    def keyed(cls, purpose: str, language: str, version: str) -> "ConsentText":
        """The place of a text."""
        return cls(TEXTS, f"{purpose}#{language}#{version}")
