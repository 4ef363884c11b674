"""The day that a text names, as people write dates, in the order of day and month that it is said to have."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from crm.calendar import bikram_sambat
from crm.core import text
from crm.core.reason import BadValue, Reason
from crm.core.values import YEARS
from crm.imports import months
from crm.imports.reading import Century, DateOrder

_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:\s*[AaPp]\.?[Mm]\.?)?(?:\s*(?:[Zz]|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_TIMED = re.compile(rf"(.*?\d[^:]*?)(?:[Tt]|,?\s+)({_TIME})", re.ASCII)
_PARTED = re.compile(r"(\d{1,4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,4})\.?", re.ASCII)
_RUN_TOGETHER = re.compile(r"\d{8}", re.ASCII)
_YEARLESS = re.compile(r"(?:--|0000[-/])(\d{2})[-/](\d{2})", re.ASCII)
_TWO_PARTS = re.compile(r"(\d{1,2})[/.-](\d{1,2})\.?", re.ASCII)
_SERIAL = re.compile(r"\d{1,5}(?:[.,]\d+)?", re.ASCII)
_NO_DATE = frozenset({"0000-00-00", "00/00/0000", "0000/00/00", "00.00.0000"})
# Apple's address book writes birthdays without a year into 1604.
_NO_YEAR = 1604
_EXCEL, _EXCEL_1904 = date(1899, 12, 30), date(1904, 1, 1)
_FALSE_LEAP_DAY = 60
_LAST_SERIAL = 80_000
ALL: tuple[DateOrder, ...] = ("ymd", "dmy", "mdy", "bs", "serial", "serial1904")
_LATEST = date(2099, 12, 31)


class NotThatDate(BadValue):
    """The text is no date in the order that its column has; the message says why."""


class Unsure(NotThatDate):
    """Nobody has said in which order the text is."""


@dataclass(frozen=True)
class Written:
    """A date as far as it can be taken without knowing the order: three numbers, or a named month beside others."""

    parts: tuple[str, ...]
    month: int | None = None


def parted(value: str) -> tuple[str, str]:
    """The text of the day and that of the time of day, which may be missing; digits are 0-9."""
    plain = " ".join(text.ascii_digits(value).replace("\u200f", "").replace("\u200e", "").split())
    timed = _TIMED.fullmatch(plain)
    return (timed[1].rstrip(" ,"), timed[2]) if timed else (plain, "")


def fits(value: str) -> dict[DateOrder, str]:
    """The days (ISO) that the text may mean, by order. Years of two digits count as of this century for it."""
    day, _ = parted(value)
    found: dict[DateOrder, str] = {}
    for order in ALL:
        try:
            found[order] = _day(day, order, "2000", _LATEST)
        except NotThatDate:
            continue
    return found


def read(value: str, *, order: DateOrder | None, century: Century | None, today: date) -> str | None:
    """The day as YYYY-MM-DD, or --MM-DD without a year; None for what databases write for no date.

    Raises NotThatDate.
    """
    day, _ = parted(value)
    if day in _NO_DATE:
        return None
    try:
        return _day(day, order, century, today)
    except Unsure:
        if fits(value):
            raise
        raise NotThatDate(Reason("is no day of the calendar")) from None


def has_short_years(value: str) -> bool:
    """Whether the year of the date is written with two digits."""
    written = _written(parted(value)[0])
    if written is None:
        return False
    return len(written.parts) == 3 - bool(written.month) and max(map(len, written.parts)) < 3


def _day(day: str, order: DateOrder | None, century: Century | None, today: date) -> str:
    if order in {"serial", "serial1904"}:
        return _of_serial(day, order == "serial1904")
    if order == "bs":
        return _of_bikram_sambat(day)
    yearless = _YEARLESS.fullmatch(day)
    if yearless:
        return _yearless(int(yearless[1]), int(yearless[2]))
    written = _written(day)
    if written is None:
        raise NotThatDate(_why_not(day))
    year, month, on = _ordered(written, order)
    if year is None:
        return _yearless(month, on)
    return _stored(_full(year, century, month, on, today), month, on)


def _written(day: str) -> Written | None:
    parts = _PARTED.fullmatch(day)
    if parts:
        return Written((parts[1], parts[3], parts[4]))
    if _RUN_TOGETHER.fullmatch(day):
        early = YEARS.start <= int(day[:4]) < YEARS.stop
        return Written((day[:4], day[4:6], day[6:]) if early else (day[:2], day[2:4], day[4:]))
    two = _TWO_PARTS.fullmatch(day)
    if two:
        return Written((two[1], two[2]))
    named = months.named(day)
    return Written(named[1], named[0]) if named else None


def _ordered(written: Written, order: DateOrder | None) -> tuple[str | None, int, int]:
    parts = written.parts
    if written.month:
        *others, day = sorted(parts, key=lambda part: len(part) < 3) if max(map(len, parts)) > 2 else reversed(parts)
        return (others[0] if others else None), written.month, int(day)
    if len(parts) == 3 and len(parts[0]) > 2:
        # Nobody writes year, day, month: what begins with the year says its order itself.
        return parts[0], int(parts[1]), int(parts[2])
    if order is None:
        raise Unsure(Reason("fits several orders of day and month"))
    if len(parts) == 2:
        return _two(parts, order)
    if order == "ymd":
        if len(parts[2]) > 2:
            raise NotThatDate(Reason("ends with the year, unlike the other dates of the column"))
        return parts[0], int(parts[1]), int(parts[2])
    day, month = (parts[0], parts[1]) if order == "dmy" else (parts[1], parts[0])
    return parts[2], int(month), int(day)


def _two(parts: tuple[str, ...], order: DateOrder) -> tuple[None, int, int]:
    first, second = map(int, parts)
    return (None, second, first) if order == "dmy" else (None, first, second)


def _full(year: str, century: Century | None, month: int, day: int, today: date) -> int:
    if len(year) != 2:
        return int(year)
    if century is None:
        raise NotThatDate(Reason("has a year of two digits, and nothing says of which century"))
    if century != "past":
        return int(century) + int(year)
    this = today.year // 100 * 100 + int(year)
    return this if (this, month, day) <= (today.year, today.month, today.day) else this - 100


def _stored(year: int, month: int, day: int) -> str:
    if year == _NO_YEAR:
        return _yearless(month, day)
    if year not in YEARS:
        raise NotThatDate(
            Reason(
                "has the year {year}, which is not from {start} to {stop}",
                year=year,
                start=YEARS.start,
                stop=YEARS.stop - 1,
            )
        )
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise NotThatDate(Reason("is no day of the calendar in the order of its column")) from None


def _yearless(month: int, day: int) -> str:
    try:
        return f"--{date(2000, month, day):%m-%d}"
    except ValueError:
        raise NotThatDate(Reason("is no day of the calendar in the order of its column")) from None


def _of_serial(day: str, since_1904: bool) -> str:
    """Excel's count of days. Its calendar of 1900 has a 29 February that never was, as number 60."""
    if not _SERIAL.fullmatch(day):
        raise NotThatDate(Reason("is no number of days as Excel counts them"))
    number = int(re.split("[.,]", day)[0])
    if len(day) == 4 and number in YEARS:
        raise NotThatDate(Reason("is a year without month and day"))
    if not 1 <= number <= _LAST_SERIAL or (number == _FALSE_LEAP_DAY and not since_1904):
        raise NotThatDate(Reason("is no number of days as Excel counts them"))
    if since_1904:
        return (_EXCEL_1904 + timedelta(number)).isoformat()
    return (_EXCEL + timedelta(number + (number < _FALSE_LEAP_DAY))).isoformat()


def _of_bikram_sambat(day: str) -> str:
    written = _PARTED.fullmatch(day)
    if not written or len(written[1]) != 4 or len(written[4]) > 2:
        raise NotThatDate(Reason("is no date of Bikram Sambat as YYYY-MM-DD"))
    try:
        return bikram_sambat.to_gregorian(f"{written[1]}-{written[3]:0>2}-{written[4]:0>2}").isoformat()
    except BadValue as bad:
        raise NotThatDate(bad.reason) from bad


def _why_not(day: str) -> Reason:
    if re.fullmatch(r"\d{4}", day, re.ASCII):
        return Reason("is a year without month and day")
    if re.fullmatch(_SERIAL, day):
        return Reason("is a number, as Excel counts days, unlike the other dates of the column")
    return Reason("is no date")
