"""The sign-in page outside: where it is, and its exchange of a code for who signed in (RFC 6749, RFC 7636)."""

import base64
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import urllib3

from crm.core.config import settings
from crm.core.errors import Unavailable
from crm.core.reason import Reason

SCOPE = "crm/staff"
_DISCOVERY = "/.well-known/openid-configuration"
_SECONDS = urllib3.Timeout(connect=2, read=5)
_FORM = {"content-type": "application/x-www-form-urlencoded"}


class SignInUnavailable(Unavailable):
    slug = "sign-in-unavailable"
    title = Reason("The sign-in page does not answer right now")


class SignInRefused(Exception):
    """The sign-in page does not take the code, or gives a token that opens nothing here."""


def place(name: str) -> str:
    """The address of one of its pages, as the issuer tells (OpenID Connect Discovery). Raises SignInUnavailable."""
    try:
        return str(_about(settings().staff_issuer)[name])
    except KeyError as missing:
        raise SignInUnavailable(f"the issuer tells of no {missing}") from missing


def claims_of(*, code: str, verifier: str, client: str, page: str) -> Mapping[str, Any]:
    """Who signed in, as the access token says that a code is good for. Raises SignInRefused, SignInUnavailable.

    The token comes from the issuer over TLS and goes no further, so its signature is not looked at (OpenID Connect
    Core 3.1.3.7, 6, says the same of ID tokens).
    """
    form = {"grant_type": "authorization_code", "client_id": client, "redirect_uri": page}
    status, told = _answer("POST", place("token_endpoint"), {**form, "code": code, "code_verifier": verifier})
    if status != 200:
        raise SignInRefused(str(told.get("error", status)))
    claims = _payload(str(told.get("access_token", "")))
    if claims.get("token_use", "access") != "access" or SCOPE not in str(claims.get("scope", "")).split():
        raise SignInRefused("the token is not one for the CRM")
    return claims


@lru_cache(maxsize=1)
def _about(issuer: str) -> Mapping[str, Any]:
    """Read once by each process."""
    status, told = _answer("GET", issuer.rstrip("/") + _DISCOVERY)
    if status != 200:
        raise SignInUnavailable(f"the issuer answers {status}")
    return told


def _answer(method: str, url: str, form: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, Any]]:
    # No second try: a code is good once.
    pool, body = urllib3.PoolManager(timeout=_SECONDS, retries=False), urlencode(form) if form else None
    try:
        answer = pool.request(method, url, body=body, headers=_FORM if form else {}, redirect=False)
        told = json.loads(answer.data)
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise SignInUnavailable("the issuer does not answer") from error
    return answer.status, told if isinstance(told, dict) else {}


def _payload(token: str) -> Mapping[str, Any]:
    try:
        _, payload, _ = token.split(".")
        told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError as malformed:
        raise SignInRefused("the token cannot be read") from malformed
    return told if isinstance(told, dict) else {}
