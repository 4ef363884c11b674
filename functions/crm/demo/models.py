"""Whether this shop shows made-up customers, and which."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from crm.core.table import CrmItem

DEMO = "DEMO"


class Demo(CrmItem, discriminator="demo"):
    """The demo shop, while it is in: `state` is `coming`, `in` or `going`.

    The ids of its customers follow from `round`, which no other has, and `by`, the member who put it in. `begun_at` is
    the instant that its days are counted from, so that whoever goes on with it makes the same people.
    """

    state = UnicodeAttribute()
    round = UnicodeAttribute()
    by = UnicodeAttribute()
    begun_at = UnicodeAttribute()
    # That before it nothing was known of who comes how often: what was found goes with it.
    found_patterns = BooleanAttribute(null=True)

    @classmethod
    def keyed(cls, **attributes: Any) -> "Demo":
        """The one item."""
        return cls(DEMO, DEMO, **attributes)

    @classmethod
    def read(cls) -> "Demo | None":
        """The demo shop as it is now, consistently; None where there is none."""
        try:
            return cls.get(DEMO, DEMO, consistent_read=True)
        except cls.DoesNotExist:
            return None
