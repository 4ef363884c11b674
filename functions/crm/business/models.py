"""The one item that holds what the business has decided."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, ListAttribute, NumberAttribute, UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute

PARTITION = "BUSINESS"
SORT = "CUSTOMS"


class Customs(CrmItem, discriminator="customs"):
    """Only what was decided stands here; all else has its default in `rules.Business` or in `template.yaml`."""

    version = NumberAttribute()
    updated_at = UnicodeAttribute()
    leap_day = UnicodeAttribute(null=True)
    earliest_hour = UnicodeAttribute(null=True)
    latest_hour = UnicodeAttribute(null=True)
    weekend: ListAttribute[Any] = ListAttribute(of=WholeNumberAttribute, null=True)
    holidays: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    sabbath = BooleanAttribute(null=True)
    place = DocumentAttribute(null=True)
    cap_mails = WholeNumberAttribute(null=True)
    cap_days = WholeNumberAttribute(null=True)
    sender_name = UnicodeAttribute(null=True)
    reply_to = UnicodeAttribute(null=True)
    logo_url = UnicodeAttribute(null=True)
    postal_address = UnicodeAttribute(null=True)
    advertising_label = UnicodeAttribute(null=True)

    @classmethod
    def read(cls) -> "Customs | None":
        """The customs as they are now, consistently; None while nothing was decided."""
        try:
            return cls.get(PARTITION, SORT, consistent_read=True)
        except cls.DoesNotExist:
            return None
