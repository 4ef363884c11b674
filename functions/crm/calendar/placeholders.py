"""Birthdays that somebody filled in because a form wanted one: 1 January, and the first days of computers' calendars.

The rule: of the birthdays from one source, at least LEAST fall on the suspected day, and at least TIMES as many as
chance would put on one day of the year.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crm.core import views
from crm.core.projection import Key

LEAST = 10
TIMES = 10
TOTALS = "TOTAL#BIRTHDAYS"
COUNTED = "birthdays"
"""What each birthday raises the sum of its source by."""
_NO_SOURCE = "-"
# The attribute of the sums and the birthdays it counts; a birthday is counted under the first that it is.
SUSPECTED: Mapping[str, str] = {"on_1970_01_01": "1970-01-01", "on_1900_01_01": "1900-01-01", "on_01_01": "--01-01"}


@dataclass(frozen=True)
class Placeholder:
    """A day (`YYYY-MM-DD`, or `--MM-DD` in whatever year) on which too many birthdays from a source fall."""

    source: str | None
    day: str
    customers: int
    birthdays: int


def totals(profile: Mapping[str, Any]) -> dict[Key, dict[str, Decimal]]:
    """What a profile adds to the sums by source."""
    birthday = profile.get("birthday")
    if not birthday:
        return {}
    amounts = {COUNTED: Decimal(1)}
    for name, day in SUSPECTED.items():
        if birthday == day or (day.startswith("--") and birthday.endswith(day[1:])):
            amounts[name] = Decimal(1)
            break
    return {(TOTALS, profile.get("source") or _NO_SOURCE): amounts}


def likely() -> Iterator[Placeholder]:
    """The days that are likely placeholders, by source."""
    for source, sums in views.totals(TOTALS).items():
        birthdays = int(sums.get(COUNTED, 0))
        for name, day in SUSPECTED.items():
            customers = int(sums.get(name, 0))
            if is_likely(customers, birthdays):
                yield Placeholder(None if source == _NO_SOURCE else source, day, customers, birthdays)


def is_likely(customers: int, birthdays: int) -> bool:
    """Whether so many of a source's birthdays on one day are too many for chance."""
    return customers >= LEAST and customers * 365 >= TIMES * birthdays
