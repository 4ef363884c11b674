"""The local event bus shows what it has taken, and only that."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.local import bus
from infra.local.bus import BusEndpoint
from infra.local.http_message import Request, Response

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = {"Source": "crm", "DetailType": "message.withheld", "Time": 1, "Detail": '{"key": "k"}'}


def put(target: str = bus.PUT, entries: Any = (ENTRY,)) -> Request:
    body = json.dumps({"Entries": list(entries)}).encode()
    return Request(method="POST", path="/", query="", headers=(("x-amz-target", target),), body=body)


@pytest.fixture
def endpoint(tmp_path: Path) -> BusEndpoint:
    """A bus in an empty directory; it is not started."""
    return BusEndpoint(port=0, engine_url="http://127.0.0.1:1", directory=tmp_path, log=lambda _: None)


def answered(monkeypatch: pytest.MonkeyPatch, status: int, *entries: dict[str, str]) -> None:
    answer = Response(status, (), json.dumps({"Entries": list(entries)}).encode())
    monkeypatch.setattr(bus, "forward", lambda *_: answer)


def test_what_was_taken_is_shown_with_the_names_of_a_rule(
    endpoint: BusEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(monkeypatch, 200, {"EventId": "1"}, {"ErrorCode": "InternalFailure"})
    endpoint.handle(put(entries=[ENTRY, {**ENTRY, "Detail": '{"key": "refused"}'}]))
    shown = {"source": "crm", "detail-type": "message.withheld", "time": 1, "detail": {"key": "k"}}
    assert bus.events(tmp_path) == [shown]


def test_other_calls_and_refused_ones_are_not_shown(
    endpoint: BusEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(monkeypatch, 400)
    assert endpoint.handle(put()).status == 400
    answered(monkeypatch, 200)
    assert endpoint.handle(put(target="AWSEvents.ListRules")).status == 200
    assert bus.events(tmp_path) == []


def test_an_engine_that_is_down_is_said_so(endpoint: BusEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> Response:
        raise ConnectionRefusedError

    monkeypatch.setattr(bus, "forward", refused)
    assert endpoint.handle(put()).status == 503


def test_a_torn_last_line_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / bus.JOURNAL).write_text('{"source": "crm"}\n{"sour')
    assert bus.events(tmp_path) == [{"source": "crm"}]
