"""Tokens verify only for the purpose they were made for, and unchanged."""

import json

import boto3
import pytest

from crm.core import signing
from tests.support.world import REGION, SETTINGS, SIGNING_KEYS


def test_a_token_gives_back_its_payload(world: None) -> None:
    assert signing.verify("link", signing.sign("link", "سارہ".encode())) == "سارہ".encode()


def test_a_token_for_another_purpose_is_refused(world: None) -> None:
    with pytest.raises(signing.BadToken):
        signing.verify("cursor", signing.sign("link", b"x"))


def test_no_changed_character_is_taken(world: None) -> None:
    token = signing.sign("link", b"customer")
    for place in range(len(token)):
        for other in "Aa0_-.é":
            changed = token[:place] + other + token[place + 1 :]
            if changed != token:
                with pytest.raises(signing.BadToken):
                    signing.verify("link", changed)


def test_tokens_outlive_a_rotation_of_keys(world: None) -> None:
    token = signing.sign("link", b"x")
    rotated = {"current": "k2", "keys": {**SIGNING_KEYS["keys"], "k2": "c2Vjb25kIGtleSBvZiAzMiBieXRlcyBsb25nISEhISE="}}  # type: ignore[dict-item]
    name = SETTINGS["SIGNING_KEY_PARAMETER"]
    boto3.client("ssm", REGION).put_parameter(Name=name, Value=json.dumps(rotated), Type="SecureString", Overwrite=True)
    signing.keys.cache_clear()
    assert signing.verify("link", token) == b"x"
    assert signing.sign("link", b"x").startswith("k2.")
