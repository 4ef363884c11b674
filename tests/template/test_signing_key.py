"""A new signing key does not break what the old ones have signed, until nothing of that is good any more."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from crm.core import clock, rotation, signing
from crm.core.config import settings
from crm.core.rotation import EVERY, LONGEST, MOST
from handlers import rotation as handler
from infra.build import signing_key
from tests.support.faults import crash_points, losing_answer
from tests.support.world import SIGNING_KEYS, Context

BEGIN = datetime(2027, 1, 1, tzinfo=UTC)


def document() -> dict[str, Any]:
    found = boto3.client("ssm").get_parameter(Name=settings().signing_key_parameter, WithDecryption=True)["Parameter"]
    assert found["Type"] == "SecureString"
    return dict(json.loads(found["Value"]))


def tick(monkeypatch: pytest.MonkeyPatch, now: datetime) -> str | None:
    """The schedule's call at this moment; the functions that run afterwards have just been started."""
    monkeypatch.setattr(clock, "now", lambda: now)
    answer = handler.handler({"scheduled_at": now.isoformat()}, Context())
    signing.keys.cache_clear()
    return answer["signs"]


def rotate() -> None:
    signing_key.store(boto3.client("ssm"), settings().signing_key_parameter)
    signing.keys.cache_clear()


def test_a_token_verifies_for_its_whole_life_and_its_key_goes_then(wire: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tick(monkeypatch, BEGIN)
    tokens: list[tuple[datetime, str]] = []
    retired: list[timedelta] = []
    for day in range(0, 8 * 365, 73):
        now = BEGIN + timedelta(days=day)
        tick(monkeypatch, now)
        tokens.append((now, signing.sign("unsubscribe", b"payload")))
        for made, token in tokens:
            age = now - made
            try:
                assert signing.verify("unsubscribe", token) == b"payload"
            except signing.BadToken:
                retired.append(age)
                assert age > LONGEST
            assert age <= LONGEST + 2 * EVERY or age in retired
    assert retired
    assert len(document()["keys"]) <= 6


def test_a_key_signs_for_a_year_and_was_published_a_year_before(wire: None, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tick(monkeypatch, BEGIN)
    known = list(document()["keys"])
    assert first == document()["current"]
    assert tick(monkeypatch, BEGIN + EVERY - timedelta(seconds=1)) is None
    assert tick(monkeypatch, BEGIN + EVERY) == known[-1]
    assert tick(monkeypatch, BEGIN + EVERY) is None
    # Whoever has read the keys before still verifies what is signed now.
    assert document()["current"] in known


def test_whoever_dies_leaves_a_key_that_signs_and_all_that_verified(
    wire: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: BEGIN)
    for crash in crash_points():
        ssm = boto3.client("ssm")
        ssm.put_parameter(
            Name=settings().signing_key_parameter, Value=json.dumps(SIGNING_KEYS), Type="SecureString", Overwrite=True
        )
        signing.keys.cache_clear()
        token = signing.sign("unsubscribe", b"payload")
        with crash:
            handler.handler({}, Context())
        handler.handler({}, Context())
        signing.keys.cache_clear()
        assert signing.verify("unsubscribe", token) == b"payload"
        assert document()["current"] in document()["keys"]
        assert len(document()["keys"]) == 2


def test_a_rotation_whose_answer_was_lost_is_done_once(wire: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with losing_answer(at=2), pytest.raises(Exception, match="onnection"):
        tick(monkeypatch, BEGIN)
    before = document()
    assert tick(monkeypatch, BEGIN + timedelta(days=1)) is None
    assert document() == before


def test_a_document_of_old_is_rotated_and_keeps_its_keys(wire: None, monkeypatch: pytest.MonkeyPatch) -> None:
    token = signing.sign("unsubscribe", b"payload")
    assert tick(monkeypatch, BEGIN) == "k1"
    assert tick(monkeypatch, BEGIN + EVERY) != "k1"
    assert signing.verify("unsubscribe", token) == b"payload"


def test_an_environment_that_still_knows_the_old_document_verifies_what_the_new_key_signed(wire: None) -> None:
    rotate()
    old = signing.keys()
    rotate()
    token = signing.sign("unsubscribe", b"payload")
    assert token.partition(".")[0] in old.by_id
    assert token.partition(".")[0] != old.current


def test_keys_are_long_and_few_however_often_somebody_rotates(wire: None) -> None:
    made = []
    for _ in range(MOST + 3):
        rotate()
        made.append(document()["current"])
    assert document()["current"] == list(document()["keys"])[-2]
    assert list(document()["keys"])[:-1] == made[-MOST + 1 :]
    assert document()["signed_until"].keys() == set(made[-MOST + 1 : -1])
    assert {len(base64.b64decode(key)) for key in document()["keys"].values()} == {32}
    assert len(json.dumps(document())) < 4096


def test_a_function_that_finds_no_key_makes_the_first(wire: None, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("ssm").delete_parameter(Name=settings().signing_key_parameter)
    signs = tick(monkeypatch, BEGIN)
    assert signing.sign("unsubscribe", b"payload").startswith(f"{signs}.")
    assert rotation.is_due(document(), now=BEGIN) is False
