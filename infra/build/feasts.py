"""Makes the table of feasts on moving dates: `python -m infra.build.feasts` writes functions/crm/calendar/feasts.csv.

Each feast is asked of two sources that know nothing of each other, and only days on which both agree go into the table;
a year about which they differ, or of which one is silent, is left out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from infra.build import lunar_days

TABLE = Path(__file__).parents[2] / "functions" / "crm" / "calendar" / "feasts.csv"
YEARS = range(2015, 2078)

Days = Callable[[int], list[date]]
"""The days of a feast in a Gregorian year."""


@dataclass(frozen=True)
class Feast:
    """A feast, its two sources, and how its own calendar counts the year of a day."""

    id: str
    first: Days
    second: Days
    own_year: Callable[[date], int]


def rows() -> Iterator[tuple[str, str, str]]:
    """(feast, day, year of the feast's own calendar) of all days on which both sources agree, in order."""
    for feast in feasts():
        for year in YEARS:
            days = sorted(feast.first(year))
            if days and days == sorted(feast.second(year)):
                yield from ((feast.id, day.isoformat(), str(feast.own_year(day))) for day in days)


def text() -> str:
    """The table as it is stored."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([("feast", "day", "occurrence"), *rows()])
    return written.getvalue()


def feasts() -> list[Feast]:
    """All feasts of the table."""
    return [*_islamic(), *_jewish(), *_hindu(), *_christian(), *_new_years()]


def _islamic() -> Iterator[Feast]:
    # Umm al-Qura: hijridate holds the published tables, holidays a compilation of its own.
    for feast, name, month, day in (
        ("ramadan", "RAMADAN_BEGINNING", 9, 1),
        ("eid_al_fitr", "EID_AL_FITR", 10, 1),
        ("eid_al_adha", "EID_AL_ADHA", 12, 10),
        ("islamic_new_year", "HIJRI_NEW_YEAR", 1, 1),
        ("mawlid", "MAWLID", 3, 12),
    ):
        yield Feast(feast, _hijri(month, day), _tabled("islamic", "_IslamicLunar", name), _hijri_year)


def _jewish() -> Iterator[Feast]:
    # Both reckon; each with an arithmetic of its own.
    for feast, month, day in (
        ("rosh_hashana", 7, 1),
        ("yom_kippur", 7, 10),
        ("sukkot", 7, 15),
        ("hanukkah", 9, 25),
        ("purim", 0, 14),  # in the last month, which is Adar or the second Adar
        ("passover", 1, 15),
        ("shavuot", 3, 6),
    ):
        yield Feast(feast, _pyluach(month, day), _convertdate_hebrew(month, day), _hebrew_year)


def _hindu() -> Iterator[Feast]:
    # Published days of Nepal and India beside the lunar day that the heavens show over Kathmandu.
    yield Feast("dashain", _nepal("विजया दशमी"), lunar_days.dashami, _vikram_year)
    yield Feast("diwali", _nepal("लक्ष्मीपूजा"), lunar_days.lakshmi_puja, _vikram_year)
    yield Feast("holi", _tabled("hindu", "_HinduLunisolar", "HOLI"), lunar_days.holi, _vikram_year)


def _christian() -> Iterator[Feast]:
    def own_year(day: date) -> int:
        return day.year

    yield Feast("easter", _dateutil_easter(3), _convertdate("easter"), own_year)
    yield Feast("orthodox_easter", _dateutil_easter(2), _convertdate("easter", "orthodox"), own_year)
    yield Feast("christmas", _bangladesh("বড়দিন"), _convertdate("christmas"), own_year)


def _new_years() -> Iterator[Feast]:
    yield Feast("nowruz", _iranian, _convertdate_persian, lambda day: day.year - 621)
    yield Feast("nepali_new_year", _nepal("नेपाली नयाँ वर्ष"), _baisakh, _vikram_year)
    # The Bangla Academy's calendar begins its year on 14 April by definition.
    yield Feast(
        "pohela_boishakh", _bangladesh("পহেলা বৈশাখ"), lambda year: [date(year, 4, 14)], lambda day: day.year - 593
    )


def _hijri(month: int, day: int) -> Days:
    def days(year: int) -> list[date]:
        from hijridate import Hijri

        near = int((year - 622) * 33 / 32)
        found = [Hijri(own, month, day).to_gregorian() for own in range(near - 1, min(near + 4, 1501))]
        return [date(on.year, on.month, on.day) for on in found if on.year == year]

    return days


def _hijri_year(day: date) -> int:
    from hijridate import Gregorian

    return int(Gregorian(day.year, day.month, day.day).to_hijri().year)


def _tabled(calendar: str, holder: str, name: str) -> Days:
    def days(year: int) -> list[date]:
        from importlib import import_module

        table = getattr(getattr(import_module(f"holidays.calendars.{calendar}"), holder), f"{name}_DATES")
        found = table.get(year, ())
        several = found if found and isinstance(found[0], tuple) else (found,) if found else ()
        return [date(year, month, day) for month, day in several]

    return days


def _national(country: str, name: str) -> Days:
    def days(year: int) -> list[date]:
        import holidays

        published = holidays.country_holidays(country, years=year)
        return [on for on, names in published.items() if name in names.split("; ")]

    return days


def _nepal(name: str) -> Days:
    return _national("NP", name)


def _bangladesh(name: str) -> Days:
    return _national("BD", name)


def _pyluach(month: int, day: int) -> Days:
    def days(year: int) -> list[date]:
        from pyluach.dates import HebrewDate
        from pyluach.hebrewcal import Year

        owns = (year + 3760, year + 3761)
        found = [HebrewDate(own, month or (13 if Year(own).leap else 12), day).to_pydate() for own in owns]
        return [on for on in found if on.year == year]

    return days


def _convertdate_hebrew(month: int, day: int) -> Days:
    def days(year: int) -> list[date]:
        from convertdate import hebrew

        owns = (year + 3760, year + 3761)
        found = [date(*hebrew.to_gregorian(own, month or hebrew.year_months(own), day)) for own in owns]
        return [on for on in found if on.year == year]

    return days


def _hebrew_year(day: date) -> int:
    from pyluach.dates import HebrewDate

    return int(HebrewDate.from_pydate(day).year)


def _vikram_year(day: date) -> int:
    """Year of the era of Nepal, which begins in the middle of April."""
    return day.year + (57 if (day.month, day.day) >= (4, 12) else 56)


def _dateutil_easter(method: int) -> Days:
    def days(year: int) -> list[date]:
        from dateutil.easter import easter

        return [easter(year, method)]

    return days


def _convertdate(name: str, *arguments: str) -> Days:
    def days(year: int) -> list[date]:
        from convertdate import holidays

        year_, month, day = getattr(holidays, name)(year, *arguments)
        return [date(int(year_), int(month), int(day))]

    return days


def _iranian(year: int) -> list[date]:
    from holidays.calendars.persian import _Persian

    found = _Persian().new_year_date(year)
    return [found] if found else []


def _convertdate_persian(year: int) -> list[date]:
    from convertdate import gregorian, persian

    # The day that its to_gregorian gives for 1 Farvardin, without its search for the year.
    return [date(*gregorian.from_jd(persian.equinox_jd(year) + 0.5))]


def _baisakh(year: int) -> list[date]:
    import nepali_datetime

    return [nepali_datetime.date(year + 57, 1, 1).to_datetime_date()] if year + 57 <= nepali_datetime.MAXYEAR else []


if __name__ == "__main__":
    TABLE.write_text(text(), "utf-8")
