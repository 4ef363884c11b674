"""Whatever fails for good lands somewhere, and somebody is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from crm.audit import told
from crm.audit.models import RECORD
from tests.support.template import ROOT, expanded, of_type, target

MAPPINGS = of_type("AWS::Lambda::EventSourceMapping")
FUNCTIONS = of_type("AWS::Lambda::Function")
QUEUES = of_type("AWS::SQS::Queue")
SCHEDULES = of_type("AWS::Scheduler::Schedule")
STREAMS = {name: mapping for name, mapping in MAPPINGS.items() if "StartingPosition" in mapping}
FROM_QUEUES = {name: mapping for name, mapping in MAPPINGS.items() if name not in STREAMS}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_gives_up_in_time_and_keeps_the_record(name: str) -> None:
    mapping = STREAMS[name]
    assert expanded()[target(mapping["DestinationConfig"]["OnFailure"]["Destination"])]["Type"] == "AWS::S3::Bucket"
    assert mapping["BisectBatchOnFunctionError"]
    assert 0 < mapping["MaximumRetryAttempts"] <= 100
    assert 0 < mapping["MaximumRecordAgeInSeconds"] < 86_400


def test_the_projector_hears_of_what_it_projects_and_of_nothing_else() -> None:
    mapping = STREAMS["ProjectorFunctionCrmStream"]
    patterns = [json.loads(entry["Pattern"]) for entry in mapping["FilterCriteria"]["Filters"]]
    heard, *of_files = (pattern["dynamodb"]["Keys"]["sk"]["S"] for pattern in patterns)
    assert of_files == [[{"prefix": "EXPORT#"}], [{"prefix": "GOAHEAD#"}]]
    # A part of an export that is stored is no news.
    assert [pattern.get("eventName") for pattern in patterns] == [None, ["INSERT"], None]
    prefixes = [
        {"prefix": f"{kind}#"}
        for kind in (
            "ASKED",
            "DISBANDING",
            "HANDOVER",
            "MAIL",
            "OUTGOING",
            "REMINDER",
            "SEGMENT",
            "TAGCHANGE",
            "WITHHELD",
        )
    ]
    assert heard == ["PROFILE", "DELETED", "EPOCH", "ERASING", "MEMBER", "MERGED", "PAIR", "SUBMISSION", *prefixes]


def test_the_auditor_hears_of_what_is_new_and_carries_who_did_it() -> None:
    mapping = STREAMS["AuditorFunctionCrmStream"]
    (pattern,) = (json.loads(entry["Pattern"]) for entry in mapping["FilterCriteria"]["Filters"])
    assert pattern["eventName"] == ["INSERT"]
    heard = pattern["dynamodb"]["Keys"]["sk"]["S"]
    assert all(told.is_record(one["prefix"]) for one in heard)
    assert {one["prefix"] for one in heard} == {told.CHANGE, told.EVENT, RECORD}


@pytest.mark.parametrize("name", FROM_QUEUES)
def test_a_queue_waits_long_enough_and_has_dead_letters(name: str) -> None:
    mapping = FROM_QUEUES[name]
    queue = QUEUES[target(mapping["EventSourceArn"])]
    assert queue["VisibilityTimeout"] >= 6 * FUNCTIONS[target(mapping["FunctionName"])]["Timeout"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert target(queue["RedrivePolicy"]["deadLetterTargetArn"]) in QUEUES


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_falls_on_the_quarter_hour_and_a_lost_tick_is_kept(name: str) -> None:
    schedule = SCHEDULES[name]
    expected = "cron(30 3 * * ? *)" if name.startswith("Rotation") else "cron(0/15 * * * ? *)"
    assert (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"]) == (expected, "UTC")
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert target(schedule["Target"]["DeadLetterConfig"]["Arn"]) in QUEUES


def test_whatever_may_fail_for_good_has_an_alarm() -> None:
    watched = set(parameters_of_alarms())
    dead_letters = {name for name in QUEUES if name.endswith("DeadLetters")}
    assert dead_letters | set(FUNCTIONS) | {"StreamFailuresBucket", "HttpApi"} <= watched
    alarms = (ROOT / "infra" / "alarms.yaml").read_text("utf-8")
    assert [name for name in watched - {"TopicArn"} if f"Value: !Ref {name}}}" not in alarms] == []


def test_alarms_ring_for_dead_letters_and_for_a_stream_that_falls_behind() -> None:
    alarms = yaml_parse((ROOT / "infra" / "alarms.yaml").read_text("utf-8"))["Resources"].values()
    rings = {
        (alarm["Properties"]["Namespace"], alarm["Properties"]["MetricName"], watched["Value"]["Ref"])
        for alarm in alarms
        for watched in alarm["Properties"].get("Dimensions", [])
        if isinstance(watched["Value"], dict)
    }
    assert ("AWS/Lambda", "IteratorAge", "ProjectorFunction") in rings
    dead_letters = {name for name in QUEUES if name.endswith("DeadLetters")}
    assert {("AWS/SQS", "ApproximateNumberOfMessagesVisible", name) for name in dead_letters} <= rings


def parameters_of_alarms() -> dict[str, Any]:
    parameters: dict[str, Any] = of_type("AWS::CloudFormation::Stack")["Alarms"]["Parameters"]
    return parameters
