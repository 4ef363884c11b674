"""The item of one address that mail may not go to."""

import hashlib

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute

from crm.core.table import CrmItem, DocumentAttribute

SORT = "SUPPRESSION"


class Suppression(CrmItem, discriminator="suppression"):
    """What keeps mail from one address, whoever has it: failures and complaints by kind, and the person's own refusal.

    The address itself is not in it, only its hash: it stays when the customer is forgotten.
    """

    # Each kind is an attribute {reason, since} of its own: an update can then set it where there is no item yet.
    hard_bounce = DocumentAttribute(null=True)
    complaint = DocumentAttribute(null=True)
    soft_bounces = DocumentAttribute(null=True)
    # Purposes that the person refused through a link in a mail, or on the preference page.
    refused = UnicodeSetAttribute(null=True)
    # How a stop was written before there were kinds; it still stops.
    reason = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute(null=True)

    @classmethod
    def keyed(cls, address: str) -> "Suppression":
        """The item of an address, in any spelling of its case."""
        digest = hashlib.sha256(address.strip().lower().encode()).hexdigest()[:40]
        return cls(f"SUPPRESSED#{digest}", SORT)
