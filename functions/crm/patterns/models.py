"""Items of what was found in the data."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute


class GroupMade(CrmItem, discriminator="group_made"):
    """Says that a named group was made once by itself, so that it does not come back after it was deleted."""

    @classmethod
    def keyed(cls, group: str) -> "GroupMade":
        """The mark of one group."""
        return cls("PATTERNS", f"GROUP#{group}")

    @classmethod
    def read_all(cls) -> set[str]:
        """The groups that were made, consistently."""
        found = cls.query("PATTERNS", cls.sk.startswith("GROUP#"), consistent_read=True)
        return {mark.sk.removeprefix("GROUP#") for mark in found}


class Suggested(CrmItem, discriminator="suggested_groups"):
    """The groups that were suggested last, as JSON: numbers about at least a dozen customers each, and no customer."""

    found = UnicodeAttribute()
    as_of = UnicodeAttribute()

    @classmethod
    def keyed(cls, **attributes: Any) -> "Suggested":
        """The one item."""
        return cls("PATTERNS", "SUGGESTED", **attributes)

    @classmethod
    def read(cls) -> "Suggested | None":
        """What was suggested last, consistently; None before the first time."""
        try:
            return cls.get("PATTERNS", "SUGGESTED", consistent_read=True)
        except cls.DoesNotExist:
            return None


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
