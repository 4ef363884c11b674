"""What one customer is to be greeted for next: the same day that the calendar would find them on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.business.rules import Business
from crm.calendar import feasts
from crm.greetings import ahead
from crm.greetings.models import Greeting

NOW = datetime(2027, 3, 1, 6, 0, tzinfo=UTC)
BUSINESS = Business("Shop", "en", ZoneInfo("Asia/Karachi"))
PROFILE: dict[str, Any] = {
    "created_at": "2024-01-15T10:00:00Z",
    "birthday": "1988-02-29",
    "joined_on": "2026-12-30",
    "custom": {"wedding": "--03-02"},
    "facts": {
        "first_purchase_at": "2025-05-05T20:30:00Z",
        "last_purchase_at": "2027-02-25T20:30:00Z",
        "largest_purchases": [
            {"at": "2025-05-05T20:30:00Z", "amount": 900},
            {"at": "2026-04-04T08:00:00Z", "amount": 700},
        ],
    },
}


def rule(**fields: Any) -> Greeting:
    known = {"name": "R", "send_at": "09:00", "offset_days": 0, "active": True, "template": "birthday", "version": 1}
    stamps = {"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "request_hash": "x"}
    return Greeting("GREETINGS", f"GREETING#{fields['occasion']}", **{**known, **stamps, **fields})


def days(*rules: Greeting, within: tuple[str, ...] = (), profile: dict[str, Any] = PROFILE) -> list[str]:
    return [one.day.isoformat() for one in ahead.of(profile, rules, within=within, now=NOW, business=BUSINESS)]


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"occasion": "birthday"}, "2028-02-29"),
        ({"occasion": "birthday", "offset_days": 3}, "2027-03-03"),
        ({"occasion": "joined_anniversary", "offset_days": -2}, "2027-12-28"),
        # The evening in UTC was the next day in Karachi.
        ({"occasion": "purchase_anniversary"}, "2027-05-06"),
        ({"occasion": "large_purchase_anniversary", "min_amount": 600}, "2027-04-04"),
        ({"occasion": "large_purchase_anniversary", "min_amount": 800}, "2027-05-06"),
        ({"occasion": "custom_anniversary", "field": "wedding"}, "2027-03-02"),
        ({"occasion": "days_after", "event": "last_purchase", "offset_days": 7}, "2027-03-05"),
    ],
)
def test_the_next_day_of_each_kind_of_occasion(fields: dict[str, Any], day: str) -> None:
    assert days(rule(**fields)) == [day]


def test_a_feast_comes_on_the_next_of_its_days() -> None:
    feast, (first, _) = next(
        (name, found[0])
        for name in feasts.known()
        if (found := [one for one in feasts.days(name, year=2027) if one[0] > date(2027, 3, 2)])
    )
    assert days(rule(occasion="feast", feast=feast)) == [first.isoformat()]


def test_what_is_over_out_of_season_switched_off_or_of_another_group_does_not_come() -> None:
    gone = rule(occasion="days_after", event="last_purchase", offset_days=1)
    late = rule(occasion="birthday", starts_on="2040-01-01")
    off, of_group = rule(occasion="birthday", active=False), rule(occasion="birthday", segment="gold")
    assert days(gone, late, off, of_group) == []
    assert days(of_group, within=("gold",)) == ["2028-02-29"]
    assert days(rule(occasion="birthday"), profile={"created_at": PROFILE["created_at"]}) == []


def test_the_first_to_come_stands_first() -> None:
    assert days(rule(occasion="birthday"), rule(occasion="custom_anniversary", field="wedding"))[0] == "2027-03-02"
