"""Today is part of the rules: set by the first look, only ever raised, and looked at again after each write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import boto3
import pytest

from crm.core import clock, table
from crm.core.projection import Projected, Rules
from crm.views import day, reading, registry, waking
from tests.support import faults, flow

EPOCH = {"pk": {"S": "RULES"}, "sk": {"S": "EPOCH"}}
KEY = ("CUSTOMER#c1", "PROFILE")
TODAY = date(2026, 11, 22)


def until_due(item: Mapping[str, Any], rules: Rules) -> Projected:
    """Stands in the view `DUE` from its day on."""
    due = date.fromisoformat(item["due"])
    if rules.day < due:
        return Projected(next_change_on=due)
    return Projected({("DUE", str(item["pk"])): {"since": rules.day.isoformat()}})


@pytest.fixture(autouse=True)
def night_in_karachi(world: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """21 November, 20:30 UTC: at the business it is the 22nd already. One projection, which depends on the day."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 21, 20, 30, tzinfo=UTC))
    with mock.patch.dict(registry.FAMILIES, {"PROFILE": {"due": until_due}}):
        yield


def customer(*, due: date) -> None:
    item = {"pk": KEY[0], "sk": KEY[1], "due": due.isoformat()}
    boto3.client("dynamodb").put_item(TableName="crm", Item=table.to_item(item))


def entries() -> list[tuple[str, str]]:
    return sorted(key for key in flow.view_keys() if key[0].startswith(("WAKING#", "DUE")))


def rules_item() -> dict[str, Any]:
    return table.from_item(boto3.client("dynamodb").get_item(TableName="crm", Key=EPOCH)["Item"])


def test_the_first_look_sets_the_date_at_the_business(world: None) -> None:
    assert reading.truth(()).stand == reading.Stand(0, TODAY, "02-28", "Asia/Karachi")
    stored = rules_item()
    assert (stored["epoch"], stored["day"], stored["leap_day"]) == (Decimal(0), "2026-11-22", "02-28")


def test_a_lower_day_never_overwrites_a_higher_one(world: None) -> None:
    assert day.raise_to(TODAY)
    assert not day.raise_to(TODAY)
    assert not day.raise_to(TODAY - timedelta(days=1))
    day.begin()
    assert reading.truth(()).stand.day == TODAY


def test_an_item_waits_under_the_day_on_which_it_changes_and_moves_with_its_answer(world: None) -> None:
    customer(due=TODAY + timedelta(days=3))
    flow.project(KEY)
    [(partition, place)] = entries()
    assert partition == waking.waking_key(KEY, family="due", day=TODAY)[0]
    assert place == "2026-11-25#CUSTOMER#c1#PROFILE#due"
    customer(due=TODAY + timedelta(days=1))
    flow.project(KEY)
    assert [place for _, place in entries()] == ["2026-11-23#CUSTOMER#c1#PROFILE#due"]
    day.raise_to(TODAY + timedelta(days=1))
    flow.project(KEY)
    assert entries() == [("DUE", "CUSTOMER#c1")]


def test_a_day_that_rises_between_look_and_write_is_noticed(world: None) -> None:
    customer(due=TODAY + timedelta(days=1))
    reading.truth(())
    with faults.interrupted(at=4, by=lambda: day.raise_to(TODAY + timedelta(days=1))) as calls:
        flow.project(KEY)
    assert calls[3] == "TransactWriteItems"
    assert entries() == [("DUE", "CUSTOMER#c1")]


def test_a_change_that_is_not_to_come_parks_its_item_instead_of_waking_it_for_ever(world: None) -> None:
    def yesterday(_: Mapping[str, Any], rules: Rules) -> Projected:
        return Projected(next_change_on=rules.day)

    customer(due=TODAY)
    with mock.patch.dict(registry.FAMILIES, {"PROFILE": {"due": yesterday}}):
        assert flow.project(KEY) == []
    assert [key for key in flow.view_keys() if key[0] == "PARKED"] == [("PARKED", "CUSTOMER#c1#PROFILE")]
