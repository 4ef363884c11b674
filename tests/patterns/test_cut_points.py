"""What staff are promised about the cut points, at the HTTP edge; and that no death of a worker makes them wrong."""

from __future__ import annotations

import importlib.util
import json
import math
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest

from crm.core.config import settings
from crm.fanout import service as fanout
from crm.fanout import sources
from crm.patterns import keeping, quintiles
from crm.patterns.models import CutPoints
from crm.views import day as days
from crm.views import service as views
from handlers import jobs
from tests.patterns.shop import TODAY, Past, enter, refresh
from tests.segments.groups import group, names
from tests.support import faults, flow
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.world import Api, Context

FIVE = [Past(purchases, 10 * purchases, f"{100 * purchases}.00") for purchases in range(1, 6)]
TOP = {"field": "patterns.money", "op": "eq", "value": 5}


def queued() -> dict[str, Any] | None:
    """The next message of the queue, taken off it, with the id that it keeps however often it comes."""
    sqs, url = boto3.client("sqs"), settings().jobs_queue_url
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", [])
    if not found:
        return None
    sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
    body: dict[str, Any] = json.loads(found[0]["Body"])
    return {"id": found[0]["MessageId"], **body}


def do(message: dict[str, Any]) -> None:
    assert jobs.handler(flow.queue_event(message), Context()) == {"batchItemFailures": []}


def test_before_anybody_looked_there_is_nothing(api: Api) -> None:
    found = api.get("/patterns")
    assert found.status == 200
    assert (found.body["state"], found.body["customers"], found.body["as_of"]) == ("none", 0, None)
    assert found.body["recency"]["cut_points"] == []


def test_five_equal_parts_are_found_and_counted(api: Api) -> None:
    enter(*FIVE, Past(0, 0, "0"))
    assert refresh(api).status == 202
    found = api.get("/patterns").body
    assert (found["state"], found["progress"], found["customers"], found["day"]) == ("ready", 1.0, 5, str(TODAY))
    assert found["recency"] == {
        "unit": "days since the last purchase",
        "cut_points": ["10", "20", "30", "40"],
        "customers_by_score": {"1": 1, "2": 1, "3": 1, "4": 1, "5": 1},
    }
    assert found["frequency"]["cut_points"] == ["1", "2", "3", "4"]
    assert found["money"]["unit"] == "USD spent"
    assert found["money"]["cut_points"] == ["100", "200", "300", "400"]


@pytest.mark.parametrize(
    ("pasts", "points"),
    [([], []), ([Past(2, 5, "7.50")], ["2"] * 4), (FIVE[:3], ["1", "2", "2", "3"]), (FIVE[2:3] * 40, ["3"] * 4)],
    ids=["nobody", "one", "three", "all alike"],
)
def test_a_base_of_any_size_has_its_points(api: Api, pasts: list[Past], points: list[str]) -> None:
    enter(*pasts, Past(0, 0, "0"))
    refresh(api)
    found = api.get("/patterns").body
    assert (found["state"], found["customers"]) == ("ready", len(pasts))
    assert found["frequency"]["cut_points"] == points
    assert sum(found["frequency"]["customers_by_score"].values()) == len(pasts)


def test_groups_follow_new_points(api: Api) -> None:
    enter(*FIVE)
    richest = group(api, TOP)
    assert names(api, richest) == []
    refresh(api)
    assert names(api, richest) == ["customer 4"]
    enter(*[Past(9, 1, "5000.00")] * 5, prefix="newcomer")
    flow.settle()
    refresh(api)
    assert names(api, richest) == []
    assert api.get("/patterns").body["money"]["cut_points"] == ["200", "400", "5000", "5000"]


def test_the_rules_change_only_when_the_points_do(api: Api) -> None:
    enter(*FIVE)
    refresh(api)
    first = views.epoch_now()
    as_of = api.get("/patterns").body["as_of"]
    refresh(api)
    assert views.epoch_now() == first
    assert api.get("/patterns").body["as_of"] > as_of
    enter(*FIVE, prefix="another")
    refresh(api)
    assert views.epoch_now() == first
    enter(Past(40, 1, "1.00"), prefix="last")
    refresh(api)
    assert views.epoch_now() == first + 1


def test_what_is_under_way_is_said(api: Api) -> None:
    enter(*FIVE)
    api.post("/patterns/refresh")
    asked = queued()
    assert asked is not None
    do(asked)
    page = queued()
    assert page is not None
    assert api.get("/patterns").body["state"] == "collecting"
    while page and page["job"] == "patterns":
        do(page)
        page = queued()
    assert page is not None
    assert (api.get("/patterns").body["state"], page["job"]) == ("applying", "sweep")
    do(page)
    flow.do_jobs()
    assert api.get("/patterns").body["state"] == "ready"


