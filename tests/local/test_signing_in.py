"""Staff sign in on a laptop as at Cognito: code and proof, refresh, revocation, sign-out, invitations."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import jwt
import pytest
from botocore.exceptions import ClientError

from infra.local.engine import free_port
from infra.local.issuer import PLACE
from infra.local.mailbox import Mailbox
from infra.local.sign_in import SignIn
from infra.local.user_pool import PLACE as COGNITO
from tests.local.door import Answer, Client, opened
from tests.local.stand_in import StandInHost, StandInRoute, StandInStack

POOL = SignIn(
    pool="StaffPool",
    client="page",
    pages=("https://crm.shop.example/",),
    scopes=("crm/staff",),
    groups=("owner", "sales"),
    access_seconds=600,
    refresh_seconds=43_200,
    invitation=("Sign in at the shop", "You are {username}, your first password is {####}."),
)
ROUTES = [StandInRoute(method="GET", path="/customers", scopes=("crm/staff",))]
STACK = StandInStack(routes=ROUTES, jwt_audience=("page",), sign_in=POOL)
PAGE = "https://crm.shop.example/"
VERIFIER = "a-verifier-that-only-the-page-knows-and-never-sends-before"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with opened(StandInHost(tmp_path, STACK, port=free_port())) as client:
        yield client


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorize(client: Client, **changes: str) -> Answer:
    asked = {"response_type": "code", "client_id": "page", "redirect_uri": PAGE, "scope": "crm/staff", "state": "s"}
    asked |= {"code_challenge_method": "S256", "code_challenge": challenge(VERIFIER), "login": "sales"}
    return client.ask("GET", f"{PLACE}/oauth2/authorize?{urlencode(asked | changes)}")


def returned(answer: Answer) -> dict[str, str]:
    assert answer.status == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def exchange(client: Client, code: str, /, **changes: str) -> Answer:
    form = {"grant_type": "authorization_code", "client_id": "page", "redirect_uri": PAGE, "code": code}
    return post(client, "token", **{**form, "code_verifier": VERIFIER, **changes})


def post(client: Client, path: str, **form: str) -> Answer:
    return client.ask("POST", f"{PLACE}/oauth2/{path}", urlencode(form), FORM)


def renewed(client: Client, refresh: str) -> Answer:
    return post(client, "token", grant_type="refresh_token", client_id="page", refresh_token=refresh)


def signed_in(client: Client) -> dict[str, Any]:
    tokens = exchange(client, returned(authorize(client))["code"]).json
    assert isinstance(tokens, dict)
    return tokens


def opens(client: Client, token: str) -> int:
    return client.ask("GET", "/customers", headers={"Authorization": f"Bearer {token}"}).status


def cognito(client: Client) -> Any:
    return boto3.client(
        "cognito-idp",
        "eu-west-1",
        endpoint_url=f"http://127.0.0.1:{client.port}{COGNITO}",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def test_a_code_with_its_proof_becomes_tokens_that_open_the_crm(client: Client) -> None:
    went = returned(authorize(client))
    assert went["state"] == "s"
    answer = exchange(client, went["code"])
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert set(answer.json) == {"access_token", "refresh_token", "expires_in", "token_type"}
    assert opens(client, answer.json["access_token"]) == 200
    claims = client.event["requestContext"]["authorizer"]["jwt"]["claims"]
    said = {"username": "sales", "cognito:groups": "[sales]", "token_use": "access", "client_id": "page"}
    assert said.items() <= claims.items()


def test_discovery_leads_to_the_keys_that_verify_a_token(client: Client) -> None:
    about = client.ask("GET", f"{PLACE}/.well-known/openid-configuration").json
    assert about["issuer"] == f"http://127.0.0.1:{client.port}{PLACE}"
    [key] = client.ask("GET", urlsplit(about["jwks_uri"]).path).json["keys"]
    token = signed_in(client)["access_token"]
    told = jwt.decode(token, jwt.PyJWK(key), algorithms=["RS256"], issuer=about["issuer"])
    assert jwt.get_unverified_header(token)["kid"] == key["kid"]
    assert told["exp"] - told["iat"] == POOL.access_seconds


def test_who_signs_in_is_chosen_on_a_page(client: Client) -> None:
    asked = {"response_type": "code", "client_id": "page", "redirect_uri": PAGE, "code_challenge_method": "S256"}
    page = client.ask("GET", f"{PLACE}/oauth2/authorize?{urlencode(asked | {'code_challenge': 'c'})}")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"login=manager" in page.body


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "another-verifier"}, "invalid_grant"),
        ({"redirect_uri": "https://else.where/"}, "invalid_grant"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_client"),
        ({"grant_type": "password", "username": "sales", "password": "x"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ],
    ids=str,
)
def test_a_code_alone_is_no_token(client: Client, changes: dict[str, str], error: str) -> None:
    refused = exchange(client, returned(authorize(client))["code"], **changes)
    assert (refused.status, refused.json) == (400, {"error": error})


def test_a_code_works_once(client: Client) -> None:
    code = returned(authorize(client))["code"]
    assert [exchange(client, code).status for _ in range(2)] == [200, 400]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "crm/staff openid"}, "invalid_scope"),
        ({"login": "nobody"}, "access_denied"),
    ],
    ids=str,
)
def test_there_is_no_other_flow_and_no_other_scope(client: Client, changes: dict[str, str], error: str) -> None:
    assert returned(authorize(client, **changes))["error"] == error


@pytest.mark.parametrize("page", ["https://else.where/", "https://crm.shop.example/other", "javascript:1", ""])
def test_codes_go_to_pages_of_the_crm_alone(client: Client, page: str) -> None:
    assert authorize(client, redirect_uri=page).status == 400
    assert client.ask("GET", f"{PLACE}/logout?{urlencode({'client_id': 'page', 'logout_uri': page})}").status == 400


def test_a_refresh_token_renews_and_keeps_when_one_signed_in(client: Client) -> None:
    first = signed_in(client)
    began = jwt.decode(first["access_token"], options={"verify_signature": False})["auth_time"]
    client.host.clock.instant = client.host.clock.instant.replace(year=2030)
    again = renewed(client, first["refresh_token"]).json
    assert opens(client, again["access_token"]) == 200
    assert jwt.decode(again["access_token"], options={"verify_signature": False})["auth_time"] == began


def test_a_refresh_token_opens_nothing_by_itself_and_an_access_token_renews_nothing(client: Client) -> None:
    tokens = signed_in(client)
    assert opens(client, tokens["refresh_token"]) == 401
    assert renewed(client, tokens["access_token"]).status == 400


def test_a_revoked_refresh_token_is_good_for_nothing_even_after_a_restart(tmp_path: Path) -> None:
    port = free_port()
    with opened(StandInHost(tmp_path, STACK, port=port)) as client:
        tokens, others = signed_in(client), signed_in(client)
        assert post(client, "revoke", token=tokens["refresh_token"], client_id="page").status == 200
    with opened(StandInHost(tmp_path, STACK, port=port)) as client:
        assert renewed(client, tokens["refresh_token"]).status == 400
        assert renewed(client, others["refresh_token"]).status == 200


def test_a_staff_page_elsewhere_may_ask_for_tokens_and_for_nothing_else(client: Client) -> None:
    headers = {**FORM, "Origin": "https://crm.shop.example"}
    answer = client.ask("POST", f"{PLACE}/oauth2/token", "grant_type=x&client_id=page", headers)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (400, "https://crm.shop.example")
    token = client.ask("POST", "/_local/token", '{"staff": "owner"}', {"Origin": "https://crm.shop.example"})
    assert token.status == 403


def test_who_is_invited_gets_a_mail_and_signs_in(client: Client) -> None:
    pool = cognito(client)
    invited: dict[str, Any] = {"UserPoolId": "StaffPool", "Username": "bilal"}
    pool.admin_create_user(**invited, UserAttributes=[{"Name": "email", "Value": "bilal@shop.example"}])
    [mail] = Mailbox(client.host.directory).mails()
    assert (mail.to, mail.subject) == ("bilal@shop.example", "Sign in at the shop")
    assert "You are bilal, your first password is " in mail.text
    assert pool.admin_get_user(**invited)["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert exchange(client, returned(authorize(client, login="bilal"))["code"]).status == 200
    assert pool.admin_get_user(**invited)["UserStatus"] == "CONFIRMED"
    # Twice is an error of Cognito's, and no second mail.
    for taken, kind in (("bilal", "UsernameExistsException"), ("other", "AliasExistsException")):
        with pytest.raises(ClientError, match=kind):
            pool.admin_create_user(
                **{**invited, "Username": taken}, UserAttributes=[{"Name": "email", "Value": "bilal@shop.example"}]
            )
    assert len(Mailbox(client.host.directory).mails()) == 1


def test_signed_out_everywhere_and_disabled_nothing_is_renewed(client: Client) -> None:
    pool, whom = cognito(client), {"UserPoolId": "StaffPool", "Username": "sales"}
    before = signed_in(client)
    pool.admin_user_global_sign_out(**whom)
    assert renewed(client, before["refresh_token"]).status == 400
    time.sleep(0.01)
    after = signed_in(client)
    assert renewed(client, after["refresh_token"]).status == 200
    pool.admin_disable_user(**whom)
    assert renewed(client, after["refresh_token"]).status == 400
    assert returned(authorize(client))["error"] == "access_denied"
    assert client.ask("POST", "/_local/token", json.dumps({"staff": "sales"})).status == 403
    pool.admin_enable_user(**whom)
    assert returned(authorize(client))["code"]


def test_a_group_goes_into_the_tokens(client: Client) -> None:
    pool, whom = cognito(client), {"UserPoolId": "StaffPool", "Username": "sales"}
    pool.admin_add_user_to_group(**whom, GroupName="owner")
    token = jwt.decode(signed_in(client)["access_token"], options={"verify_signature": False})
    assert token["cognito:groups"] == ["owner", "sales"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        pool.admin_add_user_to_group(**whom, GroupName="unknown")
