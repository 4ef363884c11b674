"""The bands of age and income that members are counted in. Pure: the day is passed in."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from crm.calendar.rules import celebrated_on
from crm.core import text

UNKNOWN = "unknown"
AGES = (0, 18, 25, 35, 45, 55, 65, 75)
"""Where bands of age begin: of age, then by tens, which is what the habits of a shop's customers go by."""
_LONGEST_LABEL = 40
_LARGEST_POWER = 12
_NUMBER = re.compile(r"\D{0,4}(\d[\d ,.'_٬٫]{3,})\D{0,4}", re.ASCII)
_CENTS = re.compile(r"[.,٫]\d{1,2}$|\D", re.ASCII)


def of_age(profile: Mapping[str, Any], *, day: date, leap_day: str) -> tuple[str, date | None]:
    """The band of age on a day, and the later day on which the next one begins; None for the last and the unknown.

    Whoever was born on 29 February turns a year older on `leap_day` (`02-28` or `03-01`) in other years. An age noted
    without a birthday grows on the day of the year on which it was noted.
    """
    born = _born(profile)
    if born is None:
        return UNKNOWN, None
    year, month_day = born
    starts = [(age, celebrated_on(month_day, year=year + age, leap_day=leap_day)) for age in AGES[1:]]
    begun = [AGES[0], *(age for age, on in starts if on <= day)]
    return _label(begun[-1]), next((on for _, on in starts if on > day), None)


def of_income(band: str | None) -> str:
    """An income band as it is counted: folded, as rules compare it. A bare number stands for its power of ten.

    Without that, incomes imported as numbers would make as many bands as there are customers.
    """
    folded = text.loose_key(band or "")
    number = _NUMBER.fullmatch(folded)
    digits = _CENTS.sub("", number[1]).lstrip("0") if number else ""
    if 1 <= len(digits) <= _LARGEST_POWER:
        return f"{10 ** (len(digits) - 1)}-{10 ** len(digits) - 1}"
    return folded[:_LONGEST_LABEL] or UNKNOWN


def _born(profile: Mapping[str, Any]) -> tuple[int, str] | None:
    """The year and the day of the year from which the age counts."""
    birthday, noted = profile.get("birthday"), profile.get("age_noted")
    if birthday and not birthday.startswith("--"):
        return int(birthday[:4]), birthday[5:]
    if noted:
        return int(noted["noted_on"][:4]) - int(noted["years"]), noted["noted_on"][5:]
    return None


def _label(begins: int) -> str:
    following = AGES[AGES.index(begins) + 1 :]
    return f"{begins}-{following[0] - 1}" if following else f"{begins}+"
