"""Birthdays by the Hebrew calendar. Pure.

A day is written `MM-DD` with the months counted from Nisan; `12` is the first Adar of a leap year, `13` the Adar of a
plain year or the second Adar, which are one for this. The rule is the usual one (Reingold and Dershowitz, Calendrical
Calculations, "hebrew-birthday"): who was born in Adar keeps it in the second Adar of a leap year, who was born in the
first Adar in the only one of a plain year, and the 30th of a month that has only 29 days is the first of the next.

A Hebrew day begins at sunset, and a birthday is noted without its hour: it counts as born by day. Who was born in the
evening has their Hebrew birthday a day later.
"""

from datetime import date

_ADAR, _LAST = 12, 13
# Days that not every year has: 30 Marheshvan, 30 Kislev, 30 Adar I.
_RARE = ("08-30", "09-30", "12-30")


def month_day(born: date) -> str:
    """The Hebrew day of the year of a birth."""
    return year_and_day(born)[1]


def year_and_day(born: date) -> tuple[int, str]:
    """The Hebrew year of a birth, and the day of the year (`MM-DD` as above)."""
    year, month, day = _parts(born)
    return year, f"{_LAST if month == _ADAR and not _is_leap(year) else month:02}-{day:02}"


def year_of(day: date) -> int:
    """The Hebrew year of the daylight of a day."""
    return _parts(day)[0]


def celebrated_on(born: str, *, year: int) -> date:
    """The day in a Hebrew year on which a birth on `born` (`MM-DD` as above) is kept."""
    from pyluach.dates import HebrewDate  # noqa: PLC0415 - loaded where Hebrew birthdays are asked for

    month, day = int(born[:2]), int(born[3:])
    if month == _LAST and not _is_leap(year):
        month = _ADAR
    # From the first of the month on, so that a 30th that is missing becomes the first of the next.
    found: date = (HebrewDate(year, month, 1) + (day - 1)).to_pydate()
    return found


def kept_on(day: date) -> tuple[str, ...]:
    """The Hebrew days of the year (`MM-DD` as above) that are kept on a day."""
    year, month, number = _parts(day)
    months = (_ADAR, _LAST) if month >= _ADAR else (month,)
    near = {f"{one:02}-{number:02}" for one in months} | set(_RARE)
    return tuple(sorted(one for one in near if celebrated_on(one, year=year) == day))


def _parts(day: date) -> tuple[int, int, int]:
    from pyluach.dates import HebrewDate  # noqa: PLC0415 - loaded where Hebrew birthdays are asked for

    found = HebrewDate.from_pydate(day)
    return found.year, found.month, found.day


def _is_leap(year: int) -> bool:
    """Seven years in nineteen have thirteen months."""
    return (7 * year + 1) % 19 < 7
