"""Occasions of a customer: what began when, and on which local day it comes round. Pure.

An occasion has a source: `birthday`, `hebrew_birthday`, `joined` (the reward programme) and `custom.<field>` are dates;
`registered`, `first_purchase`, `last_purchase`, `large_purchase`, `last_contact` and `checkup` are instants, which lie
on the day that it then was where the customer lives; `feast.<id>` is everybody's (`crm.calendar.feasts`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crm.calendar import feasts, hebrew, rules

BIRTHDAY = "birthday"
HEBREW_BIRTHDAY = "hebrew_birthday"
JOINED = "joined"
REGISTERED = "registered"
FIRST_PURCHASE = "first_purchase"
LAST_PURCHASE = "last_purchase"
LARGE_PURCHASE = "large_purchase"
LAST_CONTACT = "last_contact"
CHECKUP = "checkup"
CUSTOM = "custom."
FEAST = "feast."
INSTANTS = frozenset({REGISTERED, FIRST_PURCHASE, LAST_PURCHASE, LARGE_PURCHASE, LAST_CONTACT, CHECKUP})
_DATE = re.compile(r"(\d{4}-|--)\d{2}-\d{2}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)


@dataclass(frozen=True)
class Occasion:
    """What is celebrated: every year's return of the day (`yearly`), or the one day itself.

    `least` is the least amount of a large purchase, in the reporting currency.
    """

    source: str
    yearly: bool
    least: Decimal | None = None

    @property
    def feast(self) -> str | None:
        """The id of the feast, if it is one."""
        return self.source.removeprefix(FEAST) if self.source.startswith(FEAST) else None


@dataclass(frozen=True)
class Celebration:
    """A local day on which an occasion is kept, the day it began and the years since then, where they are known.

    `amount` is what a large purchase came to, in the reporting currency.
    """

    occasion_on: date
    began: date | None
    years: int | None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Day:
    """A day of the year (`MM-DD`) and the year something began on it, where that is known, in the occasion's calendar;
    `date` is the same day in the Gregorian one.
    """

    month_day: str
    year: int | None
    date: date | None


@dataclass(frozen=True)
class Beginning:
    """What an occasion goes back to: a date (`YYYY-MM-DD`, `--MM-DD`) or an instant, and what was paid."""

    source: str
    text: str
    amount: Decimal | None = None

    def local(self, zone: ZoneInfo) -> Day:
        """The day it was; an instant was on the day of `zone`."""
        text = self.text
        if self.source in INSTANTS:
            text = rules.local_date(datetime.fromisoformat(text), zone).isoformat()
        if text.startswith("--"):
            return Day(text[-5:], None, None)
        began = date.fromisoformat(text)
        if self.source == HEBREW_BIRTHDAY:
            year, month_day = hebrew.year_and_day(began)
            return Day(month_day, year, began)
        return Day(text[-5:], began.year, began)


def beginnings(profile: Mapping[str, Any]) -> Iterator[Beginning]:
    """Everything in a profile that can be an occasion, each with its source."""
    facts = profile.get("facts") or {}
    known = {
        BIRTHDAY: profile.get("birthday"),
        JOINED: profile.get("joined_on"),
        REGISTERED: profile.get("created_at"),
        # They are asked a year after they last looked over their data, at first a year after they came.
        CHECKUP: facts.get("checked_at") or profile.get("created_at"),
        **{name: facts.get(f"{name}_at") for name in (FIRST_PURCHASE, LAST_PURCHASE, LAST_CONTACT)},
    }
    yield from (Beginning(source, text) for source, text in known.items() if text)
    birthday = profile.get("birthday")
    if birthday and not birthday.startswith("--"):
        yield Beginning(HEBREW_BIRTHDAY, birthday)
    for purchase in facts.get("largest_purchases") or ():
        yield Beginning(LARGE_PURCHASE, purchase["at"], purchase["amount"])
    for name, value in (profile.get("custom") or {}).items():
        if is_date(value):
            yield Beginning(CUSTOM + name, value)


def is_date(value: Any) -> bool:
    """Whether a value of the business's own field is a date of the calendar, with or without a year."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(f"2000{value[1:]}" if value.startswith("--") else value)
    except ValueError:
        return False
    return True


def on(
    profile: Mapping[str, Any], occasion: Occasion, *, occurrence: str, zone: ZoneInfo, leap_day: str
) -> Celebration | None:
    """The celebration that an occurrence names, on the customer's local day; None where there is none (any more)."""
    feast = occasion.feast
    if feast is not None:
        day = feasts.day_of(feast, occurrence=occurrence)
        return Celebration(day, None, None) if day else None
    for beginning in beginnings(profile):
        if beginning.source == occasion.source and _is_large(beginning.amount, occasion):
            found = _celebration(beginning.local(zone), occasion, occurrence=occurrence, leap_day=leap_day)
            if found:
                return replace(found, amount=beginning.amount)
    return None


def _is_large(amount: Decimal | None, occasion: Occasion) -> bool:
    """Whether a purchase is one of those that an occasion is about; of other occasions no amount is asked."""
    return occasion.least is None or (amount is not None and amount >= occasion.least)


def kept_on(day: date, occasion: Occasion, *, leap_day: str) -> tuple[str, ...]:
    """The days of the year (`MM-DD` of the occasion's calendar) that are celebrated on `day`."""
    return hebrew.kept_on(day) if occasion.source == HEBREW_BIRTHDAY else rules.kept_on(day, leap_day=leap_day)


def year_of(day: date, occasion: Occasion) -> int:
    """The year in which `day` lies, by the occasion's calendar."""
    return hebrew.year_of(day) if occasion.source == HEBREW_BIRTHDAY else day.year


def occurrence_on(day: date, occasion: Occasion) -> str:
    """The name of an occurrence: its year; its day where a customer can have several in a year."""
    by_year = occasion.yearly and occasion.source != LARGE_PURCHASE
    return f"{year_of(day, occasion):04}" if by_year else day.isoformat()


def _celebration(began: Day, occasion: Occasion, *, occurrence: str, leap_day: str) -> Celebration | None:
    if not _YEAR.match(occurrence):
        return None
    if not occasion.yearly:
        return Celebration(began.date, began.date, 0) if began.date and began.date.isoformat() == occurrence else None
    year = int(occurrence[:4])
    if occasion.source == HEBREW_BIRTHDAY:
        day = hebrew.celebrated_on(began.month_day, year=year)
    else:
        day = rules.celebrated_on(began.month_day, year=year, leap_day=leap_day)
    if occurrence_on(day, occasion) != occurrence or not rules.has_come_round(began.year, occurrence=year):
        return None
    return Celebration(day, began.date, None if began.year is None else year - began.year)
