"""Dates of Nepal's Bikram Sambat calendar, read and shown; what is stored is Gregorian. Pure.

The lengths of its months are published by councils and no formula gives them. nepali-datetime 1.0.8 is used between
FIRST and LAST only: there every day is confirmed by a second library (bsdatetime 1.0 until October 2026, nepali 1.2
from 2005 on); after LAST they differ from each other by up to a day.
"""

import re
from datetime import date

from crm.core import text
from crm.core.reason import BadValue, Reason

FIRST = date(1918, 4, 13)
LAST = date(2027, 6, 14)
FIRST_SHOWN, LAST_SHOWN = "1975-01-01", "2084-02-31"
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


def to_gregorian(day: str) -> date:
    """The day that a Bikram Sambat date (`YYYY-MM-DD`, in digits of any script) names. Raises ValueError."""
    import nepali_datetime  # noqa: PLC0415 - reads a table when it is imported

    found = _DATE.fullmatch(text.ascii_digits(day).strip())
    if not found or not FIRST_SHOWN <= found[0] <= LAST_SHOWN:
        raise BadValue(
            Reason(
                "must be a date of Bikram Sambat as YYYY-MM-DD, from {first} to {last}",
                first=FIRST_SHOWN,
                last=LAST_SHOWN,
            )
        )
    try:
        on: date = nepali_datetime.date(*map(int, found.groups())).to_datetime_date()
    except ValueError as bad:
        raise BadValue(
            Reason("{day} is no date of Bikram Sambat: its year or month has no such day", day=found[0])
        ) from bad
    return on


def shown(day: date) -> str | None:
    """A Gregorian day as a Bikram Sambat date `YYYY-MM-DD`; None outside the years that are sure."""
    import nepali_datetime  # noqa: PLC0415 - reads a table when it is imported

    if not FIRST <= day <= LAST:
        return None
    found = nepali_datetime.date.from_datetime_date(day)
    return f"{found.year:04}-{found.month:02}-{found.day:02}"
