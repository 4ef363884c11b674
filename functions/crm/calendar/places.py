"""Where on earth the people of a time zone are: the reference point that the zone database gives for it."""

import re
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from crm.business.rules import Business, Place

_POINT = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?")


def of(zone: ZoneInfo, *, business: Business) -> Place | None:
    """The business's own place in its own zone, if it said so; else the zone's. Zones at sea (`Etc/…`) have none."""
    if business.place and zone.key == business.timezone.key:
        return business.place
    return _points().get(_links().get(zone.key, zone.key))


@lru_cache(maxsize=1)
def _points() -> dict[str, Place]:
    # zone.tab: country, point as ±DDMM[SS]±DDDMM[SS], zone, remarks.
    rows = (line.split("\t") for line in _lines("zone.tab") if not line.startswith("#"))
    return {row[2]: _place(row[1]) for row in rows}


@lru_cache(maxsize=1)
def _links() -> dict[str, str]:
    """Other names of zones, such as Asia/Calcutta, to those of zone.tab."""
    rows = (line.split() for line in _lines("tzdata.zi") if line.startswith("L "))
    return {row[2]: row[1] for row in rows if row[2] not in _points()}


def _lines(name: str) -> list[str]:
    return files("tzdata.zoneinfo").joinpath(name).read_text("utf-8").splitlines()


def _place(point: str) -> Place:
    found = _POINT.fullmatch(point)
    if found is None:
        raise ValueError(f"not a point of zone.tab: {point}")
    return Place(_degrees(*found.groups()[:4]), _degrees(*found.groups()[4:]))


def _degrees(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    found = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -found if sign == "-" else found
