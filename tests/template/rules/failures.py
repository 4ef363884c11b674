"""Whatever fails for good is kept, and somebody is told."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.template import target
from tests.template.rules.rule import Resources, of, rule

DEAD_LETTER_DAYS = 14


@rule
def a_queue_is_encrypted(resources: Resources) -> Iterator[str]:
    for name, queue in of(resources, "AWS::SQS::Queue"):
        if queue.get("SqsManagedSseEnabled") is not True and not queue.get("KmsMasterKeyId"):
            yield name


@rule
def a_queue_has_dead_letters_that_are_kept(resources: Resources) -> Iterator[str]:
    queues = dict(of(resources, "AWS::SQS::Queue"))
    dead = {target(one["RedrivePolicy"]["deadLetterTargetArn"]) for one in queues.values() if "RedrivePolicy" in one}
    for name, queue in queues.items():
        if name.endswith("DeadLetters"):
            if queue.get("MessageRetentionPeriod") != DEAD_LETTER_DAYS * 86_400:
                yield name
        elif "RedrivePolicy" not in queue:
            yield name
    yield from (name for name in dead if name not in queues)


@rule
def one_bad_record_does_not_fail_its_batch(resources: Resources) -> Iterator[str]:
    for name, mapping in of(resources, "AWS::Lambda::EventSourceMapping"):
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield name


@rule
def a_stream_gives_up_in_time_and_keeps_the_record(resources: Resources) -> Iterator[str]:
    for name, mapping in of(resources, "AWS::Lambda::EventSourceMapping"):
        if "StartingPosition" not in mapping:
            continue
        kept = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        bounded = 0 < mapping.get("MaximumRecordAgeInSeconds", 0) < 86_400
        if not kept or not bounded or mapping.get("BisectBatchOnFunctionError") is not True:
            yield name


@rule
def a_tick_that_is_lost_is_kept(resources: Resources) -> Iterator[str]:
    kept = {target(one["FunctionName"]) for _, one in of(resources, "AWS::Lambda::EventInvokeConfig")
            if one.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")}  # fmt: skip
    for name, schedule in of(resources, "AWS::Scheduler::Schedule"):
        if not schedule["Target"].get("DeadLetterConfig") or target(schedule["Target"]["Arn"]) not in kept:
            yield name


@rule
def an_event_that_reaches_nobody_is_kept(resources: Resources) -> Iterator[str]:
    for name, heard in of(resources, "AWS::Events::Rule"):
        if not all(one.get("DeadLetterConfig") for one in heard["Targets"]):
            yield name


@rule
def whatever_may_fail_for_good_has_an_alarm(resources: Resources) -> Iterator[str]:
    watched = {name for _, stack in of(resources, "AWS::CloudFormation::Stack") for name in stack.get("Parameters", {})}
    dead = [name for name, _ in of(resources, "AWS::SQS::Queue") if name.endswith("DeadLetters")]
    functions = [name for name, _ in of(resources, "AWS::Lambda::Function")]
    yield from sorted({*dead, *functions} - watched)
