"""The item of one address that mail may not go to."""

import hashlib
from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute

SORT = "SUPPRESSION"
FORGOTTEN = "FORGOTTEN"
_RUN = "SOFT_BOUNCES"


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
        return cls(_partition(address), SORT)


class SoftBounces(CrmItem, discriminator="soft_bounces"):
    """The days on which mail to one address came back for the time being, with no delivery since; soon forgotten."""

    revision = WholeNumberAttribute()
    # Day to the latest instant of a bounce on it; all of them are later than `floor`.
    days = DocumentAttribute()
    # The latest delivery, or the latest bounce before a person opened the address again: what is older counts no more.
    floor = UnicodeAttribute(null=True)
    # Whether the days have closed the address.
    closed = BooleanAttribute(default=False)
    expires_at = WholeNumberAttribute()

    @classmethod
    def keyed(cls, address: str) -> "SoftBounces":
        """The item of an address, in any spelling of its case."""
        return cls(_partition(address), _RUN)


class Forgotten(CrmItem, discriminator="forgotten"):
    """Says that whoever had an address was erased and is not to come back by a file; a keyed hash and nothing else."""

    since = UnicodeAttribute()

    @classmethod
    def keyed(cls, key_id: str, fingerprint: str, **attributes: Any) -> "Forgotten":
        """The mark under the hash that a signing key gives."""
        return cls(f"FORGOTTEN#{key_id}#{fingerprint}", FORGOTTEN, **attributes)


def _partition(address: str) -> str:
    return f"SUPPRESSED#{hashlib.sha256(address.strip().lower().encode()).hexdigest()[:40]}"
