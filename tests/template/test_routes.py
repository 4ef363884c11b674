"""The gateway's routes are the code's routes, and only the open ones are open."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from types import ModuleType
from typing import Any

from handlers import api, console, public
from tests.support.template import of_type, target

OPEN = {
    "GET /openapi.json",
    "GET /docs",
    "GET /unsubscribe/{}",
    "HEAD /unsubscribe/{}",
    "POST /unsubscribe/{}",
    "GET /own-data/{}",
    "HEAD /own-data/{}",
    "POST /own-data/{}",
    "GET /preferences/{}",
    "HEAD /preferences/{}",
    "POST /preferences/{}",
    "GET /q/{}",
    "HEAD /q/{}",
    "POST /q/{}",
    "GET /checkup/{}",
    "HEAD /checkup/{}",
    "POST /checkup/{}",
    "GET /calendar/{}",
    "HEAD /calendar/{}",
}
# Once more, by any path, for machines with keys.
OF_MACHINES = {"GET /machine/{}", "POST /machine/{}", "PATCH /machine/{}", "DELETE /machine/{}"}
NAMES = {"x-amazon-apigateway-any-method": "ANY"}
PARAMETER = re.compile(r"\{[^}]*\}|<[^>]*>")


def operations() -> dict[str, dict[str, Any]]:
    """The gateway's operations by `METHOD /path`, parameters as `{}`."""
    paths = of_type("AWS::ApiGatewayV2::Api")["HttpApi"]["Body"]["paths"]
    return {
        f"{NAMES.get(method, method.upper())} {PARAMETER.sub('{}', path)}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def routes_to(function: str) -> set[str]:
    uris = {route: found["x-amazon-apigateway-integration"]["uri"] for route, found in operations().items()}
    return {route for route, uri in uris.items() if f"${{{function}.Arn}}" in uri["Fn::Sub"]}


def resolved(handler: ModuleType = api) -> set[str]:
    application = handler.application()
    routes = [*application._static_routes, *application._dynamic_routes]
    return {f"{route.method} {PARAMETER.sub('{}', route.openapi_path)}" for route in routes}


def test_every_route_of_the_code_can_be_reached() -> None:
    assert resolved() - routes_to("ApiFunction") == set()


def test_every_staff_route_of_the_gateway_is_answered() -> None:
    assert routes_to("ApiFunction") - resolved() == OF_MACHINES


def test_the_public_routes_of_the_code_are_those_of_the_gateway() -> None:
    assert resolved(public) == routes_to("PublicFunction")


def test_all_pages_are_below_the_one_route_of_the_gateway_for_them() -> None:
    anything = {"ANY /console", "ANY /console/{}"}
    assert routes_to("ConsoleFunction") == {"GET /", *anything}
    assert not [route for route in (*console.PAGES, *console.OPEN) if not re.match(r"\w+ /(console(/|$)|$)", route)]


def test_the_gateway_may_call_the_public_function_on_each_of_its_routes() -> None:
    found = of_type("AWS::Lambda::Permission").values()
    sources = [one["SourceArn"]["Fn::Sub"] for one in found if target(one["FunctionName"]) == "PublicFunction"]
    permitted = [source.partition("${HttpApi}/")[2] for source in sources]
    for route in routes_to("PublicFunction"):
        method, _, path = route.partition(" ")
        assert any(fnmatchcase(f"stage/{method}{path}", pattern) for pattern in permitted), route


def test_only_the_open_routes_need_no_token() -> None:
    found = {route for route, operation in operations().items() if "security" not in operation}
    # Browsers bring no token there: the console makes sure of its sessions itself.
    assert found - routes_to("ConsoleFunction") == OPEN


def test_every_other_route_asks_for_the_staff_scope() -> None:
    asked = {route: operation["security"] for route, operation in operations().items() if "security" in operation}
    by_key = {route for route, security in asked.items() if security == [{"KeyAuthorizer": []}]}
    by_token = {route for route, security in asked.items() if security == [{"StaffAuthorizer": ["crm/staff"]}]}
    assert by_key == OF_MACHINES
    assert by_key | by_token == set(asked)


def test_what_the_authorizer_of_keys_says_is_kept_for_a_minute_at_most() -> None:
    scheme = of_type("AWS::ApiGatewayV2::Api")["HttpApi"]["Body"]["components"]["securitySchemes"]["KeyAuthorizer"]
    assert 0 < scheme["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"] <= 60


def test_the_gateway_may_call_its_functions_and_its_authorizer() -> None:
    permitted = {target(found["FunctionName"]) for found in of_type("AWS::Lambda::Permission").values()}
    assert permitted == {"ApiFunction", "ConsoleFunction", "KeyAuthorizerFunction", "PublicFunction"}


def test_no_route_catches_all() -> None:
    # A token asked of ANY would block the browser's preflight; a default route would let unknown paths in. The pages
    # ask for no token, and are asked for by no other site.
    # Under /machine by named methods, since machines send no preflight.
    paths = of_type("AWS::ApiGatewayV2::Api")["HttpApi"]["Body"]["paths"]
    assert [path for path in paths if path.startswith("/{") or "$default" in path] == []
    assert {route for route in operations() if "ANY" in route} <= routes_to("ConsoleFunction")
