"""Staff routes ask for a token as an HTTP API's JWT authorizer does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.tokens import KEY_FILE, KEY_ID, Tokens
from tests.local.door import Answer, Client, opened
from tests.local.stand_in import StandInHost, StandInRoute, StandInStack

STACK = StandInStack(
    routes=[
        StandInRoute(method="GET", path="/customers", scopes=("crm/staff", "crm/owner")),
        StandInRoute(method="GET", path="/openapi.json"),
    ]
)
FOREIGN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with opened(StandInHost(tmp_path, STACK)) as client:
        yield client


def signed(client: Client, key: Any = None, algorithm: str = "RS256", **changes: Any) -> dict[str, str]:
    """An Authorization header with a good token, except for the changes (None removes a claim)."""
    pem = (client.host.directory / KEY_FILE).read_bytes()
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": "https://issuer.local",
        "aud": "crm",
        "scope": "crm/staff",
        "sub": "sales",
    }
    claims |= {"iat": now, "exp": now + 60} | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    own: Any = key or serialization.load_pem_private_key(pem, password=None)
    return {"Authorization": f"Bearer {jwt.encode(kept, own, algorithm=algorithm, headers={'kid': KEY_ID})}"}


def refused(answer: Answer, status: int, message: str) -> str:
    assert (answer.status, answer.json) == (status, {"message": message})
    return answer.headers["www-authenticate"]


def test_an_issued_token_opens_staff_routes(client: Client) -> None:
    assert client.ask("GET", "/customers", headers=client.token()).status == 200
    assert client.event["requestContext"]["authorizer"]["jwt"]["scopes"] == ["crm/staff"]


def test_without_a_token_it_is_401_and_the_function_is_not_called(client: Client) -> None:
    assert refused(client.ask("GET", "/customers"), 401, "Unauthorized") == "Bearer"
    assert client.host.lambdas.calls == []


def test_public_routes_ask_for_none(client: Client) -> None:
    assert client.ask("GET", "/openapi.json").status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://else.where"},
        {"aud": "other"},
        {"aud": None},
        {"aud": None, "client_id": "other"},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": 99999999999},
        {"iat": 99999999999},
    ],
    ids=str,
)
def test_a_token_with_a_bad_claim_is_401(client: Client, changes: dict[str, Any]) -> None:
    challenge = refused(client.ask("GET", "/customers", headers=signed(client, **changes)), 401, "Unauthorized")
    assert 'error="invalid_token"' in challenge


@pytest.mark.parametrize("changes", [{"aud": ["x", "crm"]}, {"aud": None, "client_id": "crm"}, {"nbf": 1}], ids=str)
def test_audience_may_be_a_list_or_the_client_id(client: Client, changes: dict[str, Any]) -> None:
    assert client.ask("GET", "/customers", headers=signed(client, **changes)).status == 200


def test_another_key_another_algorithm_or_garbage_is_401(client: Client) -> None:
    for headers in (
        signed(client, key=FOREIGN_KEY),
        signed(client, key="secret" * 8, algorithm="HS256"),
        {"Authorization": "Bearer " + jwt.encode({"sub": "owner"}, "", algorithm="none")},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer " + "a." * 2000},
    ):
        refused(client.ask("GET", "/customers", headers=headers), 401, "Unauthorized")


def test_a_tampered_token_is_401_also_after_the_good_one_was_seen(client: Client) -> None:
    good = client.token()
    assert client.ask("GET", "/customers", headers=good).status == 200
    bad = {"Authorization": good["Authorization"][:-6] + "AAAAAA"}
    refused(client.ask("GET", "/customers", headers=bad), 401, "Unauthorized")


def test_a_token_that_was_good_expires(client: Client) -> None:
    headers = signed(client, exp=time.time() + 2)
    assert client.ask("GET", "/customers", headers=headers).status == 200
    time.sleep(2.1)
    refused(client.ask("GET", "/customers", headers=headers), 401, "Unauthorized")


@pytest.mark.parametrize("scope", ["", "crm/other", None, "crm/staffx"])
def test_without_a_scope_of_the_route_it_is_403(client: Client, scope: str | None) -> None:
    answer = client.ask("GET", "/customers", headers=signed(client, scope=scope))
    assert 'error="insufficient_scope"' in refused(answer, 403, "Forbidden")


@pytest.mark.parametrize("changes", [{"scope": "a crm/owner"}, {"scope": None, "scp": ["crm/staff"]}], ids=str)
def test_one_scope_of_the_route_suffices(client: Client, changes: dict[str, Any]) -> None:
    assert client.ask("GET", "/customers", headers=signed(client, **changes)).status == 200


def test_a_token_without_the_word_bearer_is_taken_too(client: Client) -> None:
    token = client.token()["Authorization"].removeprefix("Bearer ")
    assert client.ask("GET", "/customers", headers={"Authorization": token}).status == 200
    assert client.ask("GET", "/customers", headers={"Authorization": f"bearer {token}"}).status == 200


def test_claims_reach_the_function_as_text(client: Client) -> None:
    claims: dict[str, Any] = {
        "cognito:groups": ["admin", "sales"],
        "email_verified": True,
        "nothing": None,
        "deep": {"a": 1},
    }
    client.ask("GET", "/customers", headers=signed(client, **claims))
    seen = client.event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert seen["cognito:groups"] == "[admin sales]"
    assert (seen["email_verified"], seen["deep"]) == ("true", '{"a": 1}')
    assert "nothing" not in seen


def test_tokens_stay_valid_when_the_clock_is_moved_and_after_a_restart(tmp_path: Path) -> None:
    host = StandInHost(tmp_path, STACK)
    with opened(host) as client:
        headers = client.token()
        host.clock.instant += timedelta(days=4000)
        assert client.ask("GET", "/customers", headers=headers).status == 200
    with opened(StandInHost(tmp_path, STACK)) as restarted:
        assert restarted.ask("GET", "/customers", headers=headers).status == 200


def test_the_key_is_kept_for_this_user_alone_and_differs_between_machines(tmp_path: Path) -> None:
    first, again, other = (Tokens(tmp_path / name, "i", ("a",)).public_keys["local"] for name in ("one", "one", "two"))
    assert first == again
    assert first != other
    assert (tmp_path / "one" / KEY_FILE).stat().st_mode & 0o777 == 0o600
