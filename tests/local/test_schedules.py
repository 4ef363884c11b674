"""When schedules are due, in their own time zones."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local import cron
from infra.local.clock import Clock
from infra.local.intrinsics import TemplateError


def due(expression: str, zone: str, after: str, count: int = 1) -> list[str]:
    schedule = cron.parse(expression, zone)
    found = []
    instant = datetime.fromisoformat(after)
    for _ in range(count):
        following = schedule.after(instant)
        if following is None:
            break
        found.append(following.isoformat())
        instant = following
    return found


def test_every_quarter_hour_in_order() -> None:
    found = due("cron(0/15 * * * ? *)", "UTC", "2026-12-31T23:40:00+00:00", 3)
    assert found == ["2026-12-31T23:45:00+00:00", "2027-01-01T00:00:00+00:00", "2027-01-01T00:15:00+00:00"]


def test_a_local_hour_follows_its_zone() -> None:
    found = due("cron(0 9 * * ? *)", "Asia/Kathmandu", "2026-06-01T00:00:00+00:00")
    assert found == ["2026-06-01T03:15:00+00:00"]


def test_a_local_time_that_a_clock_change_skips_is_skipped() -> None:
    found = due("cron(30 2 * * ? *)", "Europe/Berlin", "2027-03-27T00:00:00+00:00", 2)
    assert found == ["2027-03-27T01:30:00+00:00", "2027-03-29T00:30:00+00:00"]


def test_a_local_time_that_happens_twice_is_due_once() -> None:
    found = due("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-24T12:00:00+00:00", 2)
    assert found == ["2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"]


def test_29_february_comes_in_leap_years() -> None:
    assert due("cron(0 0 29 2 ? *)", "UTC", "2028-03-01T00:00:00+00:00") == ["2032-02-29T00:00:00+00:00"]


def test_days_of_the_week_have_names_and_count_from_sunday() -> None:
    named = due("cron(0 8 ? * MON-FRI *)", "UTC", "2026-11-20T09:00:00+00:00", 2)
    assert named == ["2026-11-23T08:00:00+00:00", "2026-11-24T08:00:00+00:00"]
    assert due("cron(0 8 ? * 2-6 *)", "UTC", "2026-11-20T09:00:00+00:00", 2) == named


def test_years_end() -> None:
    assert due("cron(0 0 1 1 ? 2026)", "UTC", "2026-06-01T00:00:00+00:00") == []


def test_a_rate_does_not_depend_on_when_the_host_was_started() -> None:
    assert due("rate(6 hours)", "UTC", "2026-11-21T07:13:00+00:00") == ["2026-11-21T12:00:00+00:00"]


def test_once_is_once() -> None:
    found = due("at(2026-12-01T10:00:00)", "Asia/Karachi", "2026-11-21T00:00:00+00:00", 2)
    assert found == ["2026-12-01T05:00:00+00:00"]


@pytest.mark.parametrize("expression", ["cron(0 0 L * ? *)", "cron(0 0 * *)", "rate(five minutes)", "daily"])
def test_what_is_not_understood_is_an_error(expression: str) -> None:
    with pytest.raises(TemplateError, match="does not understand"):
        cron.parse(expression, "UTC")


def test_an_unknown_time_zone_is_an_error() -> None:
    with pytest.raises(TemplateError, match="Mars/Phobos"):
        cron.parse("rate(1 hour)", "Mars/Phobos")


def test_the_clock_only_goes_forward_and_outlives_the_host(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    later = clock.now() + timedelta(days=30)
    clock.move_to(later)
    clock.move_to(later - timedelta(days=10))
    assert timedelta() <= Clock(tmp_path / "clock").now() - later < timedelta(seconds=5)
    offset = float((tmp_path / "clock").read_text())
    assert abs(datetime.now(UTC) + timedelta(seconds=offset) - clock.now()) < timedelta(seconds=1)
