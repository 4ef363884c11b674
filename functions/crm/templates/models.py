"""The item of a template: the texts that a business has written, in place of the shipped ones or as its own."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute

PARTITION = "TEMPLATES"
PREFIX = "TEMPLATE#"
# "$" follows "#": all sort keys that begin with the prefix are less than this.
END = "TEMPLATE$"


class Template(CrmItem, discriminator="template"):
    """Texts by language tag, then section. A removed one stays, without being offered: its versions never come again,
    and a rule that was being added in that moment still has words.
    """

    version = WholeNumberAttribute()
    texts = DocumentAttribute()
    removed = BooleanAttribute(default=False)
    request_hash = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    updated_by = UnicodeAttribute()

    @property
    def name(self) -> str:
        return self.sk.removeprefix(PREFIX)

    @classmethod
    def keyed(cls, name: str, **attributes: Any) -> "Template":
        """The item of a template."""
        return cls(PARTITION, PREFIX + name, **attributes)

    @classmethod
    def read(cls, name: str) -> "Template | None":
        """The template as it is now, consistently; None while nobody has written it."""
        try:
            return cls.get(PARTITION, PREFIX + name, consistent_read=True)
        except cls.DoesNotExist:
            return None

    @classmethod
    def read_all(cls) -> list["Template"]:
        """Every template that was ever written, by name."""
        return list(cls.query(PARTITION, cls.sk.between(PREFIX, END), consistent_read=True))


class Edition(CrmItem, discriminator="template_edition"):
    """The texts of one version, kept when the next one replaces it: a message says which version it was made from."""

    texts = DocumentAttribute()
    written_at = UnicodeAttribute()
    written_by = UnicodeAttribute()

    @classmethod
    def of(cls, name: str, version: int, **attributes: Any) -> "Edition":
        """The item of one version of a template."""
        return cls(PARTITION, f"EDITION#{name}#{version:08d}", **attributes)

    @classmethod
    def read(cls, name: str, version: int) -> "Edition | None":
        """That version's texts; None when there never was one."""
        try:
            return cls.get(PARTITION, f"EDITION#{name}#{version:08d}")
        except cls.DoesNotExist:
            return None

    @property
    def version(self) -> int:
        """Which version it is."""
        return int(self.sk.rpartition("#")[2])

    @classmethod
    def latest(cls, name: str, most: int) -> list["Edition"]:
        """The last versions, the newest first."""
        found = cls.query(PARTITION, cls.sk.startswith(f"EDITION#{name}#"), scan_index_forward=False, limit=most)
        return list(found)
