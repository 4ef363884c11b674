"""How a reminder repeats: the part of RFC 5545 that says on which days, and the occurrences it makes. Pure.

Accepted are FREQ (DAILY, WEEKLY, MONTHLY, YEARLY), INTERVAL, COUNT or UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS and
WKST: at most one occurrence a day, at the wall time of the first. As in the RFC, a day that a month or year does not
have is left out; the last day of a month is BYMONTHDAY=-1.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from crm.calendar import rules as calendar_rules
from crm.core.reason import BadValue, Reason
from crm.core.values import YEARS

LONGEST = 300
_WALL = "%Y-%m-%dT%H:%M"
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_BY_THE_MONTH = ("MONTHLY", "YEARLY")
_DAY = re.compile(r"(?:([+-]?\d{1,2}))?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL = re.compile(r"\d{8}(T\d{6}Z?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,4}", re.ASCII)
# The Gregorian calendar repeats to the weekday after so many years.
_CYCLE = 400
_LAST_YEAR = 9999
_WEEKS_OF_A_MONTH = 5


@dataclass(frozen=True)
class Occurrence:
    """One time that a reminder is due: what the clocks show, to the minute, and the instant."""

    at: str
    due: datetime


def normalised(text: str) -> str:
    """The rule in capitals without the name of the property. Raises ValueError with what is wrong and the remedy."""
    rule = text.strip().upper().removeprefix("RRULE:")
    parts = _parts(rule)
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise BadValue(
            Reason(
                "FREQ must be one of {frequencies}, such as FREQ=WEEKLY;BYDAY=MO", frequencies=", ".join(_FREQUENCIES)
            )
        )
    for name, value in parts.items():
        _CHECKS[name](name, value)
    _require_sense(parts, frequency)
    return rule


def occurrences(rule: str, *, start: str, zone: ZoneInfo, after: datetime) -> Iterator[Occurrence]:
    """The occurrences of a series that begins at the wall time `start`, of those after the instant `after`, in order.

    The library looks for matching days up to the year 9999, which takes seconds where there are none. So it is asked
    about the last 400 years before it: the same days of the same weekdays, and the end is near.
    """
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - most requests know no repetition

    first = datetime.fromisoformat(start)
    shift = (_LAST_YEAR - first.year) // _CYCLE * _CYCLE
    parts = _parts(rule)
    until = parts.pop("UNTIL", None)
    series: Any = rrulestr(
        ";".join("=".join(part) for part in parts.items()), dtstart=first.replace(year=first.year + shift)
    )
    last = _until(until, zone) if until else None
    for shifted in series:
        wall = shifted.replace(year=shifted.year - shift)
        if wall.year not in YEARS or (last and wall > last):
            return
        due = calendar_rules.instant_of(wall, zone)
        if due > after:
            yield Occurrence(shown(wall), due)


def shown(wall: datetime) -> str:
    """A wall time as reminders have it."""
    return wall.strftime(_WALL)


def key(at: str) -> str:
    """A wall time as the occurrence of a message: `20261201T1000`."""
    return at.replace("-", "").replace(":", "")


def until_instant(rule: str, zone: ZoneInfo) -> datetime | None:
    """The instant of the rule's UNTIL; None without one."""
    until = _parts(rule).get("UNTIL")
    return calendar_rules.instant_of(_until(until, zone), zone) if until else None


def _until(text: str, zone: ZoneInfo) -> datetime:
    """The last wall time that UNTIL allows: a day is meant whole, and a time with Z is one in UTC."""
    if "T" not in text:
        return datetime.strptime(text, "%Y%m%d").replace(hour=23, minute=59, second=59)  # noqa: DTZ007 - a wall time
    wall = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - see below
    return wall.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if text.endswith("Z") else wall


