"""Keys of the calendar in ViewsTable: who is due is read by the day, never by looking at everybody.

The zone stands in the sort key, so that whoever asks for a day asks once and not once for each zone in use.
"""

from decimal import Decimal

RESIDENTS = "RESIDENTS"
NO_YEAR = "----"
_AFTER_ALL = "~"
_UTC = "#UTC"


def partition(source: str, day: str) -> str:
    """All who have this occasion on a day of the year (`MM-DD`, or month and day of another calendar)."""
    return f"OCCASION#{source}#{day}"


def utc_partition(source: str, day: str) -> str:
    """The same for instants of customers without a zone, by their day in UTC: the business's zone may change."""
    return partition(source, day) + _UTC


def place(*, year: int | None, zone: str, customer_id: str, amount: Decimal | None = None, detail: str = "") -> str:
    """Where an entry stands in its partition: first what ranges are asked of, an amount or the year it began."""
    first = f"{padded(amount)}#" if amount is not None else ""
    last = f"#{detail}" if detail else ""
    return f"{first}{NO_YEAR if year is None else f'{year:04}'}#{zone}#{customer_id}{last}"


def padded(amount: Decimal) -> str:
    """An amount of at most 15 digits and 4 decimals as text of one length, so that its order is that of the numbers."""
    return f"{amount:020.4f}"


def of_year(year: int) -> tuple[str, str]:
    """The bounds of the entries that began in a year."""
    return f"{year:04}#", f"{year:04}#{_AFTER_ALL}"


def from_amount(least: Decimal) -> tuple[str, str]:
    """The bounds of the entries of at least this amount."""
    return padded(least), _AFTER_ALL
