"""Keys of machines, each an item; what opens them is not in it, but a hash of that."""

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import CrmItem, WholeNumberAttribute

KEYS = "KEYS"


class MachineKey(CrmItem, discriminator="machine_key"):
    """A key: whose it is, which role it has, how many requests a minute it is good for, until when.

    `secret_hash` is of the secret that holds now, `earlier_hash` of the one before, which holds until `earlier_until`;
    `generation` counts the secrets. `minute` and `used` count the requests of the minute in which it was used last.
    """

    version = WholeNumberAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    request_hash = UnicodeAttribute()
    name = UnicodeAttribute()
    role = UnicodeAttribute()
    rate = WholeNumberAttribute()
    valid_until = UnicodeAttribute()
    # Thirty days after its end it goes from the list.
    expires_at = WholeNumberAttribute()
    revoked_at = UnicodeAttribute(null=True)

    generation = WholeNumberAttribute()
    secret_hash = UnicodeAttribute()
    earlier_hash = UnicodeAttribute(null=True)
    earlier_until = UnicodeAttribute(null=True)
    rotation = UnicodeAttribute(null=True)
    rotated_at = UnicodeAttribute(null=True)

    minute = UnicodeAttribute(null=True)
    used = WholeNumberAttribute(null=True)

    @property
    def key_id(self) -> str:
        return self.sk

    @property
    def last_used(self) -> str | None:
        """The minute of the last request, as an instant."""
        return f"{self.minute}Z" if self.minute else None

    @classmethod
    def read(cls, key_id: str) -> "MachineKey | None":
        """The key as it is stored, consistently."""
        try:
            return cls.get(KEYS, key_id, consistent_read=True)
        except cls.DoesNotExist:
            return None
