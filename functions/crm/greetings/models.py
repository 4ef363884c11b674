"""The rule of a greeting. All rules share a partition: a tick reads them with one Query."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from crm.core.table import CrmItem

PARTITION = "GREETINGS"
PREFIX = "GREETING#"


class Greeting(CrmItem, discriminator="greeting"):
    """On which occasion, how many days from it and from which local hour on, whom and with which template."""

    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    request_hash = UnicodeAttribute()
    name = UnicodeAttribute()
    occasion = UnicodeAttribute()
    offset_days = NumberAttribute()
    send_at = UnicodeAttribute()
    segment = UnicodeAttribute(null=True)
    template = UnicodeAttribute()
    active = BooleanAttribute()

    @property
    def greeting_id(self) -> str:
        return self.sk.removeprefix(PREFIX)

    @classmethod
    def read(cls, greeting_id: str) -> "Greeting":
        """The rule as it is now, consistently. Raises Greeting.DoesNotExist."""
        return cls.get(PARTITION, PREFIX + greeting_id, consistent_read=True)
