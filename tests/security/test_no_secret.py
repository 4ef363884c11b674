"""No secret stands in the repository, nor in a log; that none is in an environment is a rule of the template."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import boto3
import pytest

from crm.core.config import settings
from crm.core.log import logger
from handlers import rotation
from tests.docs.pages import ROOT
from tests.support.receiver import status
from tests.support.world import Api, Context
from tests.webhooks.listening import Listening, listening

# What issuers let scanners look for, and what we issue: each long enough that nobody writes it by chance.
SHAPES = {
    "a key of AWS": r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{60,}",
    "a token of GitHub": r"gh[pousr]_[A-Za-z0-9]{36,}",
    "a token of Slack": r"xox[abprs]-[A-Za-z0-9-]{20,}",
    "a key of Stripe": r"[sr]k_live_[A-Za-z0-9]{20,}",
    "a signed token": r"eyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}",
    "a secret of a webhook": r"whsec_[A-Za-z0-9+/]{40,}",
    "a password in an address": r"https?://[a-z0-9]+:[^@/\s{}$'\"]{8,}@[a-z0-9.-]+",
}
LARGEST = 2_000_000


def tracked() -> list[Path]:
    """The files of the repository, or of a copy without its history."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in ROOT.rglob("*") if path.is_file() and not any(one.startswith(".") for one in path.parts)]


def found(text: str) -> Iterator[str]:
    yield from (name for name, shape in SHAPES.items() if re.search(shape, text))


def test_no_file_of_the_repository_holds_a_secret() -> None:
    paths = [path for path in tracked() if path.is_file() and path.stat().st_size < LARGEST]
    assert len(paths) > 500
    held = {str(path.relative_to(ROOT)): [*found(path.read_text("utf-8", errors="ignore"))] for path in paths}
    assert {name: what for name, what in held.items() if what} == {}


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_planted_is_found(name: str) -> None:
    planted = {
        "a key of AWS": "AKIA" + "Q" * 16,
        "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----\n" + "A" * 64,
        "a token of GitHub": "ghp_" + "a" * 36,
        "a token of Slack": "xoxb-" + "1" * 24,
        "a key of Stripe": "sk_live_" + "a" * 24,
        "a signed token": ".".join(("eyJ" + "a" * 20, "eyJ" + "b" * 20, "c" * 30)),
        "a secret of a webhook": "whsec_" + "a" * 44,
        "a password in an address": "https://admin:" + "hunter22222@db.example.com",
    }
    assert [*found(f"x = {planted[name]!s}\n")] == [name]


def test_no_log_holds_a_secret(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, webhooks and the signing key are made, used, rotated and refused, and what fails is logged."""
    written = StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", written)
    with listening(api, monkeypatch) as shop:
        secrets = _made_and_used(shop)
    parameter = boto3.client("ssm").get_parameter(Name=settings().signing_key_parameter, WithDecryption=True)
    secrets |= set(json.loads(parameter["Parameter"]["Value"])["keys"].values())
    rotation.handler({}, Context())
    rotated = boto3.client("ssm").get_parameter(Name=settings().signing_key_parameter, WithDecryption=True)
    secrets |= set(json.loads(rotated["Parameter"]["Value"])["keys"].values())
    logged = written.getvalue()
    assert "an event did not arrive" in logged
    assert "another key signs" in logged
    # Keys of machines are no base64, and some of them cannot be taken for it.
    coded = [one.removeprefix("whsec_") for one in secrets if not one.startswith("crm_")]
    hidden = secrets | {base64.b64decode(one + "==", validate=False).hex() for one in coded}
    assert [one for one in hidden if one in logged] == []
    assert "https://" not in logged


def _made_and_used(shop: Listening) -> set[str]:
    hook = shop.hook()
    rotated = shop.api.post(f"/webhooks/{hook['id']}/rotate").body
    key = shop.api.post("/keys", {"name": "Till", "role": "till"}, role="owner").body
    again = shop.api.post(f"/keys/{key['id']}/rotate", {}, role="owner").body
    shop.here.answer = status(500)
    shop.customer()
    shop.settle()
    assert (
        shop.api.post(
            "/webhooks", {"name": "x", "url": "https://user:pass@127.1/", "events": ["customer.created"]}
        ).status
        == 422
    )
    return {hook["secret"], rotated["secret"], key["key"], again["key"]}
