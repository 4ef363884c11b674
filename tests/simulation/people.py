"""Who the customers are, and when they are to be greeted: naive, by the calendar on each customer's own wall.

Nothing here asks the product: dates are compared as text on the local day, occasion by occasion, customer by customer.
"""

from __future__ import annotations

import random
from calendar import isleap
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from pyluach.dates import HebrewDate
from pyluach.hebrewcal import Year

ZONES = (
    "Asia/Karachi", "Asia/Dhaka", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Jerusalem", "Asia/Dubai", "Asia/Riyadh",
    "Asia/Kabul", "Asia/Tehran", "Asia/Colombo", "Asia/Bangkok", "Asia/Singapore", "Asia/Tokyo", "Asia/Shanghai",
    "Asia/Jakarta", "Asia/Manila", "Asia/Almaty", "Asia/Yangon", "Australia/Sydney", "Australia/Adelaide",
    "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Honolulu",
    "Pacific/Pago_Pago", "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York",
    "America/St_Johns", "America/Sao_Paulo", "America/Mexico_City", "Atlantic/Azores", "Europe/London", "Europe/Berlin",
    "Europe/Istanbul", "Africa/Cairo", "Africa/Casablanca", "Africa/Lagos",
)  # fmt: skip
LANGUAGES = ("en", "ur", "bn", "ne", "he")
BUSINESS_ZONE = "Asia/Karachi"
# Held here: zoneinfo itself keeps eight, and reads the others from disk again and again.
CLOCKS: dict[str | None, ZoneInfo] = {zone: ZoneInfo(zone) for zone in ZONES} | {None: ZoneInfo(BUSINESS_ZONE)}
SEND_AT, LATEST = 9, 20
Due = tuple[str, str]
"""A rule's name and the occurrence that is due under it."""


@dataclass
class Person:
    """A customer as the simulation knows them; `id` is the product's."""

    name: str
    zone: str | None
    birthday: str | None = None
    joined: str | None = None
    wedding: str | None = None
    purchases: list[datetime] = field(default_factory=list)
    language: str | None = None
    consent: dict[str, bool] = field(default_factory=dict)
    id: str = ""
    changed_at: datetime | None = None
    erased: bool = False

    @property
    def clock(self) -> ZoneInfo:
        """What their clocks show."""
        return CLOCKS[self.zone]


def drawn(draw: random.Random, number: int, *, now: datetime) -> Person:
    """A new customer."""
    year = f"{draw.randint(1950, 2008)}" if draw.random() < 0.7 else "-"
    day = "02-29" if draw.random() < 0.01 else f"{date(2023, 1, 1) + timedelta(days=draw.randrange(365)):%m-%d}"
    if year != "-" and day == "02-29":
        year = "1996"
    earlier = [now - timedelta(days=draw.randint(1, 1200), minutes=draw.randint(0, 1400)) for _ in range(3)]
    return Person(
        name=f"Person {number}",
        zone=draw.choice(ZONES) if draw.random() < 0.95 else None,
        birthday=f"{year}-{day}" if draw.random() < 0.8 else None,
        joined=f"{now.date() - timedelta(days=draw.randint(1, 2000))}" if draw.random() < 0.4 else None,
        wedding=f"--{draw.randint(1, 12):02}-{draw.randint(1, 28):02}" if draw.random() < 0.2 else None,
        purchases=sorted(earlier[: draw.randint(0, 3)]),
        language=draw.choice((*LANGUAGES, None)),
        consent={"marketing": True} if draw.random() < 0.4 else {},
    )


def planned(person: Person, day: date) -> list[Due]:
    """What is to go out to a person on their local day, whatever rules are switched on."""
    found: list[Due] = []
    if person.birthday:
        found += _birthdays(person.birthday, day)
    if person.wedding and _returns(person.wedding, day):
        found.append(("wedding", str(day.year)))
    if person.joined and _returns(person.joined, day):
        found.append(("joined", str(day.year)))
    bought = sorted(moment.astimezone(person.clock).date() for moment in person.purchases)
    if bought and _returns(str(bought[0]), day):
        found.append(("purchase", str(day.year)))
    if bought and bought[0] + timedelta(days=7) == day:
        found.append(("thanks", str(bought[0])))
    if bought and bought[-1] + timedelta(days=90) == day:
        found.append(("missed", str(bought[-1])))
    if day == easter(day.year):
        found.append(("easter", str(day.year)))
    return found


def near(person: Person, now: datetime, days: int = 5) -> bool:
    """Whether something is planned for them around now: then nothing that could move it is changed."""
    today = now.astimezone(person.clock).date()
    return any(planned(person, today + timedelta(days=away)) for away in range(-days, days + 1))


def is_time(person: Person, now: datetime) -> bool:
    """Whether greetings go out now by their clock."""
    return SEND_AT <= now.astimezone(person.clock).hour < LATEST


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _returns(text: str, day: date) -> bool:
    """Whether a date, with its year or without, has its day again on `day`; 29 February on the 28th in other years."""
    month_day, year = text[-5:], text[:-6]
    same = month_day == f"{day:%m-%d}" or (month_day == "02-29" and f"{day:%m-%d}" == "02-28" and not isleap(day.year))
    return same and (year in {"-", ""} or int(year) < day.year)


def _birthdays(birth: str, day: date) -> list[Due]:
    own = [("birthday", str(day.year))] if _returns(birth, day) else []
    # Without its year a day has no Hebrew date.
    is_whole = not birth.startswith("-")
    hebrew = is_whole and _returns_in_hebrew(date.fromisoformat(birth), day)
    return [*own, ("hebrew", f"{_hebrew(day).year}")] if hebrew else own


def _returns_in_hebrew(birth: date, day: date) -> bool:
    """Whether a day has the Hebrew month and day of a birth; the 30th of a short month is the first of the next."""
    born, today, eve = _hebrew(birth), _hebrew(day), _hebrew(day - timedelta(days=1))
    same = today.day == born.day and _same_month(born, today)
    moved = born.day == 30 and (eve.day, today.day) == (29, 1) and _same_month(born, eve)
    return today.year > born.year and (same or moved)


def _same_month(born: Any, there: Any) -> bool:
    """Adar of a plain year is the second Adar of a leap year; who was born in the first has it in a leap year alone."""
    in_adar = born.month == 13 or (born.month == 12 and not Year(born.year).leap)
    return bool(there.month == ((13 if Year(there.year).leap else 12) if in_adar else born.month))


@lru_cache(maxsize=40_000)
def _hebrew(day: date) -> Any:
    return HebrewDate.from_pydate(day)


def local(moment: datetime, person: Person) -> datetime:
    """What their clocks and calendar show."""
    return moment.astimezone(UTC).astimezone(person.clock)
