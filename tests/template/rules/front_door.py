"""Nobody comes in without a token, and nobody comes too often."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.template.rules.rule import Resources, of, rule

# Each of them is named in test_routes.py as well; what is public has a function of few rights, and the console makes
# sure of its own sessions (tests/console).
OPEN_ROUTES = {"/openapi.json", "/docs"}
MOST_ROUTES = 300


@rule
def the_front_door_is_throttled(resources: Resources) -> Iterator[str]:
    for name, stage in of(resources, "AWS::ApiGatewayV2::Stage"):
        limits = stage.get("DefaultRouteSettings", {})
        if not all(0 < limits.get(key, 0) <= 1000 for key in ("ThrottlingBurstLimit", "ThrottlingRateLimit")):
            yield name


@rule
def a_route_needs_a_token_with_a_scope(resources: Resources) -> Iterator[str]:
    for _, api in of(resources, "AWS::ApiGatewayV2::Api"):
        for path, methods in api["Body"]["paths"].items():
            for method, operation in methods.items():
                asked = [scopes for one in operation.get("security", []) for scopes in one.values()]
                by_key = any("KeyAuthorizer" in one for one in operation.get("security", []))
                by_itself = re.search(r"\$\{(Public|Console)Function\.Arn\}", json.dumps(operation))
                is_open = path in OPEN_ROUTES or by_itself
                if not is_open and not by_key and not (asked and all(asked)):
                    yield f"{method} {path}"


@rule
def a_token_has_an_issuer_and_an_audience(resources: Resources) -> Iterator[str]:
    for name, api in of(resources, "AWS::ApiGatewayV2::Api"):
        authorizers = [
            scheme.get("x-amazon-apigateway-authorizer", {})
            for scheme in api["Body"]["components"]["securitySchemes"].values()
        ]
        tokens = [one["jwtConfiguration"] for one in authorizers if one.get("type") == "jwt"]
        if not tokens or not all(one.get("issuer") and one.get("audience") for one in tokens):
            yield name


@rule
def no_other_page_may_call(resources: Resources) -> Iterator[str]:
    for name, api in of(resources, "AWS::ApiGatewayV2::Api"):
        shared = json.dumps(api["Body"].get("x-amazon-apigateway-cors", {}))
        if re.search(r'"allowOrigins": (\["\*"|"\*")|"allowCredentials": true', shared):
            yield name


@rule
def an_api_without_its_authorizer_is_not_made(resources: Resources) -> Iterator[str]:
    yield from (name for name, api in of(resources, "AWS::ApiGatewayV2::Api") if api.get("FailOnWarnings") is not True)


@rule
def an_api_has_no_more_routes_than_an_account_may_make(resources: Resources) -> Iterator[str]:
    # Quotas of HTTP APIs: 300 routes, which AWS raises on request, and 300 integrations, which it does not.
    for name, api in of(resources, "AWS::ApiGatewayV2::Api"):
        routes = sum(len(methods) for methods in api["Body"]["paths"].values())
        if routes > MOST_ROUTES:
            yield f"{name}: {routes} routes"
