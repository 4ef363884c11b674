"""Feasts fall on the days that two sources agree on, and every occurrence has a name of its own."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.calendar import feasts, service
from crm.calendar.occasions import Occasion, on
from infra.build import feasts as sources
from tests.support.shop import Shop
from tests.support.world import Api


# convertdate calls a function of its own that it has declared outdated.
@pytest.mark.filterwarnings("ignore:month_days is deprecated")
def test_the_table_is_what_its_sources_agree_on() -> None:
    stored, made = sources.TABLE.read_text("utf-8"), sources.text()
    # In parts, so that a failure shows the lines that differ.
    assert sorted(set(stored.splitlines()) ^ set(made.splitlines())) == []
    assert stored == made


@pytest.mark.parametrize(
    ("feast", "day", "occurrence"),
    [  # as they were kept, from calendars and newspapers of those years
        ("eid_al_fitr", "2024-04-10", "1445"),
        ("eid_al_adha", "2025-06-06", "1446"),
        ("ramadan", "2026-02-18", "1447"),
        ("islamic_new_year", "2025-06-26", "1447"),
        ("rosh_hashana", "2026-09-12", "5787"),
        ("yom_kippur", "2026-09-21", "5787"),
        ("hanukkah", "2024-12-26", "5785"),
        ("purim", "2024-03-24", "5784"),  # in the second Adar
        ("purim", "2026-03-03", "5786"),
        ("passover", "2025-04-13", "5785"),
        ("shavuot", "2026-05-22", "5786"),
        ("dashain", "2023-10-24", "2080"),
        ("diwali", "2023-11-12", "2080"),
        ("diwali", "2026-11-08", "2083"),
        ("holi", "2024-03-25", "2080"),
        ("easter", "2026-04-05", "2026"),
        ("orthodox_easter", "2024-05-05", "2024"),
        ("nowruz", "2024-03-20", "1403"),
        ("nowruz", "2025-03-21", "1404"),
        ("nepali_new_year", "2026-04-14", "2083"),
        ("pohela_boishakh", "2026-04-14", "1433"),
    ],
)
def test_feasts_were_kept_on_these_days(feast: str, day: str, occurrence: str) -> None:
    assert [name for found, name in feasts.on(date.fromisoformat(day)) if found == feast] == [occurrence]
    assert feasts.day_of(feast, occurrence=occurrence) == date.fromisoformat(day)


@pytest.mark.parametrize(("feast", "year"), [("diwali", 2024), ("diwali", 2025), ("holi", 2026), ("dashain", 2026)])
def test_a_year_about_which_the_sources_differ_is_left_out(feast: str, year: int) -> None:
    assert feasts.days(feast, year=year) == []
    assert year in feasts.known()[feast].left_out


def test_eid_comes_twice_in_2033_and_is_two_occurrences() -> None:
    assert feasts.days("eid_al_fitr", year=2033) == [(date(2033, 1, 2), "1454"), (date(2033, 12, 23), "1455")]


def test_no_occurrence_repeats() -> None:
    rows = csv.DictReader(sources.TABLE.read_text("utf-8").splitlines())
    assert Counter((row["feast"], row["occurrence"]) for row in rows).most_common(1)[0][1] == 1


def test_every_feast_has_a_name_in_every_language_and_days() -> None:
    for feast in feasts.known().values():
        assert set(feast.names) == {"en", "ur", "bn", "ne", "he"}
        assert all(feast.names.values())
        assert feast.last >= 2032


def test_a_feast_is_everybodys(shop: Shop) -> None:
    for name, zone in (("a", "Asia/Karachi"), ("b", None), ("c", "America/New_York")):
        shop.customer(name, timezone=zone)
    shop.views()
    eid = Occasion("feast.eid_al_fitr", yearly=True)
    found = list(service.entries(eid, day=date(2027, 3, 9), leap_day="02-28"))
    assert [(entry.customer_id, entry.zone, entry.occurrence, entry.years) for entry in found] == [
        ("b", "-", "1448", None),
        ("c", "America/New_York", "1448", None),
        ("a", "Asia/Karachi", "1448", None),
    ]
    after = found[0].place
    assert list(service.entries(eid, day=date(2027, 3, 9), leap_day="02-28", after=after)) == found[1:]
    assert list(service.entries(eid, day=date(2027, 3, 9) + timedelta(days=1), leap_day="02-28")) == []


@pytest.mark.parametrize(("occurrence", "day"), [("1448", "2027-03-09"), ("2027", None), ("once", None)])
def test_an_occurrence_of_a_feast_is_a_day(occurrence: str, day: str | None) -> None:
    asked: dict[str, Any] = {"zone": ZoneInfo("UTC"), "leap_day": "02-28"}
    found = on({}, Occasion("feast.eid_al_fitr", yearly=True), occurrence=occurrence, **asked)
    assert (found.occasion_on.isoformat() if found else None) == day


def test_feasts_are_shown_with_the_years_that_are_left_out(api: Api) -> None:
    shown = {feast["id"]: feast for feast in api.get("/feasts", query={"year": "2033"}).body["items"]}
    assert [day["occurrence"] for day in shown["eid_al_fitr"]["days"]] == ["1454", "1455"]
    assert shown["eid_al_fitr"]["names"]["ur"] == "عید الفطر"
    assert "sighted" in shown["eid_al_fitr"]["note"]
    assert shown["dashain"]["days"] == []
    assert 2026 in shown["dashain"]["left_out"]
    assert api.get("/feasts", query={"year": "2300"}).status == 422
    assert api.get("/feasts").body["items"]
