"""Two customers who may be one person, what speaks for it, and what somebody decided."""

from typing import Any

from pynamodb.attributes import ListAttribute, UnicodeAttribute

from crm.core.table import CrmItem, WholeNumberAttribute

PAIR = "PAIR"
SEARCH = "DUPLICATES"
FOUND = "FOUND"


class Pair(CrmItem, discriminator="duplicate_pair"):
    """A pair by both ids, the smaller first; only ids and kinds of reasons. `state`: open, different.

    What somebody called different stays so for good, however alike the two become.
    """

    score = WholeNumberAttribute()
    reasons: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    state = UnicodeAttribute()
    found_at = UnicodeAttribute()
    decided_at = UnicodeAttribute(null=True)
    decided_by = UnicodeAttribute(null=True)

    @property
    def pair_id(self) -> str:
        return self.pk.partition("#")[2]

    @property
    def customers(self) -> tuple[str, str]:
        """Both ids."""
        one, _, other = self.pair_id.partition("_")
        return one, other

    @classmethod
    def keyed(cls, pair_id: str, **attributes: Any) -> "Pair":
        """The item of a pair."""
        return cls(f"DUPLICATE#{pair_id}", PAIR, **attributes)

    @classmethod
    def read(cls, pair_id: str) -> "Pair | None":
        """The pair as it is now, consistently."""
        try:
            return cls.get(f"DUPLICATE#{pair_id}", PAIR, consistent_read=True)
        except cls.DoesNotExist:
            return None


class FoundUntil(CrmItem, discriminator="duplicates_found"):
    """Up to which change of a customer the finder has looked."""

    until = UnicodeAttribute()

    @classmethod
    def keyed(cls, **attributes: Any) -> "FoundUntil":
        """The only one."""
        return cls(SEARCH, FOUND, **attributes)

    @classmethod
    def place(cls) -> str:
        """How far it is; "" before the first time."""
        try:
            return cls.get(SEARCH, FOUND, consistent_read=True).until
        except cls.DoesNotExist:
            return ""


def pair_of(one: str, other: str) -> str:
    """The id of a pair, whichever is named first."""
    return "_".join(sorted((one, other)))
