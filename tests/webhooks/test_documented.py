"""What docs/events.md and docs/webhooks.md promise to who writes a receiver holds."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crm.webhooks import rules
from tests.docs.pages import ROOT

DOCS = ROOT / "docs"
SCHEMA = Draft202012Validator(json.loads((DOCS / "events.schema.json").read_text("utf-8")))
PAGE = (DOCS / "events.md").read_text("utf-8")
SAMPLES: dict[str, Any] = {
    kind: json.loads(data) for kind, data in re.findall(r"^\| `(\w+\.\w+)` \|.*\| `(\{.*\})` \|$", PAGE, re.MULTILINE)
}


def event(kind: str, data: Any) -> Any:
    event_id, at = "20270228041502250000_mfrggzdfmztwq2lk", "2027-02-28T04:15:02.250000Z"
    return json.loads(rules.body(event_id=event_id, kind=kind, at=at, data=data))


def test_every_kind_of_event_has_its_row_and_its_schema() -> None:
    assert set(SAMPLES) == {*rules.EVENTS, rules.TEST} == set(SCHEMA.schema["properties"]["type"]["enum"])
    assert set(SAMPLES) == {one["if"]["properties"]["type"]["const"] for one in SCHEMA.schema["allOf"]}


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_sample_fits_the_schema_and_more_or_less_does_not(kind: str) -> None:
    SCHEMA.validate(event(kind, SAMPLES[kind]))
    assert not SCHEMA.is_valid(event(kind, {**SAMPLES[kind], "email": "sunita@example.org"}))
    for name in SAMPLES[kind]:
        assert not SCHEMA.is_valid(
            event(kind, {other: SAMPLES[kind][other] for other in SAMPLES[kind] if other != name})
        )


def test_the_first_sample_is_whole() -> None:
    (sample,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[:1]
    SCHEMA.validate(json.loads(sample))


def test_the_code_of_the_page_knows_what_is_genuine() -> None:
    page = (DOCS / "webhooks.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)  # noqa: S102 - our own page
    sent, now = rules.body(event_id="a", kind="webhook.test", at="x", data={}), int(time.time())
    secrets = [b"1" * 32, b"2" * 32]
    headers = rules.headers(event_id="a", seconds=now, sent=sent, secrets=secrets)
    headers = {name.lower(): value for name, value in headers.items()}
    for secret in secrets:
        assert found["is_genuine"](headers, sent, rules.presented(secret))
    assert not found["is_genuine"](headers, sent, rules.presented(b"3" * 32))
    assert not found["is_genuine"](headers, sent + b" ", rules.presented(secrets[0]))
    assert not found["is_genuine"]({**headers, "webhook-id": "b"}, sent, rules.presented(secrets[0]))
    late = rules.headers(event_id="a", seconds=now - 301, sent=sent, secrets=secrets)
    assert not found["is_genuine"](
        {name.lower(): value for name, value in late.items()}, sent, rules.presented(b"1" * 32)
    )


def test_the_pauses_are_those_of_the_page() -> None:
    page = (DOCS / "webhooks.md").read_text("utf-8")
    assert "30 seconds, 2, 10 and 30 minutes, 1, 3, 6, 12, 24 and 24 hours" in page
    assert [int(pause.total_seconds()) for pause in rules.PAUSES] == [
        30, 120, 600, 1800, *(hours * 3600 for hours in (1, 3, 6, 12, 24, 24)),
    ]  # fmt: skip
    assert rules.pause_after(len(rules.PAUSES) + 1) is None
