"""Rotates the key of signed links and cursors: `python -m infra.build.signing_key [name of the SSM parameter]`.

CloudFormation cannot make a SecureString, so this is done once before the first use, and again to rotate. Each time
the key that was published the last time begins to sign, and a new one is published for the next: functions read the
keys once per environment, so all that run by then know it. Older keys stay, so links in mails already sent go on
working; the oldest beyond KEPT is retired.
"""

from __future__ import annotations

import base64
import json
import secrets
import sys
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

NAME = "/crm/signing-key"
KEPT = 12
KEY_BYTES = 32


def rotated(document: dict[str, Any] | None) -> dict[str, Any]:
    """The parameter's document after a rotation; `None` stands for no document yet."""
    keys = dict((document or {"keys": _fresh()})["keys"])
    current = list(keys)[-1]
    return {"current": current, "keys": dict([*keys.items(), *_fresh().items()][-KEPT:])}


def _fresh() -> dict[str, str]:
    return {secrets.token_hex(4): base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}


def store(ssm: SSMClient, name: str) -> str:
    """Write the rotated document; return the id of the key that signs from now on."""
    document = rotated(_stored(ssm, name))
    ssm.put_parameter(Name=name, Value=json.dumps(document), Type="SecureString", Overwrite=True)
    return str(document["current"])


def _stored(ssm: SSMClient, name: str) -> dict[str, Any] | None:
    try:
        value = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return None
    document: dict[str, Any] = json.loads(value)
    return document


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) > 1 else NAME
    sys.stdout.write(f"{wanted}: key {store(boto3.client('ssm'), wanted)} signs from now on\n")
