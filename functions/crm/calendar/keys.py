"""Keys of the calendar in ViewsTable: who is due is read by day and zone, never by looking at everybody."""

BIRTHDAY = "birthday"
PURCHASE_ANNIVERSARY = "purchase_anniversary"
OCCASIONS = (BIRTHDAY, PURCHASE_ANNIVERSARY)
ZONES = "ZONES"


def occasion(name: str, *, month_day: str, zone: str) -> str:
    """The partition of one occasion on one day of the year (`MM-DD`) for the customers of one zone (`-`: no own)."""
    return f"OCCASION#{name}#{month_day}#{zone}"
