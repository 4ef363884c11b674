"""What starts functions: event source mappings, schedules, and the rules of the event bus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local import names, template
from infra.local.intrinsics import TemplateError


@dataclass(frozen=True, kw_only=True)
class EventSource:
    """An event source mapping: `source` is the name of the table or queue, `properties` are the template's."""

    logical_id: str
    kind: str
    source: str
    function: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """An EventBridge Scheduler schedule of a function; `input` may hold `<aws.scheduler.…>` placeholders."""

    logical_id: str
    arn: str
    expression: str
    timezone: str
    function: str
    input: str | None


@dataclass(frozen=True, kw_only=True)
class EventRule:
    """An EventBridge rule on the default bus: its pattern and the URLs of the queues it targets.

    `transformers`: by URL the `InputTransformer` of a target that has one.
    """

    pattern: Mapping[str, Any]
    queue_urls: tuple[str, ...]
    transformers: Mapping[str, Mapping[str, Any]]


def event_sources(resources: Mapping[str, template.Resource]) -> tuple[EventSource, ...]:
    """The mappings that are enabled. Raises TemplateError for one of neither a queue nor a table."""
    return tuple(
        _event_source(logical_id, mapping.properties)
        for logical_id, mapping in template.of_kind(resources, "AWS::Lambda::EventSourceMapping").items()
        if mapping.properties.get("Enabled", True)
    )


def _event_source(logical_id: str, properties: Mapping[str, Any]) -> EventSource:
    service, resource = properties["EventSourceArn"].split(":", 5)[2::3]
    if service not in {"dynamodb", "sqs"}:
        raise TemplateError(f"{logical_id}: the local host reads queues and table streams, not {service}")
    return EventSource(
        logical_id=logical_id,
        kind=service,
        source=resource.split("/")[1] if service == "dynamodb" else resource,
        function=names.last_part(properties["FunctionName"]),
        properties=properties,
    )


def schedules(resources: Mapping[str, template.Resource]) -> tuple[Schedule, ...]:
    """The schedules that are enabled."""
    return tuple(
        Schedule(
            logical_id=logical_id,
            arn=names.ARNS[schedule.kind].format(schedule.name),
            expression=schedule.properties["ScheduleExpression"],
            timezone=schedule.properties.get("ScheduleExpressionTimezone", "UTC"),
            function=names.last_part(schedule.properties["Target"]["Arn"]),
            input=schedule.properties["Target"].get("Input"),
        )
        for logical_id, schedule in template.of_kind(resources, "AWS::Scheduler::Schedule").items()
        if schedule.properties.get("State", "ENABLED") == "ENABLED"
    )


def event_rules(resources: Mapping[str, template.Resource], endpoint: str) -> tuple[EventRule, ...]:
    """The rules that are enabled; the engine is at `endpoint`. Raises TemplateError for a target that is no queue."""
    return tuple(
        EventRule(
            pattern=_pattern(rule.properties),
            queue_urls=_queues(logical_id, rule.properties, endpoint),
            transformers=_transformers(rule.properties, endpoint),
        )
        for logical_id, rule in template.of_kind(resources, "AWS::Events::Rule").items()
        if rule.properties.get("State", "ENABLED") == "ENABLED"
    )


def _pattern(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    pattern = properties.get("EventPattern", {})
    decoded: Mapping[str, Any] = json.loads(pattern) if isinstance(pattern, str) else pattern
    return decoded


def _transformers(properties: Mapping[str, Any], endpoint: str) -> Mapping[str, Mapping[str, Any]]:
    return {
        names.queue_url(endpoint, names.last_part(target["Arn"])): target["InputTransformer"]
        for target in properties.get("Targets", ())
        if "InputTransformer" in target
    }


def _queues(logical_id: str, properties: Mapping[str, Any], endpoint: str) -> tuple[str, ...]:
    arns = [target["Arn"] for target in properties.get("Targets", ())]
    if any(":sqs:" not in arn for arn in arns):
        raise TemplateError(f"{logical_id}: the local host sends events of a rule to queues only")
    return tuple(names.queue_url(endpoint, names.last_part(arn)) for arn in arns)
