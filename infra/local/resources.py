"""Makes what holds data in the engine, as the template says; what is there already stays as it is."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from infra.local import names

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

    from infra.local.stack import Stack

TABLE_FIELDS = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
)
QUEUE_FIELDS = (
    "ContentBasedDeduplication",
    "DelaySeconds",
    "FifoQueue",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
)
SIGNING_KEY_SETTING = "SIGNING_KEY_PARAMETER"


def client(service: str, endpoint: str) -> Any:
    """Return a boto3 client of the engine, with credentials that nobody checks."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoint,
        region_name=names.REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106
        config=Config(retries={"total_max_attempts": 10, "mode": "standard"}, max_pool_connections=32),
    )


def create(stack: Stack, endpoint: str) -> None:
    """Create all of the stack's tables, queues, buckets, SES resources and parameters that are missing."""
    _create_tables(stack, client("dynamodb", endpoint))
    _create_queues(stack.queues, client("sqs", endpoint))
    _create_buckets(stack, client("s3", endpoint))
    _create_mail_resources(stack, client("sesv2", endpoint))
    _create_parameters(stack, client("ssm", endpoint))


def _create_tables(stack: Stack, dynamodb: DynamoDBClient) -> None:
    present = dynamodb.list_tables()["TableNames"]
    for name, properties in stack.tables.items():
        if name not in present:
            create_table(dynamodb, name, properties)


def create_table(dynamodb: DynamoDBClient, name: str, properties: Mapping[str, Any]) -> None:
    """Create one table from its CloudFormation properties under a name of one's own."""
    settings: dict[str, Any] = {field: properties[field] for field in TABLE_FIELDS if field in properties}
    if "StreamSpecification" in properties:
        settings["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
    dynamodb.create_table(TableName=name, **settings)
    if "TimeToLiveSpecification" in properties:
        specification = properties["TimeToLiveSpecification"]
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)


def _create_queues(queues: Mapping[str, Mapping[str, Any]], sqs: SQSClient) -> None:
    present = {names.last_part(url) for url in sqs.list_queues().get("QueueUrls", [])}
    missing = {name: properties for name, properties in queues.items() if name not in present}
    for name, properties in missing.items():
        attributes = {field: _text(properties[field]) for field in QUEUE_FIELDS if field in properties}
        sqs.create_queue(QueueName=name, Attributes=attributes)  # type: ignore[arg-type]
    # After all exist: a queue names its dead letters by an ARN that must be there.
    for name, properties in missing.items():
        if "RedrivePolicy" in properties:
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            sqs.set_queue_attributes(
                QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(properties["RedrivePolicy"])}
            )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _create_buckets(stack: Stack, s3: Any) -> None:
    present = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for name in stack.buckets:
        if name not in present:
            s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": names.REGION})


def _create_mail_resources(stack: Stack, ses: Any) -> None:
    identities = {identity["IdentityName"] for identity in ses.list_email_identities()["EmailIdentities"]}
    for identity in stack.identities:
        if identity not in identities:
            ses.create_email_identity(EmailIdentity=identity)
    sets = ses.list_configuration_sets()["ConfigurationSets"]
    for name in stack.configuration_sets:
        if name not in sets:
            ses.create_configuration_set(ConfigurationSetName=name)


def _create_parameters(stack: Stack, ssm: Any) -> None:
    for name, properties in stack.parameters.items():
        _put_missing(ssm, name, properties.get("Type", "String"), str(properties["Value"]))
    # CloudFormation cannot make a SecureString: on AWS it is made once by hand, here at the first start.
    keys = {function.environment.get(SIGNING_KEY_SETTING) for function in stack.functions.values()}
    for name in sorted(filter(None, keys)):
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        _put_missing(ssm, name, "SecureString", json.dumps({"current": "local", "keys": {"local": key}}))


def _put_missing(ssm: Any, name: str, kind: str, value: str) -> None:
    if not ssm.get_parameters(Names=[name])["Parameters"]:
        ssm.put_parameter(Name=name, Type=kind, Value=value)
