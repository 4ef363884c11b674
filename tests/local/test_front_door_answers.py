"""What a function returns becomes the response that an HTTP API makes of it."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.door import Client, opened
from tests.local.stand_in import StandInHost, StandInResult, StandInRoute, StandInStack, answering

STACK = StandInStack(routes=[StandInRoute(method="ANY", path="/x")])


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with opened(StandInHost(tmp_path, STACK)) as client:
        yield client


def test_status_headers_cookies_and_body_are_taken_over(client: Client) -> None:
    client.host.lambdas.function = answering(
        {
            "statusCode": 201,
            "headers": {"Content-Type": "application/json", "ETag": '"1"', "X-Count": 2, "X-Flag": True},
            "cookies": ["a=1", "b=2"],
            "body": '{"name": "עדי"}',
        }
    )
    answer = client.ask("GET", "/x")
    assert (answer.status, answer.json) == (201, {"name": "עדי"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["etag"] == '"1"'
    assert (answer.headers["x-count"], answer.headers["x-flag"]) == ("2", "true")
    assert [value for name, value in answer.all_headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert answer.headers["apigw-requestid"] == client.event["requestContext"]["requestId"]


def test_a_base64_body_is_sent_as_bytes(client: Client) -> None:
    body = base64.b64encode(b"\x89PNG\xff").decode()
    client.host.lambdas.function = answering({"statusCode": 200, "body": body, "isBase64Encoded": True})
    assert client.ask("GET", "/x").body == b"\x89PNG\xff"


@pytest.mark.parametrize(("value", "body"), [("Hello", b"Hello"), ({"a": 1}, b'{"a": 1}'), ([1], b"[1]")])
def test_an_answer_without_a_status_is_the_body_of_a_200(client: Client, value: Any, body: bytes) -> None:
    client.host.lambdas.function = answering(value)
    answer = client.ask("GET", "/x")
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "application/json", body)


@pytest.mark.parametrize(
    "value",
    [
        {"statusCode": "abc"},
        {"statusCode": 99},
        {"statusCode": True},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": {"bad name": "x"}},
        {"statusCode": 200, "headers": {"x": "a\r\nset-cookie: b"}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "body": "%%%", "isBase64Encoded": True},
    ],
)
def test_an_answer_that_cannot_be_used_is_a_500(client: Client, value: Any) -> None:
    client.host.lambdas.function = answering(value)
    answer = client.ask("GET", "/x")
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert any("cannot use" in line for line in client.host.lines)


@pytest.mark.parametrize(
    "result",
    [
        StandInResult(b'{"errorType": "KeyError"}', "Unhandled"),
        StandInResult(b"not json"),
        StandInResult(b"[" * 100_000),
        StandInResult(b'"' + b"x" * (6 * 1024 * 1024 + 1) + b'"'),
    ],
    ids=["error", "no json", "deep", "too large"],
)
def test_a_function_that_fails_is_a_500(client: Client, result: StandInResult) -> None:
    client.host.lambdas.function = lambda _event: result
    answer = client.ask("GET", "/x")
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})


def test_a_function_that_takes_too_long_is_a_503(tmp_path: Path) -> None:
    never = threading.Event()

    def slow(_event: Any) -> StandInResult:
        never.wait(5)
        return StandInResult(b"{}")

    host = StandInHost(tmp_path, STACK)
    host.lambdas.function = slow
    with opened(host, integration_seconds=0.05) as client:
        answer = client.ask("GET", "/x")
        never.set()
    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})


def test_head_gets_the_length_and_no_body(client: Client) -> None:
    client.host.lambdas.function = answering({"statusCode": 200, "body": "12345"})
    answer = client.ask("HEAD", "/x")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "5", b"")
    assert client.ask("GET", "/x").body == b"12345"


def test_a_204_has_neither_body_nor_length(client: Client) -> None:
    client.host.lambdas.function = answering({"statusCode": 204, "body": "ignored"})
    answer = client.ask("GET", "/x")
    assert (answer.status, answer.body) == (204, b"")
    assert "content-length" not in answer.headers
    assert client.ask("GET", "/x").status == 204
