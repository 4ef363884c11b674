"""What resources are called locally: the values of Ref and GetAtt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.intrinsics import TemplateError

ACCOUNT = "000000000000"
REGION = "eu-west-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local"}
"""What signs every call on this machine; only presigned links are held against it."""

GIVEN_NAMES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::EmailIdentity": "EmailIdentity",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SSM::Parameter": "Name",
    "AWS::Logs::LogGroup": "LogGroupName",
}
ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{}}",
    "AWS::Scheduler::Schedule": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::Cognito::UserPool": f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{{}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
}


def physical_name(kind: str, logical_id: str, properties: Mapping[str, Any]) -> str:
    """Return the name a resource has: the one given in the template, else its logical id."""
    given = properties.get(GIVEN_NAMES.get(kind, ""))
    if given:
        return str(given)
    return f"crm-local-{logical_id.lower()}" if kind == "AWS::S3::Bucket" else logical_id


def queue_url(endpoint: str, name: str) -> str:
    """Return the URL of a queue in the engine at `endpoint`."""
    return f"{endpoint}/{ACCOUNT}/{name}"


def last_part(arn: str) -> str:
    """Return the name that an ARN ends with (queues, buckets, functions, schedules)."""
    return arn.rpartition(":")[2].rpartition("/")[2]


def reference(kind: str, name: str, endpoint: str) -> str:
    """Return what Ref gives for a resource of this type."""
    return queue_url(endpoint, name) if kind == "AWS::SQS::Queue" else name


def attribute(kind: str, name: str, attribute_name: str, endpoint: str) -> str:
    """Return what GetAtt gives. Raises TemplateError for an attribute that is not known here."""
    if attribute_name == "Arn" and kind in ARNS:
        return ARNS[kind].format(name)
    known = {
        ("AWS::DynamoDB::Table", "StreamArn"): f"{ARNS['AWS::DynamoDB::Table'].format(name)}/stream/local",
        ("AWS::SQS::Queue", "QueueName"): name,
        ("AWS::SQS::Queue", "QueueUrl"): queue_url(endpoint, name),
        ("AWS::SNS::Topic", "TopicArn"): ARNS["AWS::SNS::Topic"].format(name),
        ("AWS::SNS::Topic", "TopicName"): name,
    }
    if (kind, attribute_name) not in known:
        raise TemplateError(f"GetAtt {name}.{attribute_name}: the local host does not know this attribute of {kind}")
    return known[kind, attribute_name]