def test_a_repeated_request_and_one_during_a_run_look_no_second_time(api: Api) -> None:
    enter(*FIVE)
    for key in ("a", "a", "b"):
        api.post("/patterns/refresh", headers={"Idempotency-Key": key})
    flow.do_jobs()
    kept = CutPoints.read()
    refresh(api, headers={"Idempotency-Key": "a"})
    again = CutPoints.read()
    assert kept is not None
    assert again is not None
    assert kept.run == again.run
    refresh(api, headers={"Idempotency-Key": "c"})
    last = CutPoints.read()
    assert last is not None
    assert kept.run != last.run


def test_a_run_that_ends_late_does_not_undo_what_a_later_one_found(api: Api) -> None:
    enter(*FIVE)
    refresh(api)
    late = fanout.progress("patterns")
    assert late is not None
    enter(Past(40, 1, "9000.00"), prefix="last")
    flow.settle()
    refresh(api, headers={"Idempotency-Key": "later"})
    wanted = api.get("/patterns").body
    assert wanted["customers"] == 6
    keeping.keep(replace(late.run, finished_at=None), quintiles.histograms(late.tally))
    flow.do_jobs()
    assert api.get("/patterns").body == wanted


def test_a_worker_may_die_at_any_call_of_every_message(api: Api, every: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PAGE", 2)
    group(api, TOP, name="Richest")
    enter(*FIVE)
    refresh(api)
    flow.settle()
    rounds = 0
    for message_number in range(20):
        for point in faults.crash_points(every=every):
            rounds += 1
            enter(*[Past(number, 10 * number, f"{100 * number + rounds}") for number in range(1, 6)])
            epoch = views.epoch_now()
            api.post("/patterns/refresh")
            for _ in range(message_number):
                message = queued()
                assert message is not None
                do(message)
            message = queued()
            assert message is not None
            if message["job"] != "patterns":
                assert rounds > 40 / every
                return
            with point:
                do(message)
            do(message)
            flow.do_jobs(at_most=100)
            assert outcome(api) == (5, [1] * 5, "ready", 1), (message_number, str(point))
            assert views.epoch_now() == epoch + 1, (message_number, str(point))
    raise AssertionError("it does not end")


def outcome(api: Api) -> tuple[int, list[int], str, int]:
    """How many were counted, how they were cut, what is under way, and how many the group of the richest has."""
    found = api.get("/patterns").body
    (richest,) = [one for one in api.get("/segments").body["items"] if one["name"] == "Richest"]
    by_score = list(found["money"]["customers_by_score"].values())
    return found["customers"], by_score, found["state"], richest["members"]


DATASET = importlib.util.find_spec("lifetimes")


@pytest.mark.skipif(DATASET is None, reason="python3 infra/local/environments.py dataset")
def test_the_points_of_real_purchases_are_those_of_an_independent_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """CDNOW: 2,357 customers of a music shop. Counted from the file by ranks, with none of our code."""
    with in_memory(monkeypatch, memory=Memory(delays=True), post=Post()):
        _compare_real_purchases(Api())


def _compare_real_purchases(api: Api) -> None:
    last_day = date(1998, 7, 1)
    sales = defaultdict(list)
    assert DATASET is not None
    (place,) = DATASET.submodule_search_locations or []
    for line in (Path(place) / "datasets" / "CDNOW_sample.txt").read_text().splitlines():
        _, number, day, _, amount = line.split()
        sales[number].append((date.fromisoformat(f"{day[:4]}-{day[4:6]}-{day[6:]}"), Decimal(amount)))
    days.raise_to(TODAY)
    enter(*[_past(bought, last_day) for bought in sales.values()])
    refresh(api)
    found = api.get("/patterns").body
    assert found["customers"] == len(sales) == 2357
    lasts = [(last_day - max(day for day, _ in bought)).days for bought in sales.values()]
    spent = [sum(amount for _, amount in bought) for bought in sales.values()]
    assert found["recency"]["cut_points"] == list(map(str, _ranked(lasts)))
    assert found["frequency"]["cut_points"] == list(map(str, _ranked([len(bought) for bought in sales.values()])))
    pairs = zip(map(Decimal, found["money"]["cut_points"]), _ranked(spent), strict=True)
    assert all(exact <= point <= exact * Decimal("1.01") for point, exact in pairs)
    points = list(map(Decimal, found["money"]["cut_points"]))
    scores = [1 + sum(value > point for point in points) for value in spent]
    assert found["money"]["customers_by_score"] == {str(score): scores.count(score) for score in range(1, 6)}


def _past(bought: list[tuple[date, Decimal]], last_day: date) -> Past:
    days_ago = [(last_day - day).days for day, _ in bought]
    return Past(len(bought), min(days_ago), str(sum(amount for _, amount in bought)), first_days=max(days_ago))


def _ranked(values: list[Any]) -> list[Any]:
    return [sorted(values)[math.ceil(len(values) * part / 5) - 1] for part in range(1, 5)]
