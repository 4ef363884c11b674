"""What the views keep in the truth: which days' jobs have been queued. Nobody could compute that again."""

from typing import Any

from crm.core.table import CrmItem, DocumentAttribute


class Upkeep(CrmItem, discriminator="upkeep"):
    """`done`: by job the last day for which it was queued, and the place (zone, leap day) that all items are for."""

    done = DocumentAttribute()

    @classmethod
    def keyed(cls, **attributes: Any) -> "Upkeep":
        """The one item."""
        return cls("RULES", "UPKEEP", **attributes)
