"""Routes are chosen, and cross-origin requests answered, as an HTTP API does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.routing import Routes
from tests.local.door import Client, opened
from tests.local.stand_in import StandInCors, StandInHost, StandInRoute, StandInStack, answering

KEYS = [
    "GET /pets/dog/1",
    "GET /pets/dog/{id}",
    "GET /pets/{kind}/{id}",
    "ANY /pets/dog/1",
    "GET /pets/{proxy+}",
    "GET /pets/dog/{proxy+}",
    "ANY /{proxy+}",
    "ANY $default",
]


def routes(*keys: str) -> Routes:
    pairs = (key.partition(" ") for key in keys)
    return Routes([StandInRoute(method=method, path=path) for method, _, path in pairs])


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("POST", "/pets/dog/1", "ANY /pets/dog/1"),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/1", "GET /pets/{kind}/{id}"),
        ("GET", "/pets/cat", "GET /pets/{proxy+}"),
        ("GET", "/pets/dog/1/2", "GET /pets/dog/{proxy+}"),
        ("DELETE", "/pets/cat", "ANY /{proxy+}"),
        ("GET", "/", "$default"),
        ("GET", "/pets/%64og/1", "GET /pets/dog/1"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_the_most_specific_route_wins_whatever_the_order(method: str, path: str, key: str, order: int) -> None:
    match = routes(*KEYS[::order]).match(method, path)
    assert match is not None
    assert match.key == key


def test_a_full_match_wins_over_a_greedy_one_that_begins_more_specifically() -> None:
    match = routes("GET /pets/{proxy+}", "GET /{kind}/{id}").match("GET", "/pets/1")
    assert match is not None
    assert match.key == "GET /{kind}/{id}"


@pytest.mark.parametrize("path", ["/pets", "/pets/", "/pets//1", "/pets/1/", "/Pets/1", "/pets/1/2", "/"])
def test_no_route_fits_by_halves(path: str) -> None:
    assert routes("GET /pets/{id}").match("GET", path) is None


def test_an_encoded_slash_stays_inside_its_segment() -> None:
    match = routes("GET /pets/{id}").match("GET", "/pets/a%2Fb")
    assert match is not None
    assert match.parameters == {"id": "a/b"}


STAFF = StandInRoute(method="POST", path="/customers", scopes=("crm/staff",))
OPEN = StandInRoute(method="GET", path="/open")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    stack = StandInStack(routes=[STAFF, OPEN], cors=StandInCors())
    with opened(StandInHost(tmp_path, stack)) as client:
        yield client


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("DELETE", "/customers"), ("HEAD", "/customers")])
def test_an_unknown_route_is_404_in_the_gateways_form(client: Client, method: str, path: str) -> None:
    answer = client.ask(method, path)
    assert answer.status == 404
    assert method == "HEAD" or answer.json == {"message": "Not Found"}
    assert client.host.lambdas.calls == []


def preflight(client: Client, origin: str = "https://shop.example", method: str = "POST") -> dict[str, str]:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    answer = client.ask("OPTIONS", "/customers", headers=headers)
    assert (answer.status, answer.body) == (204, b"")
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def test_a_preflight_is_answered_without_token_and_function(client: Client) -> None:
    assert preflight(client) == {
        "access-control-allow-origin": "https://shop.example",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization,content-type",
        "access-control-max-age": "600",
    }
    assert client.host.lambdas.calls == []


def test_a_preflight_of_another_origin_or_method_allows_nothing(client: Client) -> None:
    assert preflight(client, origin="https://evil.example") == {}
    assert preflight(client, method="DELETE") == {}


def test_a_functions_own_cors_headers_give_way_to_the_configured_ones(client: Client) -> None:
    own = {"Access-Control-Allow-Origin": "*", "X-Kept": "1"}
    client.host.lambdas.function = answering({"statusCode": 200, "headers": own})
    seen = client.ask("GET", "/open", headers={"Origin": "https://shop.example"}).headers
    assert seen["access-control-allow-origin"] == "https://shop.example"
    assert seen["access-control-expose-headers"] == "etag"
    assert seen["x-kept"] == "1"
    assert "access-control-allow-origin" not in client.ask("GET", "/open", headers={"Origin": "https://e"}).headers


def test_without_cors_settings_options_is_a_route_like_any_other(tmp_path: Path) -> None:
    with opened(StandInHost(tmp_path, StandInStack(routes=[OPEN]))) as client:
        assert client.ask("OPTIONS", "/open").status == 404
        assert client.ask("GET", "/open", headers={"Origin": "https://a"}).status == 200


def test_any_origin_can_be_allowed(tmp_path: Path) -> None:
    cors = StandInCors(allow_origins=("*",), allow_methods=("*",))
    with opened(StandInHost(tmp_path, StandInStack(routes=[OPEN], cors=cors))) as client:
        assert preflight(client, "https://any", "DELETE")["access-control-allow-origin"] == "*"
