"""Items of what was found in the data."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute


class CutPoints(CrmItem, discriminator="rules_cuts"):
    """The points that cut all customers who ever bought into five parts, by measure; projections read `cuts`.

    `epoch` is that of the rules at which these came into force (0: there were none ever), `rank` and `run` name the
    run of the job that found them, `day` is the business's date on which days were counted.
    """

    cuts = DocumentAttribute()
    customers = WholeNumberAttribute()
    by_score = DocumentAttribute()
    epoch = WholeNumberAttribute()
    rank = WholeNumberAttribute()
    run = UnicodeAttribute()
    day = UnicodeAttribute()
    as_of = UnicodeAttribute()

    @classmethod
    def keyed(cls, **attributes: Any) -> "CutPoints":
        """The one item."""
        return cls("RULES", "CUTS", **attributes)

    @classmethod
    def read(cls) -> "CutPoints | None":
        """The cut points as they are now, consistently; None before they were first looked for."""
        try:
            return cls.get("RULES", "CUTS", consistent_read=True)
        except cls.DoesNotExist:
            return None
