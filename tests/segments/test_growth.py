"""How groups grow: daily snapshots, and who joined and left on each day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crm.core import table
from crm.core.config import settings
from handlers import jobs
from tests.segments.groups import customer, group
from tests.support import faults, flow
from tests.support.world import Api, Context

if TYPE_CHECKING:
    from tests.support.shop import Shop

URDU = {"field": "language", "op": "eq", "value": "ur"}
BENGALI = {"field": "language", "op": "eq", "value": "bn"}
FIRST = date(2026, 3, 1)


class Days:
    """A shop whose days begin with their snapshot."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.api, self.today = shop, Api(), FIRST
        self.go_on(0)

    def go_on(self, days: int = 1, *, snapshot: bool = True) -> None:
        """It is ten in the morning, so many days later."""
        self.today += timedelta(days=days)
        self.shop.at(f"{self.today}T05:00:00Z")
        if snapshot:
            do(self.today)

    def speak(self, customer_id: str, language: str) -> None:
        changed = self.api.patch(f"/customers/{customer_id}", {"language": language}, headers={"If-Match": "*"})
        assert changed.status == 200
        flow.settle()

    def grown(self, group_id: str, **query: str) -> list[tuple[Any, ...]]:
        """(day of the month, days, members, joined, left, baseline)"""
        answer = self.api.get(f"/segments/{group_id}/growth", query=query)
        assert answer.status == 200, answer.body
        names = ("days", "members", "joined", "left", "baseline")
        return [(int(day["date"][-2:]), *(day[name] for name in names)) for day in answer.body["days"]]


@pytest.fixture
def days(shop: Shop) -> Days:
    return Days(shop)


def do(day: date) -> None:
    message = {"job": "snapshots", "day": day.isoformat()}
    assert jobs.handler(flow.queue_event(message), Context()) == {"batchItemFailures": []}


def test_each_day_says_who_joined_and_who_left(days: Days) -> None:
    asma = customer(days.api, "Asma", language="ur")
    members = group(days.api, URDU)
    days.go_on()
    bina, _ = customer(days.api, "Bina", language="ur"), customer(days.api, "Chen", language="ur")
    flow.settle()
    days.go_on()
    days.speak(asma, "bn")
    days.go_on()
    days.speak(asma, "ur")
    days.speak(asma, "bn")
    days.speak(bina, "bn")
    assert days.grown(members) == [
        (2, 1, 3, 2, 0, None),
        (3, 1, 2, 0, 1, None),
        (4, 1, 1, 1, 2, None),
    ]
    assert days.grown(members, days="2") == days.grown(members)[1:]


def test_a_group_of_today_has_one_day_and_nothing_to_compare_it_with(days: Days) -> None:
    customer(days.api, "Asma", language="ur")
    assert days.grown(group(days.api, URDU)) == [(1, 1, 1, None, None, "first")]


def test_a_group_that_was_never_filled_has_no_days(days: Days) -> None:
    made = days.api.post("/segments", {"name": "Group", "rule": URDU}).body["id"]
    assert days.grown(made) == []
    days.go_on()
    assert days.grown(made) == []


def test_another_rule_begins_anew_and_says_so(days: Days) -> None:
    asma = customer(days.api, "Asma", language="ur")
    customer(days.api, "Bina", language="bn")
    members = group(days.api, URDU)
    days.go_on()
    assert days.api.patch(f"/segments/{members}", {"rule": BENGALI}, headers={"If-Match": "*"}).status == 200
    flow.settle()
    days.go_on()
    days.speak(asma, "bn")
    assert days.grown(members) == [(2, 1, 1, None, None, "rule"), (3, 1, 2, 1, 0, None)]


def test_views_that_were_built_anew_begin_anew_and_say_so(days: Days) -> None:
    asma = customer(days.api, "Asma", language="ur")
    members = group(days.api, URDU)
    days.go_on()
    for pk, sk in flow.view_keys():
        table.client().delete_item(TableName=settings().views_table, Key=table.to_item({"pk": pk, "sk": sk}))
    flow.settle()
    assert days.grown(members)[-1] == (2, 1, 1, None, None, "rebuild")
    days.go_on()
    days.speak(asma, "bn")
    assert days.grown(members) == [(2, 1, 1, None, None, "rebuild"), (3, 1, 0, 0, 1, None)]


def test_days_without_a_snapshot_are_told_together(days: Days) -> None:
    members = group(days.api, URDU)
    days.go_on()
    customer(days.api, "Asma", language="ur")
    flow.settle()
    days.go_on(snapshot=False)
    customer(days.api, "Bina", language="ur")
    flow.settle()
    days.go_on()
    assert days.grown(members) == [(2, 2, 2, 2, 0, None), (4, 1, 2, 0, 0, None)]


def test_the_first_snapshot_of_a_day_stands(days: Days) -> None:
    members = group(days.api, URDU)
    days.go_on()
    customer(days.api, "Asma", language="ur")
    flow.settle()
    do(days.today)
    assert days.grown(members) == [(2, 1, 1, 1, 0, None)]


def test_a_job_that_dies_anywhere_and_comes_again_leaves_one_snapshot_of_each_group(days: Days) -> None:
    members = [group(days.api, rule) for rule in (URDU, BENGALI)]
    tried = 0
    for point in faults.crash_points():
        days.go_on(snapshot=False)
        with point:
            do(days.today)
        do(days.today)
        assert [days.grown(one, days="1")[0][:2] for one in members] == [(days.today.day, 1)] * 2, str(point)
        assert {days.grown(one, days="2")[-1][5] for one in members} == {None}, str(point)
        tried += 1
    assert tried > 8


@pytest.mark.parametrize("asked", ["0", "801", "-1", "x", "", "1.5"])
def test_nonsense_is_refused(days: Days, asked: str) -> None:
    path = f"/segments/{group(days.api, URDU)}/growth"
    assert days.api.get(path, query={"days": asked}).status == 422
    assert days.api.get("/segments/nobody/growth").status == 404
