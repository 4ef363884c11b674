"""Feasts by lunar days (tithis), reckoned from the sun and the moon over Kathmandu with PyMeeus (Meeus's theories).

A lunar day lasts while the moon runs ahead of the sun by another 12 degrees; a lunar month is named after the sign that
the sun enters in it. A feast falls on the day on which its lunar day prevails at the hour of its rite: if none does, or
two do, there is none here, and the year is left out. Rules after S. K. Chatterjee, Indian Calendric System (1988).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

NEPAL = timezone(timedelta(hours=5, minutes=45))
_DEGREES_A_DAY = 12.19
_LUNAR_DAY = 12


@dataclass(frozen=True)
class Rite:
    """When a feast is kept.

    `earliest`: month and day from which on it can be; `lead`: degrees of the moon before the sun at the end of its
    lunar day; `sun`: between which degrees among the stars the sun stands then in the right lunar month; `hour`: local
    time at which the lunar day must prevail.
    """

    earliest: tuple[int, int]
    lead: int
    sun: tuple[float, float]
    hour: time
    days_later: int = 0


# In a lunar month the sun goes 29.1 degrees. Ashvin is the one in which it comes to 180: its bright tenth day (some 9
# degrees after the new moon) and its last, dark one; Phalgun the one in which it comes to 330: its full moon.
_DASHAMI = Rite((9, 18), 120, (159.6, 189.8), time(6, 30))
_LAKSHMI_PUJA = Rite((10, 10), 360, (180.0, 209.1), time(18))
_HOLI = Rite((2, 18), 180, (315.2, 344.3), time(19), days_later=1)


def dashami(year: int) -> list[date]:
    """The tenth day of Dashain, by the lunar day at sunrise."""
    return _days(year, _DASHAMI)


def lakshmi_puja(year: int) -> list[date]:
    """The evening of the new moon of autumn."""
    return _days(year, _LAKSHMI_PUJA)


def holi(year: int) -> list[date]:
    """The day of colours, after the fires on the evening of the full moon; the hills of Nepal are a day earlier."""
    return _days(year, _HOLI)


def _days(year: int, rite: Rite) -> list[date]:
    start = date(year, *rite.earliest)
    lead = _lead(_moment(start, rite))
    ahead = int(((rite.lead - _LUNAR_DAY / 2 - lead) % 360) / _DEGREES_A_DAY)
    # The feast's own lunation, or the next if that came too early in the year.
    near = [start + timedelta(days=ahead + away) for away in (-1, 0, 1, 2, 28, 29, 30, 31)]
    found = [day for day in near if _is_month(day, rite) and _prevails(day, rite)]
    return [found[0] + timedelta(days=rite.days_later)] if len(found) == 1 else []


def _is_month(day: date, rite: Rite) -> bool:
    return rite.sun[0] <= _sidereal_sun(_moment(day, rite)) < rite.sun[1]


def _prevails(day: date, rite: Rite) -> bool:
    return 0 < (rite.lead - _lead(_moment(day, rite))) % 360 <= _LUNAR_DAY


def _moment(day: date, rite: Rite) -> datetime:
    return datetime.combine(day, rite.hour, NEPAL)


def _lead(moment: datetime) -> float:
    """Degrees by which the moon is ahead of the sun."""
    from pymeeus.Moon import Moon

    epoch = _epoch(moment)
    return (float(Moon.apparent_ecliptical_pos(epoch)[0]) - _tropical_sun(moment)) % 360


def _tropical_sun(moment: datetime) -> float:
    from pymeeus.Sun import Sun

    return float(Sun.apparent_geocentric_position(_epoch(moment))[0]) % 360


def _sidereal_sun(moment: datetime) -> float:
    """The sun among the stars: Lahiri's origin has moved away from the equinox by 23.853° at 2000."""
    return (_tropical_sun(moment) - 23.853 - (moment.year + moment.month / 12 - 2000) * 0.013971) % 360


def _epoch(moment: datetime) -> object:
    from pymeeus.Epoch import Epoch

    at = moment.astimezone(UTC)
    return Epoch(at.year, at.month, at.day + (at.hour + at.minute / 60) / 24, utc=True)
