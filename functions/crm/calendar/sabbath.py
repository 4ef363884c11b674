"""From Friday's sunset until Saturday's nightfall, by the sun of a place. Pure.

Sunset is the sun's upper rim at the horizon; nightfall, three small stars, is the sun's middle 8.5° below it. Where the
sun does not set on that Friday, and in zones that are no place, the sabbath begins at noon; where the sun does not sink
to 8.5° within the half day after Saturday's noon, it ends with Saturday: both err on the side of silence.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crm.business.rules import Place
from crm.calendar import rules

if TYPE_CHECKING:
    from astral import Observer

NIGHTFALL_DEGREES = 8.5
# Half the sun's width and what the air bends.
SUNSET_DEGREES = 0.833
_HALF_A_DAY = timedelta(hours=12)
_FRIDAY = 5


def containing(moment: datetime, *, zone: ZoneInfo, place: Place | None) -> tuple[datetime, datetime] | None:
    """The beginning and end (UTC) of the sabbath that `moment` lies in, for somebody at `place`; None on other days."""
    today = rules.local_date(moment, zone)
    # Nightfall can come after Saturday's midnight.
    friday = today - timedelta(days=(today.isoweekday() - _FRIDAY) % 7)
    if today - friday > timedelta(days=2):
        return None
    begins, ends = _bounds(friday, zone, place)
    return (begins, ends) if begins <= moment < ends else None


@lru_cache(maxsize=1024)
def _bounds(friday: date, zone: ZoneInfo, place: Place | None) -> tuple[datetime, datetime]:
    saturday, sunday = friday + timedelta(days=1), friday + timedelta(days=2)
    begins = _sinks(friday, zone, place, SUNSET_DEGREES) if place else None
    ends = _sinks(saturday, zone, place, NIGHTFALL_DEGREES) if place else None
    return begins or _clock(friday, zone, time(12)), ends or _clock(sunday, zone, time())


def _sinks(day: date, zone: ZoneInfo, place: Place, degrees: float) -> datetime | None:
    """When the sun goes so far below the horizon between the noon of a local day and midnight; None: it does not.

    Found by halving, since the sun only sinks between noon and midnight: a library's own sunset is that of a day in
    UTC, which is another one at the date line.
    """
    from astral import Observer  # noqa: PLC0415 - loaded where the sabbath is kept
    from astral.sun import elevation  # noqa: PLC0415 - loaded where the sabbath is kept

    observer = Observer(place.latitude, place.longitude)
    above = _noon(day, zone, observer)
    below = above + _HALF_A_DAY
    if elevation(observer, above, with_refraction=False) <= -degrees:
        return None
    if elevation(observer, below, with_refraction=False) > -degrees:
        return None
    while below - above > timedelta(seconds=1):
        middle = above + (below - above) / 2
        if elevation(observer, middle, with_refraction=False) > -degrees:
            above = middle
        else:
            below = middle
    return below.replace(microsecond=0)


def _noon(day: date, zone: ZoneInfo, observer: "Observer") -> datetime:
    """When the sun stands highest on a local day: the noon next to that of the clock."""
    from astral.sun import noon  # noqa: PLC0415 - loaded where the sabbath is kept

    clocks = _clock(day, zone, time(12))
    near = [noon(observer, clocks.date() + timedelta(days=away)) for away in (-1, 0, 1)]
    return min(near, key=lambda moment: abs(moment - clocks))


def _clock(day: date, zone: ZoneInfo, at: time) -> datetime:
    return rules.instant_of(datetime.combine(day, at), zone).astimezone(UTC)
