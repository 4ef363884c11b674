"""Machines come in by a Lambda authorizer, as at an HTTP API: asked once in a while, with its own refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import http_api, stack
from infra.local.http_api import LambdaAuthorizer
from infra.local.intrinsics import TemplateError
from tests.local.door import Client, opened
from tests.local.stand_in import StandInHost, StandInResult, StandInRoute, StandInStack
from tests.support.template import TEMPLATE

ASKS = LambdaAuthorizer(function="KeyAuthorizerFunction", header="authorization", kept_seconds=60)
ROUTES = [
    StandInRoute(method="GET", path="/machine/{proxy+}", asks=ASKS),
    StandInRoute(method="GET", path="/staff", scopes=("crm/staff",)),
]
GOOD = {"Authorization": "Bearer crm_key_secret"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with opened(StandInHost(tmp_path, StandInStack(routes=ROUTES))) as client:
        yield client


def says(client: Client, answer: Any) -> None:
    def function(event: Any) -> StandInResult:
        if event.get("type") == "REQUEST":
            return StandInResult(json.dumps(answer).encode())
        return StandInResult(b'{"statusCode": 200, "body": "{}"}')

    client.host.lambdas.function = function


def asked(client: Client) -> list[str]:
    return [function for function, _ in client.host.lambdas.calls]


def test_who_is_let_in_is_known_to_the_function(client: Client) -> None:
    says(client, {"isAuthorized": True, "context": {"key": "k", "role": "till"}})
    assert client.ask("GET", "/machine/customers/1?x=y", headers=GOOD).status == 200
    assert asked(client) == ["KeyAuthorizerFunction", "ApiFunction"]
    question = client.host.lambdas.calls[0][1]
    assert (question["identitySource"], question["routeKey"]) == (["Bearer crm_key_secret"], "GET /machine/{proxy+}")
    assert question["rawPath"] == "/machine/customers/1"
    assert "body" not in question
    assert client.event["requestContext"]["authorizer"] == {"lambda": {"key": "k", "role": "till"}}
    assert client.event["pathParameters"] == {"proxy": "customers/1"}


def test_it_is_asked_once_a_minute_for_each_key(client: Client) -> None:
    says(client, {"isAuthorized": True, "context": {}})
    for _ in range(3):
        client.ask("GET", "/machine/a", headers=GOOD)
    client.ask("GET", "/machine/a", headers={"Authorization": "Bearer other"})
    assert asked(client).count("KeyAuthorizerFunction") == 2


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        ({"isAuthorized": False, "context": {"key": "k"}}, 403, "Forbidden"),
        ({"isAuthorized": "true"}, 403, "Forbidden"),
        ({}, 500, "Internal Server Error"),
        ("yes", 500, "Internal Server Error"),
    ],
    ids=str,
)
def test_who_is_not_let_in_does_not_reach_the_function(client: Client, answer: Any, status: int, message: str) -> None:
    says(client, answer)
    refused = client.ask("GET", "/machine/a", headers=GOOD)
    assert (refused.status, refused.json) == (status, {"message": message})
    assert asked(client) == ["KeyAuthorizerFunction"]


def test_without_a_key_nobody_is_asked(client: Client) -> None:
    assert client.ask("GET", "/machine/a").status == 401
    assert asked(client) == []


def test_a_key_opens_no_route_of_the_staff_and_a_token_none_of_the_machines(client: Client) -> None:
    says(client, {"isAuthorized": False})
    assert client.ask("GET", "/staff", headers=GOOD).status == 401
    assert client.ask("GET", "/machine/staff", headers=client.token()).status == 403
    assert "ApiFunction" not in asked(client)


def test_the_template_says_which_function_is_asked_and_how_long_its_word_holds() -> None:
    found = stack.load(TEMPLATE, endpoint="http://127.0.0.1:9", parameters={})
    of_machines = [route for route in found.routes if route.asks]
    assert {route.path for route in of_machines} == {"/machine/{proxy+}"}
    assert {route.asks for route in of_machines} == {ASKS}
    assert {route.scopes for route in of_machines} == {None}


def test_an_authorizer_of_another_kind_is_an_error() -> None:
    scheme = {
        "x-amazon-apigateway-authorizer": {
            "type": "request",
            "authorizerUri": "x",
            "identitySource": "$request.querystring.key",
        }
    }
    with pytest.raises(TemplateError, match="of one header"):
        http_api._lambda_authorizers({"components": {"securitySchemes": {"Other": scheme}}})