def _parts(rule: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in rule.split(";"):
        name, equals, value = part.partition("=")
        if name not in _CHECKS or not equals:
            raise BadValue(
                Reason(
                    "{part} is not understood; the parts are {checks}, joined by ';'",
                    part=ascii(part[:40]),
                    checks=", ".join(_CHECKS),
                )
            )
        if name in parts:
            raise BadValue(Reason("{name} stands in it twice; write its values in one part, with commas", name=name))
        parts[name] = value
    return parts


def _require_sense(parts: Mapping[str, str], frequency: str) -> None:
    """Refuse what RFC 5545 forbids, and what names a day in a way that its period does not have."""
    if "COUNT" in parts and "UNTIL" in parts:
        raise BadValue(Reason("COUNT and UNTIL exclude each other; leave one out"))
    if frequency not in _BY_THE_MONTH:
        for name in ("BYMONTHDAY", "BYSETPOS"):
            if name in parts:
                raise BadValue(Reason("{name} goes with FREQ=MONTHLY or FREQ=YEARLY only", name=name))
        if any(character.isdigit() for character in parts.get("BYDAY", "")):
            raise BadValue(Reason("numbered days such as 1MO go with FREQ=MONTHLY or FREQ=YEARLY only"))
    _require_weeks(parts, frequency)
    if "BYSETPOS" in parts and not {"BYDAY", "BYMONTHDAY"} & parts.keys():
        raise BadValue(Reason("BYSETPOS chooses among days; name them with BYDAY or BYMONTHDAY"))


def _require_weeks(parts: Mapping[str, str], frequency: str) -> None:
    """Refuse the sixth Monday of a month: for some such rules the library fails, instead of finding no day."""
    by_the_month = frequency == "MONTHLY" or "BYMONTH" in parts
    numbers = [int(found[1] or 1) for found in _DAY.finditer(parts.get("BYDAY", ""))]
    if by_the_month and any(abs(number) > _WEEKS_OF_A_MONTH for number in numbers):
        raise BadValue(Reason("a month has each weekday five times at most: BYDAY holds 1MO to 5MO, or -1MO to -5MO"))


def _frequency(_name: str, _value: str) -> None:
    """Looked at before all others, since they depend on it."""


def _until_form(name: str, value: str) -> None:
    remedy = Reason("{name} must be a day such as 20271231, or a local time such as 20271231T235900", name=name)
    if not _UNTIL.fullmatch(value):
        raise BadValue(remedy)
    try:
        end = _until(value, ZoneInfo("UTC"))
    except ValueError as bad:
        raise BadValue(Reason("{remedy}, in the calendar", remedy=remedy)) from bad
    if end.year not in YEARS:
        raise BadValue(
            Reason(
                "{name} must lie between the years {start} and {stop}",
                name=name,
                start=YEARS.start,
                stop=YEARS.stop - 1,
            )
        )


def _days(name: str, value: str) -> None:
    days = _listed(name, value, most=35)
    for day in days:
        found = _DAY.fullmatch(day)
        if not found or (found[1] and not 1 <= abs(int(found[1])) <= 53):
            raise BadValue(
                Reason(
                    "{name} holds days such as MO, or 1MO and -1FR by the month, not {day}",
                    name=name,
                    day=ascii(day[:20]),
                )
            )


def _weekday(name: str, value: str) -> None:
    if not _DAY.fullmatch(value) or value[0].isdigit() or len(value) != 2:
        raise BadValue(Reason("{name} must be one of MO, TU, WE, TH, FR, SA, SU", name=name))


def _whole(most: int) -> Callable[[str, str], None]:
    def check(name: str, value: str) -> None:
        if not _NUMBER.fullmatch(value) or not 1 <= int(value) <= most:
            raise BadValue(Reason("{name} must be a whole number from 1 to {most}", name=name, most=most))

    return check


def _numbers(most: int, *, values: int, backwards: bool) -> Callable[[str, str], None]:
    def check(name: str, value: str) -> None:
        allowed = Reason("1 to {most}", most=most)
        if backwards:
            allowed = Reason("1 to {most}, or -1 to -{most} from the end", most=most)
        for number in _listed(name, value, most=values):
            if not _NUMBER.fullmatch(number) or not 1 <= (abs(int(number)) if backwards else int(number)) <= most:
                raise BadValue(
                    Reason(
                        "{name} holds numbers from {allowed}, not {number}",
                        name=name,
                        allowed=allowed,
                        number=ascii(number[:20]),
                    )
                )

    return check


def _listed(name: str, value: str, *, most: int) -> list[str]:
    values = value.split(",")
    if len(values) > most or len(set(values)) != len(values):
        raise BadValue(Reason("{name} holds at most {most} values, each once", name=name, most=most))
    return values


_CHECKS: Mapping[str, Callable[[str, str], None]] = {
    "FREQ": _frequency,
    "INTERVAL": _whole(1000),
    "COUNT": _whole(1000),
    "UNTIL": _until_form,
    "BYMONTH": _numbers(12, values=12, backwards=False),
    "BYMONTHDAY": _numbers(31, values=31, backwards=True),
    "BYDAY": _days,
    "BYSETPOS": _numbers(366, values=10, backwards=True),
    "WKST": _weekday,
}
