"""A small world in process: moto's tables and queues, the functions' settings, and callers of the handlers."""

import base64
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from crm.access import roster
from crm.access.models import PARTITION, ROSTER, Roster
from crm.core import built, config, files, outbox, queue, signing
from crm.core.lease import Lease
from crm.core.table import CrmItem
from crm.views import reading
from tests.support import queues, unwritten

REGION: Literal["eu-west-1"] = "eu-west-1"
SIGNING_KEYS = {"current": "k1", "keys": {"k1": base64.b64encode(b"k" * 32).decode()}}
SETTINGS = {
    # As in Lambda: calls go past botocore there alone.
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "POWERTOOLS_SERVICE_NAME": "crm",
    "CRM_TABLE": "crm",
    "VIEWS_TABLE": "views",
    "FILES_BUCKET": "crm-files",
    "SENDER": "hello@shop.example",
    "CONFIGURATION_SET": "crm",
    "PUBLIC_URL": "https://crm.example",
    "SIGNING_KEY_PARAMETER": "/crm/signing-keys",
    "BUSINESS_NAME": "Corner Shop",
    "BUSINESS_TIMEZONE": "Asia/Karachi",
    "BUSINESS_LANGUAGE": "en",
    "REPORTING_CURRENCY": "USD",
}


class Context(LambdaContext):
    """What Lambda hands to a handler, with time enough."""

    def __init__(self) -> None:
        self._function_name = "test"
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:test"
        self._aws_request_id = "00000000-0000-0000-0000-000000000000"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: Any


def http_event(
    method: str,
    path: str,
    *,
    body: Any = None,
    raw: str | None = None,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    caller: str | None = "manager",
    role: str | None = "manager",
    signed_in: int | None = None,
    is_base64: bool = False,
) -> dict[str, Any]:
    """An HTTP API event (payload 2.0) as the gateway would make it.

    `role`: the group of the caller's token, `signed_in`: when they did, in seconds of the epoch.
    """
    claims = {"sub": caller, "username": caller, "scope": "crm/staff"}
    claims |= {"cognito:groups": f"[{role}]"} if role else {}
    claims |= {} if signed_in is None else {"auth_time": str(signed_in)}
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "&".join(f"{name}={value}" for name, value in (query or {}).items()),
        "headers": {"content-type": "application/json", **(headers or {})},
        "queryStringParameters": query or {},
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
            "domainName": "api.example",
            "requestId": "test",
            "stage": "$default",
            **({"authorizer": {"jwt": {"claims": claims, "scopes": ["crm/staff"]}}} if caller else {}),
        },
        "body": raw if raw is not None else (None if body is None else json.dumps(body)),
        "isBase64Encoded": is_base64,
    }


class Api:
    """Calls the staff API's handler as the gateway does."""

    def call(self, method: str, path: str, **request: Any) -> Answer:
        from handlers import api  # noqa: PLC0415 - after the settings are in place

        with unwritten.watched() as changes:
            answer = api.handler(http_event(method, path, **request), Context())
        unwritten.require_none(changes, status=answer["statusCode"], what=f"{method} {path}")
        if answer["statusCode"] < 400:
            unwritten.require_recorded(changes, what=f"{method} {path}")
        text = answer.get("body") or ""
        headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        multi = answer.get("multiValueHeaders") or {}
        headers |= {name.lower(): ",".join(values) for name, values in multi.items()}
        is_json = "json" in headers.get("content-type", "")
        return Answer(answer["statusCode"], headers, json.loads(text) if text and is_json else text)

    def get(self, path: str, **request: Any) -> Answer:
        return self.call("GET", path, **request)

    def post(self, path: str, body: Any = None, **request: Any) -> Answer:
        return self.call("POST", path, body=body, **request)

    def patch(self, path: str, body: Any = None, **request: Any) -> Answer:
        return self.call("PATCH", path, body=body, **request)

    def delete(self, path: str, **request: Any) -> Answer:
        return self.call("DELETE", path, **request)


def forget() -> None:
    """Drop what a process keeps between invocations: settings, keys, connections."""
    config.settings.cache_clear()
    signing.keys.cache_clear()
    CrmItem._connection = None
    Lease.forget_all()
    queue.client.cache_clear()
    files.client.cache_clear()
    know_the_mark()
    know_the_roster()
    know_that_nobody_listens()
    reading.forget_rules()


def know_the_roster() -> None:
    """Every process is one that has just seen that nobody was given a role; tests of the roster `roster.forget()`."""
    nothing = Roster(PARTITION, ROSTER, version=0, members={}, roles={}, teams={})
    roster._Known.last = roster._Seen(nothing, (math.inf, math.inf))


def know_that_nobody_listens() -> None:
    """Every process is one that has just seen that nobody listens to events; tests of these `Lease.forget_all()`."""
    outbox.LISTENED.remember(frozenset(), at=(math.inf, math.inf))


def know_the_mark() -> None:
    """Every process is one that has just seen that the views are whole; tests of the mark itself `built.forget()`."""
    built._Known.last = built._Seen(built.Mark(1, 0, is_whole=True), (math.inf, math.inf))


def know_the_mark_of_old() -> None:
    """This process has seen a mark, but long ago: whoever reads a view looks at it again."""
    built._Known.last = built._Seen(built.Mark(1, 0, is_whole=True), (-math.inf, -math.inf))


@contextmanager
def in_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Moto instead of AWS, empty tables, queues and keys, and the settings that name them."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        _tables()
        for name in queues.NAMES:
            url = boto3.client("sqs", REGION).create_queue(QueueName=name)["QueueUrl"]
            monkeypatch.setenv(f"{name.upper()}_QUEUE_URL", url)
        create_bucket(SETTINGS["FILES_BUCKET"])
        boto3.client("ssm", REGION).put_parameter(
            Name=SETTINGS["SIGNING_KEY_PARAMETER"], Value=json.dumps(SIGNING_KEYS), Type="SecureString"
        )
        boto3.client("sesv2", REGION).create_email_identity(EmailIdentity=SETTINGS["SENDER"])
        forget()
        yield
        forget()


def create_bucket(name: str) -> None:
    """An empty bucket in the region of all that is made here."""
    boto3.client("s3", REGION).create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})


def _tables() -> None:
    dynamodb = boto3.client("dynamodb", REGION)
    for name in ("crm", "views"):
        dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            BillingMode="PAY_PER_REQUEST",
        )
