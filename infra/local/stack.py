"""The resolved template as the local host sees it: what runs, what triggers it, what holds data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local import http_api, names, sign_in, template
from infra.local.http_api import Cors, Route
from infra.local.intrinsics import TemplateError
from infra.local.sign_in import SignIn

# Left out on purpose: rights (the engine grants all), logs and alarms (there is the terminal), layers (the
# environment of the functions has all of them), S3 and SQS policies.
WITHOUT_EFFECT = {
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolResourceServer",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::S3::BucketPolicy",
    "AWS::SES::ReceiptRule",
    "AWS::SES::ReceiptRuleSet",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
WITH_EFFECT = {
    "AWS::ApiGatewayV2::Api",
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolGroup",
    "AWS::DynamoDB::Table",
    "AWS::Events::Rule",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::S3::Bucket",
    "AWS::SES::ConfigurationSet",
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SES::EmailIdentity",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
    "AWS::Scheduler::Schedule",
}


@dataclass(frozen=True, kw_only=True)
class Function:
    """A Lambda function; `timeout` in seconds, `memory` in MB; retries are those of asynchronous invocation."""

    logical_id: str
    handler: str
    runtime: str
    timeout: float
    memory: int
    environment: Mapping[str, str]
    log_format: str
    retries: int = 2
    on_failure: str | None = None


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


@dataclass(frozen=True, kw_only=True)
class Stack:
    """All that the host wires. Tables, queues and buckets map names to the template's properties."""

    functions: Mapping[str, Function]
    routes: tuple[Route, ...]
    cors: Cors | None
    jwt_issuer: str
    jwt_audience: tuple[str, ...]
    sign_in: SignIn | None
    event_sources: tuple[EventSource, ...]
    schedules: tuple[Schedule, ...]
    tables: Mapping[str, Mapping[str, Any]]
    queues: Mapping[str, Mapping[str, Any]]
    buckets: tuple[str, ...]
    identities: tuple[str, ...]
    configuration_sets: Mapping[str, tuple[str, ...]]
    event_rules: tuple[EventRule, ...]
    parameters: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Any]


def load(path: Path, *, endpoint: str, parameters: Mapping[str, str]) -> Stack:
    """Read template.yaml for the engine at `endpoint`. Raises TemplateError, also for an unknown resource type."""
    resolved = template.read(path, endpoint=endpoint, parameters=parameters)
    resources = resolved.resources
    for logical_id, resource in resources.items():
        if resource.kind not in WITH_EFFECT | WITHOUT_EFFECT:
            raise TemplateError(f"{logical_id} is an {resource.kind}, which the local host does not know")
    routes, cors, issuer, audience = http_api.read(_of(resources, "AWS::ApiGatewayV2::Api"))
    return Stack(
        functions=_functions(resources),
        routes=routes,
        cors=cors,
        jwt_issuer=issuer,
        jwt_audience=audience,
        sign_in=sign_in.read(resources),
        event_sources=_event_sources(resources),
        schedules=_schedules(resources),
        tables=_named(resources, "AWS::DynamoDB::Table"),
        queues=_named(resources, "AWS::SQS::Queue"),
        buckets=tuple(_named(resources, "AWS::S3::Bucket")),
        identities=tuple(_named(resources, "AWS::SES::EmailIdentity")),
        configuration_sets=_configuration_sets(resources),
        event_rules=_event_rules(resources, endpoint),
        parameters=_named(resources, "AWS::SSM::Parameter"),
        outputs=resolved.outputs,
    )


def _of(resources: Mapping[str, template.Resource], kind: str) -> dict[str, template.Resource]:
    return {logical_id: resource for logical_id, resource in resources.items() if resource.kind == kind}


def _named(resources: Mapping[str, template.Resource], kind: str) -> dict[str, Mapping[str, Any]]:
    return {resource.name: resource.properties for resource in _of(resources, kind).values()}


def _functions(resources: Mapping[str, template.Resource]) -> dict[str, Function]:
    asynchronous = {
        config.properties["FunctionName"]: config.properties
        for config in _of(resources, "AWS::Lambda::EventInvokeConfig").values()
    }
    return {
        logical_id: _function(logical_id, function.properties, asynchronous.get(logical_id, {}))
        for logical_id, function in _of(resources, "AWS::Lambda::Function").items()
    }


def _function(logical_id: str, properties: Mapping[str, Any], asynchronous: Mapping[str, Any]) -> Function:
    environment = properties.get("Environment", {}).get("Variables", {})
    failures = asynchronous.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    return Function(
        logical_id=logical_id,
        handler=properties["Handler"],
        runtime=properties["Runtime"],
        timeout=float(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
        environment={name: str(value) for name, value in environment.items()},
        log_format=properties.get("LoggingConfig", {}).get("LogFormat", "Text"),
        retries=int(asynchronous.get("MaximumRetryAttempts", 2)),
        on_failure=failures,
    )


def _event_sources(resources: Mapping[str, template.Resource]) -> tuple[EventSource, ...]:
    return tuple(
        _event_source(logical_id, mapping.properties)
        for logical_id, mapping in _of(resources, "AWS::Lambda::EventSourceMapping").items()
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


def _schedules(resources: Mapping[str, template.Resource]) -> tuple[Schedule, ...]:
    return tuple(
        Schedule(
            logical_id=logical_id,
            arn=names.ARNS[schedule.kind].format(schedule.name),
            expression=schedule.properties["ScheduleExpression"],
            timezone=schedule.properties.get("ScheduleExpressionTimezone", "UTC"),
            function=names.last_part(schedule.properties["Target"]["Arn"]),
            input=schedule.properties["Target"].get("Input"),
        )
        for logical_id, schedule in _of(resources, "AWS::Scheduler::Schedule").items()
        if schedule.properties.get("State", "ENABLED") == "ENABLED"
    )


def _configuration_sets(resources: Mapping[str, template.Resource]) -> dict[str, tuple[str, ...]]:
    kinds: dict[str, tuple[str, ...]] = dict.fromkeys(_named(resources, "AWS::SES::ConfigurationSet"), ())
    for destination in _of(resources, "AWS::SES::ConfigurationSetEventDestination").values():
        name = destination.properties["ConfigurationSetName"]
        target = destination.properties["EventDestination"]
        if target.get("Enabled", True) and "EventBridgeDestination" in target:
            kinds[name] = (*kinds.get(name, ()), *target["MatchingEventTypes"])
    return kinds


def _event_rules(resources: Mapping[str, template.Resource], endpoint: str) -> tuple[EventRule, ...]:
    return tuple(
        EventRule(
            pattern=_pattern(rule.properties),
            queue_urls=_queues(logical_id, rule.properties, endpoint),
            transformers=_transformers(rule.properties, endpoint),
        )
        for logical_id, rule in _of(resources, "AWS::Events::Rule").items()
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
