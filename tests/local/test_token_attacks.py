"""What tokens do not open: each attack on the real front door, with real signatures, and what lets it through.

`HOLES` switches one check off at a time: then, and only then, its attack gets to the function.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local import authorizer
from infra.local.tokens import KEY_FILE, KEY_ID
from tests.local.door import Client, opened
from tests.local.stand_in import StandInHost, StandInRoute, StandInStack

ROUTE = StandInRoute(method="POST", path="/staff", scopes=("crm/staff",))
OPEN_ROUTE = StandInRoute(method="POST", path="/staff", scopes=())
FOREIGN = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Client]:
    with opened(StandInHost(tmp_path, StandInStack(routes=[ROUTE]))) as client:
        yield client


@pytest.fixture
def door_without_scopes(tmp_path: Path) -> Iterator[Client]:
    with opened(StandInHost(tmp_path, StandInStack(routes=[OPEN_ROUTE]))) as client:
        yield client


def own_key(client: Client) -> rsa.RSAPrivateKey:
    return loaded((client.host.directory / KEY_FILE).read_bytes())


@cache
def loaded(pem: bytes) -> rsa.RSAPrivateKey:
    # Reading a key takes as long as thirty requests.
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def claims(**changes: Any) -> dict[str, Any]:
    """Those of a good access token, as Cognito makes it; None takes one out."""
    now = int(time.time())
    good: dict[str, Any] = {"iss": "https://issuer.local", "client_id": "crm", "token_use": "access"}
    good |= {"sub": "sales", "username": "sales", "cognito:groups": ["sales"], "scope": "crm/staff"}
    good |= {"auth_time": now, "iat": now, "exp": now + 600}
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(client: Client, kid: str | None = KEY_ID, **changes: Any) -> str:
    return jwt.encode(claims(**changes), own_key(client), algorithm="RS256", headers={"kid": kid} if kid else {})


def by_hand(header: Mapping[str, Any], body: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    # The library refuses to make such a token, too.
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, body)]
    signature = base64.urlsafe_b64encode(sign(b".".join(parts))).rstrip(b"=")
    return b".".join([*parts, signature]).decode()


def unsigned(_: Client, word: str = "none") -> str:
    return by_hand({"alg": word, "kid": KEY_ID}, claims(), lambda _: b"")


def with_the_public_key_as_secret(client: Client) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    public = own_key(client).public_key().public_bytes(encoding, form)
    return by_hand({"alg": "HS256", "kid": KEY_ID}, claims(), lambda text: hmac.digest(public, text, hashlib.sha256))


def of_a_foreign_key(_: Client) -> str:
    return jwt.encode(claims(), FOREIGN, algorithm="RS256", headers={"kid": KEY_ID})


def of_a_key_that_the_token_brings(_: Client) -> str:
    brought = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(FOREIGN.public_key()))
    headers = {"kid": KEY_ID, "jwk": brought, "jku": "https://else.where/jwks.json"}
    return jwt.encode(claims(), FOREIGN, algorithm="RS256", headers=headers)


ATTACKS: dict[str, Callable[[Client], str]] = {
    "alg none": unsigned,
    "alg NONE": lambda client: unsigned(client, "NONE"),
    "HS256 with the public key": with_the_public_key_as_secret,
    "a foreign key": of_a_foreign_key,
    "a key that the token brings": of_a_key_that_the_token_brings,
    "another key id": lambda client: signed(client, kid="other"),
    "no key id": lambda client: signed(client, kid=None),
    "another issuer": lambda client: signed(client, iss="https://issuer.local/"),
    "no issuer": lambda client: signed(client, iss=None),
    "another client": lambda client: signed(client, client_id="other"),
    "another audience": lambda client: signed(client, aud="other"),
    "no client": lambda client: signed(client, client_id=None),
    "expired": lambda client: signed(client, exp=int(time.time()) - 1),
    "never expires": lambda client: signed(client, exp=None),
    "not valid yet": lambda client: signed(client, nbf=int(time.time()) + 60),
    "issued tomorrow": lambda client: signed(client, iat=int(time.time()) + 86_400),
}
WITHOUT_SCOPE: dict[str, Callable[[Client], str]] = {
    "an ID token": lambda client: signed(client, aud="crm", client_id=None, token_use="id", scope=None),
    "no scope": lambda client: signed(client, scope=None),
    "another scope": lambda client: signed(client, scope="crm/other openid"),
    "a longer scope": lambda client: signed(client, scope="crm/staffer"),
}


def ask(client: Client, token: str, path: str = "/staff", body: Any = None, **headers: str) -> int:
    content = None if body is None else json.dumps(body)
    return client.ask("POST", path, content, {"Authorization": f"Bearer {token}", **headers}).status


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused_before_the_function(door: Client, name: str) -> None:
    assert ask(door, ATTACKS[name](door)) == 401
    assert door.host.lambdas.calls == []


@pytest.mark.parametrize("name", WITHOUT_SCOPE)
def test_only_access_tokens_of_the_staff_page_have_the_scope(door: Client, name: str) -> None:
    assert ask(door, WITHOUT_SCOPE[name](door)) == 403
    assert door.host.lambdas.calls == []


def test_the_same_token_without_a_flaw_is_taken(door: Client) -> None:
    assert ask(door, signed(door)) == 200


def by_the_tokens_own_word(token: str, keys: Mapping[str, rsa.RSAPublicKey]) -> dict[str, Any]:
    """As some libraries once did: the token says how it is to be checked."""
    header, told = jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})
    if header["alg"].lower() == "none":
        return told
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = keys[KEY_ID].public_bytes(serialization.Encoding.PEM, form)
    text, _, signature = token.rpartition(".")
    right = base64.urlsafe_b64encode(hmac.digest(public, text.encode(), hashlib.sha256)).rstrip(b"=").decode()
    assert hmac.compare_digest(signature, right)
    return told


def by_any_key(token: str, _: Mapping[str, rsa.RSAPublicKey]) -> dict[str, Any]:
    told: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return told


SIGNATURE = {"alg none", "alg NONE", "HS256 with the public key"}
KEYS = {"a foreign key", "a key that the token brings", "another key id", "no key id"}
HOLES = {
    authorizer._of_the_issuer: {"another issuer", "no issuer"},
    authorizer._for_the_audience: {"another client", "another audience", "no client"},
    authorizer._still_valid: {"expired", "never expires"},
    authorizer._already_valid: {"not valid yet", "issued tomorrow"},
}


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.__name__)
def test_each_claim_is_checked_by_one_check_alone(
    door: Client, monkeypatch: pytest.MonkeyPatch, hole: Callable[..., Any]
) -> None:
    monkeypatch.setattr(authorizer, "CHECKS", [check for check in authorizer.CHECKS if check is not hole])
    through = {name for name, attack in ATTACKS.items() if ask(door, attack(door)) == 200}
    assert through == HOLES[hole]


def test_what_the_token_says_of_its_signature_counts_for_nothing(door: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorizer, "verified", by_the_tokens_own_word)
    assert {ask(door, ATTACKS[name](door)) for name in SIGNATURE} == {200}
    monkeypatch.setattr(authorizer, "verified", by_any_key)
    assert {ask(door, ATTACKS[name](door)) for name in KEYS} == {200}


def test_without_a_scope_asked_for_an_id_token_would_do(door_without_scopes: Client) -> None:
    assert {ask(door_without_scopes, token(door_without_scopes)) for token in WITHOUT_SCOPE.values()} == {200}


def test_groups_come_from_the_token_whatever_else_the_request_says(door: Client) -> None:
    forged = {"cognito:groups": ["owner"], "requestContext": {"authorizer": {"lambda": {"role": "owner"}}}}
    headers = {"cognito-groups": "owner", "x-amzn-oidc-identity": "owner", "x-amzn-request-context": "{}"}
    status = ask(door, signed(door), "/staff?cognito:groups=owner&username=owner", forged, **headers)
    context = door.event["requestContext"]
    assert status == 200
    assert set(context["authorizer"]) == {"jwt"}
    told = context["authorizer"]["jwt"]["claims"]
    assert (told["cognito:groups"], told["username"]) == ("[sales]", "sales")
