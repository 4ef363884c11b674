"""The payloads under events/ are what the triggers of template.yaml deliver."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest

from infra.local.event_pattern import matches
from tests.support.template import ROOT, function_of, of_type

EVENTS = ROOT / "events"
QUEUED = {"mailer": "MailQueue", "mail_events": "MailEventsQueue", "jobs": "JobsQueue", "files": "FilesQueue"}


def load(folder: str) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((EVENTS / folder).glob("*.json"))}


def records(folder: str) -> list[dict[str, Any]]:
    return [record for event in load(folder).values() for record in event["Records"]]


@pytest.mark.parametrize("name", ["greetings", "reminders", "reconciler", "upkeep"])
def test_a_tick_has_the_input_of_its_schedule(name: str) -> None:
    schedules = of_type("AWS::Scheduler::Schedule")
    (schedule,) = [found for key, found in schedules.items() if key.startswith(name.capitalize())]
    assert set(load("schedules")[name]) == set(json.loads(schedule["Target"]["Input"]))


@pytest.mark.parametrize("handler", ["projector", "auditor"])
def test_a_stream_record_has_keys_alone_and_passes_the_filter(handler: str) -> None:
    mapping = of_type("AWS::Lambda::EventSourceMapping")[f"{function_of(handler)}CrmStream"]
    filters = mapping["FilterCriteria"]["Filters"]
    found = records(handler)
    assert found
    for record in found:
        assert (
            record["dynamodb"]["StreamViewType"]
            == of_type("AWS::DynamoDB::Table")["CrmTable"]["StreamSpecification"]["StreamViewType"]
        )
        assert not {"NewImage", "OldImage"} & set(record["dynamodb"])
        assert any(matches(json.loads(entry["Pattern"]), record) for entry in filters)


@pytest.mark.parametrize("folder", [folder for folder in QUEUED if (EVENTS / folder).exists()])
def test_a_queued_event_is_whole(folder: str) -> None:
    found = records(folder)
    assert found
    for record in found:
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
        assert QUEUED[folder] in record["eventSourceARN"]
        json.loads(record["body"])


@pytest.mark.parametrize("handler", ["jobs", "files"])
def test_there_is_one_payload_for_each_job(handler: str) -> None:
    code = (ROOT / "functions" / "handlers" / f"{handler}.py").read_text("utf-8")
    known = set(re.findall(r'(?m)^    "(\w+)": ', code))
    assert {json.loads(record["body"])["job"] for record in records(handler)} == known
