"""What rounds have in common: a change of one field that goes through many customers, and can be taken back."""

from pynamodb.attributes import UnicodeAttribute

from crm.core.table import CrmItem, DocumentAttribute, WholeNumberAttribute

RUNNING, DONE, UNDOING, UNDONE = "running", "done", "undoing", "undone"
UNDER_WAY = frozenset({RUNNING, UNDOING})


class Round(CrmItem):
    """One of them, stored as one of its kinds; its stream record starts the work, each time that its state changes.

    `counts`: what the work came to, by what was told of each customer.
    """

    state = UnicodeAttribute()
    at = UnicodeAttribute()
    by = UnicodeAttribute()
    counts = DocumentAttribute(null=True)
    done_at = UnicodeAttribute(null=True)
    undo_until = UnicodeAttribute()
    undone_at = UnicodeAttribute(null=True)
    undone_by = UnicodeAttribute(null=True)
    # Seconds since 1970, for the table's TTL.
    expires_at = WholeNumberAttribute()

    @property
    def round_id(self) -> str:
        """By which the history of each customer names it."""
        raise NotImplementedError
