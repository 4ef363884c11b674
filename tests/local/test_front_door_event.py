"""The event that a function gets is the one that an HTTP API sends (payload format 2.0)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.door import Client, opened
from tests.local.stand_in import StandInHost, StandInRoute, StandInStack

ROUTES = [
    StandInRoute(method="POST", path="/my/path", scopes=()),
    StandInRoute(method="GET", path="/customers/{id}/notes/{note}"),
    StandInRoute(method="ANY", path="/files/{proxy+}"),
]
# The example of AWS's documentation, without what only client certificates or stage variables bring:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
DOCUMENTED = """version routeKey rawPath rawQueryString cookies headers queryStringParameters requestContext
    body isBase64Encoded"""
DOCUMENTED_CONTEXT = """accountId apiId authorizer domainName domainPrefix http requestId routeKey stage time
    timeEpoch"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with opened(StandInHost(tmp_path, StandInStack(routes=ROUTES))) as client:
        yield client


def test_a_request_becomes_the_documented_event(client: Client) -> None:
    query = "parameter1=value1&parameter1=value2&parameter2=value"
    headers = {
        **client.token(),
        "Cookie": "cookie1; cookie2",
        "Header1": "value1",
        "Content-Type": "text/plain",
    }
    client.ask("POST", f"/my/path?{query}", "Hello from Lambda", {**headers, "User-Agent": "agent"})
    event = client.event
    assert set(event) == set(DOCUMENTED.split())
    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /my/path"
    assert event["rawPath"] == "/my/path"
    assert event["rawQueryString"] == query
    assert event["cookies"] == ["cookie1", "cookie2"]
    assert event["queryStringParameters"] == {"parameter1": "value1,value2", "parameter2": "value"}
    assert event["body"] == "Hello from Lambda"
    assert event["isBase64Encoded"] is False
    assert event["headers"]["header1"] == "value1"
    assert event["headers"]["x-forwarded-port"] == str(client.port)
    assert "cookie" not in event["headers"]


def test_the_context_is_the_documented_one_and_shows_the_hosts_clock(client: Client) -> None:
    client.ask("POST", "/my/path", None, {**client.token("sales"), "User-Agent": "agent"})
    context = client.event["requestContext"]
    assert set(context) == set(DOCUMENTED_CONTEXT.split())
    assert context["http"] == {
        "method": "POST",
        "path": "/my/path",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "agent",
    }
    assert context["stage"] == "$default"
    assert context["time"] == "28/Feb/2027:09:00:00 +0000"
    assert context["timeEpoch"] == 1803805200250
    claims = context["authorizer"]["jwt"]["claims"]
    assert claims["username"] == claims["sub"] == "sales"
    assert claims["exp"].isdigit()
    assert context["authorizer"]["jwt"]["scopes"] is None  # the route asks for none


def test_what_a_request_has_not_is_left_out(client: Client) -> None:
    client.ask("GET", "/customers/1/notes/2")
    assert not {"body", "cookies", "queryStringParameters", "stageVariables"} & set(client.event)
    assert "authorizer" not in client.event["requestContext"]


def test_path_parameters_and_path_are_decoded_and_the_query_string_stays_raw(client: Client) -> None:
    client.ask("GET", "/customers/a%20b/notes/%D9%BE?name=%D8%A7+b&flag")
    assert client.event["rawPath"] == "/customers/a b/notes/پ"
    assert client.event["pathParameters"] == {"id": "a b", "note": "پ"}
    assert client.event["rawQueryString"] == "name=%D8%A7+b&flag"
    assert client.event["queryStringParameters"] == {"name": "ا b", "flag": ""}


def test_a_greedy_parameter_takes_the_rest_of_the_path(client: Client) -> None:
    client.ask("DELETE", "/files/a/b/c")
    assert client.event["routeKey"] == "ANY /files/{proxy+}"
    assert client.event["pathParameters"] == {"proxy": "a/b/c"}


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=utf-8", "text/csv"])
def test_text_bodies_arrive_as_text(client: Client, media: str) -> None:
    client.ask("POST", "/files/x", '{"name": "عائشہ"}'.encode(), {"Content-Type": media})
    assert (client.event["body"], client.event["isBase64Encoded"]) == ('{"name": "عائشہ"}', False)


@pytest.mark.parametrize("media", ["application/octet-stream", "application/x-www-form-urlencoded", "image/png"])
def test_other_bodies_arrive_as_base64(client: Client, media: str) -> None:
    client.ask("POST", "/files/x", b"a=1", {"Content-Type": media})
    assert (client.event["body"], client.event["isBase64Encoded"]) == ("YT0x", True)


def test_json_that_is_no_utf8_arrives_as_base64(client: Client) -> None:
    client.ask("POST", "/files/x", b'"\xff"', {"Content-Type": "application/json"})
    assert base64.b64decode(client.event["body"]) == b'"\xff"'
    assert client.event["isBase64Encoded"] is True


def test_repeated_headers_are_joined(client: Client) -> None:
    client.raw(b"GET /files/x HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx-a: 2\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n")
    assert client.event["headers"]["x-a"] == "1,2"
    assert client.event["headers"]["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"
