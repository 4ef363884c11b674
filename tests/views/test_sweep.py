"""A sweep under new rules ends right, wherever its workers die and whatever else happens meanwhile."""

import json
from typing import Any

import boto3
import pytest

from crm.core import table
from crm.core.config import settings
from crm.fanout import sources
from crm.segments import service as segments
from crm.views import service as views
from crm.views import transaction
from crm.views.difference import Step
from handlers import jobs
from tests.segments.test_segments import SPENDERS, URDU, customer, segment
from tests.support import faults, flow
from tests.support.world import Api, Context
from tests.views import mutants

WRITES = {"TransactWriteItems", "PutItem", "UpdateItem", "SendMessage"}


def queued() -> dict[str, Any]:
    """The next message of the queue, taken off it."""
    sqs, url = boto3.client("sqs"), settings().jobs_queue_url
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    body: dict[str, Any] = json.loads(message["Body"])
    return body


def do(message: dict[str, Any]) -> None:
    assert jobs.handler(flow.queue_event(message), Context()) == {"batchItemFailures": []}


def members(api: Api, segment_id: str) -> list[str]:
    return [member["name"] for member in api.get(f"/segments/{segment_id}/customers").body["items"]]


def test_a_sweep_killed_at_any_call_and_delivered_again_fills_the_segment(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "PAGE", 3)
    for name in ("Asma", "Bina", "Chen"):
        customer(api, name, spent="100")
    flow.settle()
    tried = 0
    for point in faults.crash_points():
        made = segment(api, SPENDERS)
        flow.project(("SEGMENTS", f"SEGMENT#{made['id']}"))
        message = queued()
        with point:
            do(message)
        do(message)
        flow.do_jobs()
        assert members(api, made["id"]) == ["Asma", "Bina", "Chen"], str(point)
        segments.remove(segment_id=made["id"], expected_version=None)
        tried += 1
    assert tried > 5


def test_every_page_of_a_sweep_may_die_at_any_call(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PAGE", 3)
    for name in ("Asma", "Bina", "Chen"):
        customer(api, name, spent="100")
    flow.settle()
    for point in faults.crash_points(operations=WRITES):
        made = segment(api, SPENDERS)
        do({"job": "sweep", "epoch": views.epoch_now(), "id": f"start {point}"})
        do(queued())
        first = queued()
        with point:
            do(first)
        do(first)
        flow.do_jobs()
        assert members(api, made["id"]) == ["Asma", "Bina", "Chen"], str(point)
        assert api.get(f"/segments/{made['id']}").body["totals"]["members"] == 3, str(point)
        segments.remove(segment_id=made["id"], expected_version=None)


def test_a_page_that_could_not_be_projected_is_not_counted(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_FIRST_PAUSE_SECONDS", 0)
    customer(api, "Asma", spent="100")
    made = segment(api, SPENDERS)
    flow.project(("SEGMENTS", f"SEGMENT#{made['id']}"))
    do(queued())
    do(queued())
    page = queued()
    with faults.refusing("TransactWriteItems", error=faults.throttled("TransactWriteItems")):
        do(page)
    assert api.get(f"/segments/{made['id']}").body["state"] == "building"
    flow.do_jobs()
    do(page)
    assert members(api, made["id"]) == ["Asma"]


def test_a_sweep_asked_for_while_an_earlier_one_moves_on_is_not_forgotten(api: Api) -> None:
    customer(api, "Asma", spent="100", language="ur")
    first = segment(api, SPENDERS)
    do({"job": "sweep", "epoch": 1})
    do(queued())
    page = queued()
    second = segment(api, URDU)
    moved: list[bool] = []

    def move_the_first_on(_: dict[str, Any]) -> bool:
        if not moved:
            moved.append(True)
            do(page)
        return False

    with faults.refusing("TransactWriteItems", error=faults.throttled(), when=move_the_first_on):
        do({"job": "sweep", "epoch": 2})
    flow.do_jobs()
    assert members(api, first["id"]) == members(api, second["id"]) == ["Asma"]


class LateWorker:
    """A worker of an early sweep stops before it writes; meanwhile its group is deleted and a later sweep is done."""

    def __init__(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        customer(api, "Asma", spent="100")
        flow.settle()
        made = segment(api, SPENDERS)
        do({"job": "sweep", "epoch": 1})
        do(queued())
        self.page = queued()
        commit = transaction.commit

        def late(pack: Any) -> list[Step]:
            monkeypatch.setattr(transaction, "commit", commit)
            segments.remove(segment_id=made["id"], expected_version=None)
            do({"job": "sweep", "epoch": 2})
            flow.do_jobs()
            return commit(pack)

        monkeypatch.setattr(transaction, "commit", late)


def left_over() -> list[tuple[str, str]]:
    return [key for key in flow.view_keys() if key[0].startswith("SEGMENT#")]


def test_what_a_late_worker_writes_under_rules_that_are_gone_is_taken_back(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(LateWorker(api, monkeypatch).page)
    assert not left_over()


def test_it_is_taken_back_when_the_late_worker_dies_and_its_page_comes_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = LateWorker(api, monkeypatch)
    with faults.CrashPoint(3, "after", {"TransactWriteItems"}):  # before: the group is removed, the later sweep begins
        do(late.page)
    assert left_over()
    do(late.page)
    assert not left_over()


def test_these_two_would_notice_a_second_look_at_the_item_only(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    late = LateWorker(api, monkeypatch)
    with mutants.second_look_at_the_item_only():
        do(late.page)
    assert left_over()


def test_and_a_page_that_is_left_to_whoever_is_ahead(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    late = LateWorker(api, monkeypatch)
    with mutants.page_left_to_whoever_is_ahead():
        with faults.CrashPoint(3, "after", {"TransactWriteItems"}):
            do(late.page)
        do(late.page)
    assert left_over()
