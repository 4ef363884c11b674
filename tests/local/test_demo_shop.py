"""The demo shop of a laptop has something for each part of my day, at whatever instant it is opened first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from infra.local.demo import opening, people, shop
from infra.local.demo.people import FAR, PEOPLE
from infra.local.demo.shop import OPENED_BEFORE, furnish
from tests.support.cloud import at

# Hours of days with a leap, a year's end and both changes of the clocks in London, Sydney and New York.
DAYS = ("2026-11-23", "2028-02-28", "2028-02-29", "2026-12-31", "2027-03-28", "2026-10-25", "2027-03-14", "2027-04-04")
ZONES = ("UTC", "Asia/Karachi", "Europe/London", "America/New_York", "Australia/Sydney", "Pacific/Honolulu")


class Shop:
    """Notes what is asked of it, as a shop whose clock goes where it is told."""

    def __init__(self, zone: str, now: datetime) -> None:
        self.zone, self.now = zone, now
        self.asked: list[tuple[datetime, str, str, Any]] = []

    def signed_in_as(self, _: str) -> Shop:
        return self

    def close(self) -> None:
        return

    def get(self, _: str) -> Any:
        return {"timezone": self.zone}

    def local(self, _: str, wish: Any = None) -> Any:
        if wish:
            assert wish["at_once"] is True
            self.now = datetime.fromisoformat(wish["now"])
        return {"now": self.now.isoformat()}

    def post(self, path: str, body: Any, *, key: str) -> Any:
        self.asked.append((self.now, path, key, body))
        return {"id": key}

    def told(self, path: str) -> list[Any]:
        return [body for _, asked, _, body in self.asked if asked == path]


def furnished(present: datetime, zone: str) -> Shop:
    made = Shop(zone, present - OPENED_BEFORE)
    furnish(made, opened=present - OPENED_BEFORE)  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DAYS)
def test_at_any_hour_its_reminders_are_of_yesterday_today_and_tomorrow_and_can_be_made(day: str, zone: str) -> None:
    for hour in (0, 6, 13, 20, 23):
        present = at(f"{day}T{hour:02}:50Z")
        made, here = furnished(present, zone), ZoneInfo(zone)
        today, opened = present.astimezone(here).date(), present - OPENED_BEFORE
        for staff in ("owner", "manager", "sales", "service", "marketing"):
            mine = [one for one in made.told("/reminders") if one.get("staff") == staff]
            assert [one["at"][:10] for one in mine] == [str(today + timedelta(days=days)) for days in (-1, 0, 1)]
        times = [datetime.fromisoformat(one["at"]).replace(tzinfo=here) for one in made.told("/reminders")]
        assert min(times) > opened
        assert max(datetime.fromisoformat(body["at"]) for _, path, _, body in made.asked if "/purch" in path) < opened
        assert made.now >= present


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", DAYS)
def test_the_clock_stands_still_in_the_hours_in_which_todays_first_greetings_go_out(day: str, zone: str) -> None:
    for hour in range(24):
        present, here = at(f"{day}T{hour:02}:50Z"), ZoneInfo(zone)
        today = present.astimezone(here).date()
        stops = shop.stops(today, zone=here, present=present)
        assert stops == sorted(stops)
        there = [moment.astimezone(ZoneInfo(FAR)) for moment in stops]
        is_early = (here.utcoffset(present.replace(tzinfo=None)) or timedelta()) > timedelta(hours=2)
        assert is_early or any(one.date() == today and 9 <= one.hour < 19 for one in there)


def test_each_part_of_the_day_has_somebody_in_it() -> None:
    today = [one for one in PEOPLE if one.birthday_in == 0]
    assert {one.has_mail for one in today} == {True, False}
    assert {one.owner for one in today if not one.has_mail} >= {None, "service", "manager"}
    assert any(one.birthday_in == 1 for one in PEOPLE)
    late = [one for one in PEOPLE if one.bought and _lateness(one) >= 2 and len(one.bought) > 2 and one.bought[-1] < 90]
    assert {one.owner for one in late} >= {None, "owner", "manager", "sales", "marketing"}


def _lateness(one: people.Person) -> float:
    gap = (one.bought[0] - one.bought[-1]) / max(len(one.bought) - 1, 1)
    return one.bought[-1] / gap if gap else 0


@pytest.mark.parametrize("day", ["2028-02-28", "2028-02-29", "2027-02-28", "2026-12-31"])
def test_birthdays_are_days_of_the_calendar_and_fall_where_they_are_said_to(day: str) -> None:
    for number, person in enumerate(PEOPLE):
        kept = date.fromisoformat(day) + timedelta(days=person.birthday_in)
        assert person.fields(number, day=date.fromisoformat(day))["birthday"][5:] == f"{kept:%m-%d}"


def test_an_interrupted_start_is_finished_with_the_same_requests() -> None:
    opened = at("2026-11-21T23:10Z")
    first, later = Shop("Asia/Kathmandu", opened), Shop("Asia/Kathmandu", opened + timedelta(hours=3))
    for one in (first, later):
        furnish(one, opened=opened)  # type: ignore[arg-type]
    known = {key: body for _, _, key, body in first.asked}
    assert len(known) == len(first.asked)
    assert {key: body for _, _, key, body in later.asked} == known


def test_the_clock_is_set_back_for_the_first_start_alone(tmp_path: Path) -> None:
    def ahead() -> float:
        return float((tmp_path / "clock").read_text())

    opening.prepare(tmp_path)
    opened = opening.opened(tmp_path)
    assert timedelta() <= datetime.now(UTC) - OPENED_BEFORE - opened < timedelta(minutes=5)
    assert abs(ahead() + OPENED_BEFORE.total_seconds()) < 300
    # Killed, and started again an hour later: it goes on at the same instant.
    (tmp_path / "opened").write_text((opened - timedelta(hours=1)).isoformat())
    opening.prepare(tmp_path)
    assert abs(ahead() + OPENED_BEFORE.total_seconds() + 3600) < 300
    # Killed when the clock stood at the present: it does not go back any more.
    (tmp_path / "clock").write_text("-1.5")
    opening.prepare(tmp_path)
    assert ahead() == -1.5
    opening.end(tmp_path)
    (tmp_path / "opened").unlink()
    opening.prepare(tmp_path)
    assert ahead() == -1.5
