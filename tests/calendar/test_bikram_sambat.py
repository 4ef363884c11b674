"""Dates of Bikram Sambat are read and shown and stored as Gregorian; a year to come is never taken at its word."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.calendar import bikram_sambat
from tests.support.world import Api


def bs(day: str) -> dict[str, str]:
    return {"calendar": "bikram_sambat", "date": day}


def registered(api: Api, **fields: Any) -> Any:
    return api.post("/customers", {"name": "सुनीता राई", **fields})


@pytest.mark.parametrize(
    ("day", "gregorian"),
    [
        ("2000-01-01", "1943-04-14"),
        ("2015-11-07", "1959-02-18"),  # Falgun 7, 2015: the first general election
        ("2046-12-26", "1990-04-08"),  # the ban on parties is lifted
        ("2063-08-05", "2006-11-21"),  # the Comprehensive Peace Agreement
        ("2072-01-12", "2015-04-25"),  # the Gorkha earthquake
        ("2072-06-03", "2015-09-20"),  # the constitution
        ("2083-01-01", "2026-04-14"),
    ],
)
def test_known_days_of_nepal_are_read_and_shown(day: str, gregorian: str) -> None:
    assert bikram_sambat.to_gregorian(day) == date.fromisoformat(gregorian)
    assert bikram_sambat.shown(date.fromisoformat(gregorian)) == day


@settings(deadline=None)
@given(st.dates(bikram_sambat.FIRST, bikram_sambat.LAST))
def test_what_is_shown_is_read_as_the_same_day(day: date) -> None:
    shown = bikram_sambat.shown(day)
    assert shown is not None
    assert bikram_sambat.to_gregorian(shown) == day


def test_outside_the_sure_years_nothing_is_shown_and_nothing_read() -> None:
    for day in (bikram_sambat.FIRST - timedelta(days=1), bikram_sambat.LAST + timedelta(days=1)):
        assert bikram_sambat.shown(day) is None
    assert bikram_sambat.to_gregorian(bikram_sambat.LAST_SHOWN) == bikram_sambat.LAST
    for text in ("2084-03-01", "1974-12-30"):
        with pytest.raises(ValueError, match="from 1975-01-01 to 2084-02-31"):
            bikram_sambat.to_gregorian(text)


def test_a_birthday_of_bikram_sambat_is_stored_as_gregorian_and_shown_beside_it(api: Api) -> None:
    made = registered(api, birthday=bs("२०४६-१२-२६"), language="ne")
    assert (made.body["birthday"], made.body["birthday_bikram_sambat"]) == ("1990-04-08", "2046-12-26")
    path = f"/customers/{made.body['id']}"
    changed = api.patch(path, {"birthday": bs("2000-01-01")}, headers={"If-Match": "1"})
    assert (changed.body["birthday"], changed.body["birthday_bikram_sambat"]) == ("1943-04-14", "2000-01-01")


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"timezone": "Asia/Kathmandu"}, "2046-12-26"),
        ({"language": "ne-NP"}, "2046-12-26"),
        ({"language": "ur"}, None),
        ({"language": "ne", "birthday": "--04-08"}, None),
        ({"language": "ne", "birthday": "1917-01-01"}, None),
    ],
)
def test_it_is_shown_to_those_who_read_it(api: Api, fields: dict[str, str], shown: str | None) -> None:
    assert registered(api, **{"birthday": "1990-04-08", **fields}).body["birthday_bikram_sambat"] == shown


@pytest.mark.parametrize(
    ("birthday", "reason"),
    [
        ("2081-05-01", '{"calendar": "bikram_sambat", "date": "2081-05-01"}'),
        ("2045-08-12", "Bikram Sambat"),
        ("2190-01-01", "check the year"),
        (bs("2081-01-32"), "no such day"),
        (bs("2084-05-01"), "to 2084-02-31"),
        (bs("--08-12"), "YYYY-MM-DD"),
        ({"calendar": "hijri", "date": "1440-01-01"}, "bikram_sambat"),
        ({"calendar": "bikram_sambat"}, "bikram_sambat"),
        ({"calendar": "bikram_sambat", "date": 2045}, "bikram_sambat"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_remedy(api: Api, birthday: Any, reason: str) -> None:
    answer = registered(api, birthday=birthday)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/birthday")
    assert reason in answer.body["errors"][0]["reason"]
