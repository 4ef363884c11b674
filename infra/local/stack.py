"""The resolved template as the local host sees it: what runs, what triggers it, what holds data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local import http_api, sign_in, template, triggers
from infra.local.http_api import Cors, Route
from infra.local.intrinsics import TemplateError
from infra.local.sign_in import SignIn
from infra.local.triggers import EventRule, EventSource, Schedule

# Left out on purpose: rights (the engine grants all), logs and alarms (there is the terminal), layers (the
# environment of the functions has all of them), S3 and SQS policies.
WITHOUT_EFFECT = {
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
    "AWS::ApiGatewayV2::Stage",
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
class Stack:
    """All that the host wires. Tables, queues and buckets map names to the template's properties."""

    functions: Mapping[str, Function]
    routes: tuple[Route, ...]
    cors: Cors | None
    jwt_issuer: str
    jwt_audience: tuple[str, ...]
    sign_in: SignIn | None
    stage_variables: Mapping[str, str]
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
    routes, cors, issuer, audience = http_api.read(template.of_kind(resources, "AWS::ApiGatewayV2::Api"))
    return Stack(
        functions=_functions(resources),
        routes=routes,
        cors=cors,
        jwt_issuer=issuer,
        jwt_audience=audience,
        sign_in=sign_in.read(resources),
        stage_variables=_stage_variables(resources),
        event_sources=triggers.event_sources(resources),
        schedules=triggers.schedules(resources),
        tables=_named(resources, "AWS::DynamoDB::Table"),
        queues=_named(resources, "AWS::SQS::Queue"),
        buckets=tuple(_named(resources, "AWS::S3::Bucket")),
        identities=tuple(_named(resources, "AWS::SES::EmailIdentity")),
        configuration_sets=_configuration_sets(resources),
        event_rules=triggers.event_rules(resources, endpoint),
        parameters=_named(resources, "AWS::SSM::Parameter"),
        outputs=resolved.outputs,
    )


def _named(resources: Mapping[str, template.Resource], kind: str) -> dict[str, Mapping[str, Any]]:
    return {resource.name: resource.properties for resource in template.of_kind(resources, kind).values()}


def _stage_variables(resources: Mapping[str, template.Resource]) -> dict[str, str]:
    stages = template.of_kind(resources, "AWS::ApiGatewayV2::Stage").values()
    return {name: str(value) for one in stages for name, value in one.properties.get("StageVariables", {}).items()}


def _functions(resources: Mapping[str, template.Resource]) -> dict[str, Function]:
    asynchronous = {
        config.properties["FunctionName"]: config.properties
        for config in template.of_kind(resources, "AWS::Lambda::EventInvokeConfig").values()
    }
    return {
        logical_id: _function(logical_id, function.properties, asynchronous.get(logical_id, {}))
        for logical_id, function in template.of_kind(resources, "AWS::Lambda::Function").items()
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


def _configuration_sets(resources: Mapping[str, template.Resource]) -> dict[str, tuple[str, ...]]:
    kinds: dict[str, tuple[str, ...]] = dict.fromkeys(_named(resources, "AWS::SES::ConfigurationSet"), ())
    for destination in template.of_kind(resources, "AWS::SES::ConfigurationSetEventDestination").values():
        name = destination.properties["ConfigurationSetName"]
        target = destination.properties["EventDestination"]
        if target.get("Enabled", True) and "EventBridgeDestination" in target:
            kinds[name] = (*kinds.get(name, ()), *target["MatchingEventTypes"])
    return kinds
