"""Items of the fields that a business defines: each field, and the edition of all of them."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, ListAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from crm.core import items
from crm.core.projection import EPOCH_KEY
from crm.core.table import CrmItem, DocumentAttribute, DocumentsAttribute, WholeNumberAttribute

FIELDS = "FIELDS"
EDITION = "EDITION"
PREFIX = "FIELD#"


class OwnField(CrmItem, discriminator="own_field"):
    """What a business means by one name in the `custom` of its customers."""

    version = NumberAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    type = UnicodeAttribute()
    labels = DocumentAttribute()
    help = DocumentAttribute()
    choices = DocumentsAttribute()
    required = BooleanAttribute()
    searchable = BooleanAttribute()
    order = WholeNumberAttribute()
    visible_to: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)

    @property
    def name(self) -> str:
        return self.sk.partition("#")[2]

    @classmethod
    def keyed(cls, name: str, **attributes: Any) -> "OwnField":
        """The item of one name."""
        return cls(FIELDS, f"{PREFIX}{name}", **attributes)

    @classmethod
    def find(cls, name: str) -> "OwnField | None":
        """The field as it is now, consistently, or None."""
        try:
            return cls.get(FIELDS, f"{PREFIX}{name}", consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def read_all(cls) -> "list[OwnField]":
        """All fields, consistently."""
        return list(cls.query(FIELDS, cls.sk.startswith(PREFIX), consistent_read=True))


class Edition(CrmItem, discriminator="own_fields_edition"):
    """Changes with every change of any field, in the same transaction: whoever has read the fields of an edition
    needs this small item alone to know that they still hold. It also keeps their number within the limit."""

    token = UnicodeAttribute()
    names = UnicodeSetAttribute(null=True)

    @classmethod
    def keyed(cls, **attributes: Any) -> "Edition":
        """The one item."""
        return cls(FIELDS, EDITION, **attributes)

    @classmethod
    def read(cls) -> "Edition | None":
        """The edition as it is now, consistently; None before the first field."""
        try:
            return cls.get(FIELDS, EDITION, consistent_read=True)
        except cls.DoesNotExist:
            return None


class SearchEpoch(CrmItem, discriminator="rules_epoch_of_search"):
    """The epoch of all rules (crm.segments.models.Epoch), as far as fields know of it: what is searched is a rule, too.

    Only its number is read and raised; whoever projects a customer compares it.
    """

    epoch = WholeNumberAttribute()

    @classmethod
    def keyed(cls) -> "SearchEpoch":
        """The one item."""
        return cls(*EPOCH_KEY)

    @classmethod
    def read(cls) -> int:
        """The epoch as it is now, consistently; 0 before the first change of a rule."""
        return int((items.one(*EPOCH_KEY) or {}).get("epoch", 0))
