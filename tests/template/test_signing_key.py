"""A new signing key does not break what the old ones have signed."""

from __future__ import annotations

import base64
import json

import boto3
from moto import mock_aws

from crm.core import signing
from crm.core.config import settings
from infra.build import signing_key

NAME = "/crm/signing-key"


def rotate() -> None:
    signing_key.store(boto3.client("ssm"), settings().signing_key_parameter)


def test_a_token_signed_before_a_rotation_still_verifies(world: None) -> None:
    rotate()
    signing.keys.cache_clear()
    token = signing.sign("unsubscribe", b"payload")
    rotate()
    signing.keys.cache_clear()
    assert signing.verify("unsubscribe", token) == b"payload"
    assert signing.sign("unsubscribe", b"payload") != token


def test_an_environment_that_still_knows_the_old_document_verifies_what_the_new_key_signed(world: None) -> None:
    rotate()
    signing.keys.cache_clear()
    old = signing.keys()
    rotate()
    signing.keys.cache_clear()
    token = signing.sign("unsubscribe", b"payload")
    assert token.partition(".")[0] in old.by_id


def test_keys_are_secret_long_and_few() -> None:
    with mock_aws():
        ssm = boto3.client("ssm", region_name="eu-west-1")
        made = [signing_key.store(ssm, NAME) for _ in range(signing_key.KEPT + 2)]
        found = ssm.get_parameter(Name=NAME, WithDecryption=True)["Parameter"]
    document = json.loads(found["Value"])
    assert found["Type"] == "SecureString"
    assert document["current"] == made[-1] == list(document["keys"])[-2]
    assert list(document["keys"])[:-1] == made[-signing_key.KEPT + 1 :]
    assert {len(base64.b64decode(key)) for key in document["keys"].values()} == {32}
