"""Feasts on moving dates: a table of the days on which two independent sources agree. Pure.

`infra/build/feasts.py` makes feasts.csv and says which sources; a year about which they differ is not in it. An
occurrence is named by the year of the feast's own calendar: Eid al-Fitr falls twice into 2033, as 1454 and as 1455.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_NOTES = {
    "moon": "By the Umm al-Qura calendar; where the new moon is sighted it is often a day later: set offset_days.",
    "eve": "It begins at sunset on the evening before.",
    "lunar_day": "As published for Nepal and India; hill and plain may keep it a day apart.",
    "": None,
}


@dataclass(frozen=True)
class Feast:
    """A feast: its names by language, the first and last year that is agreed on, and the years between that are not."""

    id: str
    names: Mapping[str, str]
    note: str | None
    first: int
    last: int
    left_out: tuple[int, ...]


def known() -> Mapping[str, Feast]:
    """All feasts by id."""
    return _feasts()


def days(feast: str, *, year: int) -> list[tuple[date, str]]:
    """The days of a feast in a Gregorian year and the names of these occurrences; none where nothing is agreed."""
    return [(day, occurrence) for day, occurrence in _table().get(feast, ()) if day.year == year]


def on(day: date) -> list[tuple[str, str]]:
    """The feasts of a day and the names of their occurrences."""
    return _by_day().get(day, [])


def day_of(feast: str, *, occurrence: str) -> date | None:
    """The day of an occurrence; None where there is none or nothing is agreed."""
    return next((day for day, name in _table().get(feast, ()) if name == occurrence), None)


@lru_cache(maxsize=1)
def _table() -> dict[str, list[tuple[date, str]]]:
    found: dict[str, list[tuple[date, str]]] = {}
    for row in _rows("feasts.csv"):
        found.setdefault(row["feast"], []).append((date.fromisoformat(row["day"]), row["occurrence"]))
    return found


@lru_cache(maxsize=1)
def _by_day() -> dict[date, list[tuple[str, str]]]:
    found: dict[date, list[tuple[str, str]]] = {}
    for feast, days_of_feast in _table().items():
        for day, occurrence in days_of_feast:
            found.setdefault(day, []).append((feast, occurrence))
    return found


@lru_cache(maxsize=1)
def _feasts() -> dict[str, Feast]:
    return {row["feast"]: _feast(row) for row in _rows("feast_names.csv")}


def _feast(row: dict[str, str]) -> Feast:
    feast, basis, *_ = row.values()
    years = {day.year for day, _ in _table()[feast]}
    first, last = min(years), max(years)
    names = {language: name for language, name in row.items() if language not in {"feast", "basis"}}
    left_out = tuple(year for year in range(first, last + 1) if year not in years)
    return Feast(feast, names, _NOTES[basis], first, last, left_out)


def _rows(name: str) -> list[dict[str, str]]:
    import csv  # noqa: PLC0415 - who shows a form with a date asks for no feast

    return list(csv.DictReader((_FOLDER / name).read_text("utf-8").splitlines()))
