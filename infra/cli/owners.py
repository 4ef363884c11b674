"""The first owner of a CRM, or a new one where nobody can get in: made by whoever has the machine or the account."""

from __future__ import annotations

import argparse
import hashlib
import json
import secrets
from typing import Any
from urllib.parse import urlsplit

import urllib3

from infra.cli.screen import Screen
from infra.cli.stops import StoppedError, UnreachableError

FUNCTION = "JobsFunction"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def appoint(screen: Screen, chosen: argparse.Namespace) -> None:
    """Have the jobs' function enter somebody as owner; Cognito then mails them a first password. May be repeated.

    Raises StoppedError.
    """
    job = {"job": "owner", "staff": chosen.id, "name": chosen.name or chosen.id, "email": chosen.email}
    is_local = chosen.stack is None and urlsplit(chosen.url).hostname in LOOPBACK
    if chosen.stack is None and not is_local:
        raise StoppedError("name the stack with --stack; it is reached with your AWS credentials")
    answer = _here(chosen.url, job) if is_local else _in_the_cloud(chosen.stack, job)
    if answer.get("batchItemFailures") != []:
        raise StoppedError("it could not be done; the log of JobsFunction says why")
    screen.say(f"{chosen.id} is an owner; {chosen.email} gets an invitation, unless there was an account before")
    screen.result({"id": chosen.id, "email": chosen.email, "role": "owner"})


def _here(url: str, job: dict[str, str]) -> dict[str, Any]:
    try:
        answer = urllib3.request("POST", f"{url.rstrip('/')}/_local/invoke/{FUNCTION}", json=_event(job), timeout=60)
    except urllib3.exceptions.HTTPError as error:
        raise UnreachableError(f"nobody answers at {url}: start it with `make run`, or give --stack") from error
    return _read(answer.data)


def _in_the_cloud(stack: str, job: dict[str, str]) -> dict[str, Any]:
    try:
        import boto3  # noqa: PLC0415 - only this command needs it, and only in the cloud
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above
    except ImportError as missing:
        raise StoppedError("this needs boto3: take the `crm` of `make cli`, or `pip install boto3`") from missing
    try:
        found = boto3.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=FUNCTION)
        name = found["StackResourceDetail"]["PhysicalResourceId"]
        lambdas: Any = boto3.client("lambda")
        answer = lambdas.invoke(FunctionName=name, Payload=json.dumps(_event(job)).encode())
    except (BotoCoreError, ClientError) as error:
        raise UnreachableError(f"AWS does not do it: {error}") from error
    return _read(answer["Payload"].read())


def _event(job: dict[str, str]) -> dict[str, Any]:
    """A message as the queue delivers it, so that it is a job like every other."""
    body = json.dumps(job)
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    return {"Records": [{"messageId": secrets.token_hex(16), "body": body, "md5OfBody": digest}]}


def _read(payload: bytes) -> dict[str, Any]:
    document = json.loads(payload)
    return document if isinstance(document, dict) else {}
