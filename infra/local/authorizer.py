"""The JWT authorizer of an HTTP API: who may take a route, and what the function is told about the caller.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.http_message import Response, json_response

CACHED = 256


class RefusedError(Exception):
    """A request that the authorizer turns away, with the response for it."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class JwtAuthorizer:
    """Checks the Authorization header (with or without `Bearer`) against keys by id, an issuer and audiences.

    Times in tokens are compared with the machine's time, not with the host's movable clock.
    """

    def __init__(self, keys: Mapping[str, rsa.RSAPublicKey], issuer: str, audience: Collection[str]) -> None:
        self._keys = dict(keys)
        self._issuer = issuer
        self._audience = frozenset(audience)
        self._verified: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def authorize(self, header: str | None, scopes: Sequence[str]) -> dict[str, Any]:
        """`requestContext.authorizer` of the event. Raises RefusedError (401; 403 for want of a scope)."""
        if not header:
            raise _unauthorized("")
        claims = self._claims(header[7:].strip() if header[:7].lower() == "bearer " else header.strip())
        self._check(claims)
        held = _scopes(claims)
        if scopes and not set(scopes) & set(held):
            raise _forbidden(scopes)
        return {"jwt": {"claims": _rendered(claims), "scopes": held if scopes else None}}

    def _claims(self, token: str) -> dict[str, Any]:
        # The signature is most of the work and never changes; what depends on time is checked each time.
        known = self._verified.get(token)
        if known is not None:
            return known
        claims = verified(token, self._keys)
        self._verified[token] = claims
        while len(self._verified) > CACHED:
            self._verified.popitem(last=False)
        return claims

    def _check(self, claims: dict[str, Any]) -> None:
        for check in CHECKS:
            if wrong := check(claims, self._issuer, self._audience):
                raise _unauthorized(wrong)


def verified(token: str, keys: Mapping[str, rsa.RSAPublicKey]) -> dict[str, Any]:
    """The claims of a token that one of the keys has signed. Raises RefusedError."""
    try:
        key = keys.get(str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            raise _unauthorized("the key of the token is not known")
        # Which algorithm is ours to say: by the token's own word, `none` would do, or a public key as a shared secret.
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], options=_SIGNATURE_ONLY)
    except jwt.InvalidSignatureError as error:
        raise _unauthorized("signature verification failed") from error
    except (jwt.PyJWTError, RecursionError) as error:
        raise _unauthorized("the token is malformed") from error
    return claims


def _of_the_issuer(claims: dict[str, Any], issuer: str, _: frozenset[str]) -> str | None:
    return None if claims.get("iss") == issuer else "the token does not have a valid issuer"


def _for_the_audience(claims: dict[str, Any], _: str, audience: frozenset[str]) -> str | None:
    named = claims["aud"] if "aud" in claims else claims.get("client_id")
    return None if audience & set(_strings(named)) else "the token does not have a valid audience"


def _still_valid(claims: dict[str, Any], _: str, __: frozenset[str]) -> str | None:
    return None if _is_number(claims.get("exp")) and claims["exp"] > time.time() else "the token has expired"


def _already_valid(claims: dict[str, Any], _: str, __: frozenset[str]) -> str | None:
    early = (
        name
        for name in ("nbf", "iat")
        if name in claims and (not _is_number(claims[name]) or claims[name] > time.time() + 1)
    )
    return next((f"the token is not valid yet ({name})" for name in early), None)


CHECKS = (_of_the_issuer, _for_the_audience, _still_valid, _already_valid)
_SIGNATURE_ONLY: Any = {f"verify_{name}": False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scopes(claims: dict[str, Any]) -> list[str]:
    held = claims["scope"] if "scope" in claims else claims.get("scp")
    return held.split() if isinstance(held, str) else _strings(held)


def _strings(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _rendered(claims: dict[str, Any]) -> dict[str, str]:
    """Claims as Lambda gets them: all text, lists as `[a b]`, null left out (as in captured events)."""
    return {name: _text(value) for name, value in claims.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{' '.join(_text(item) for item in value)}]"
    return json.dumps(value)


def _unauthorized(why: str) -> RefusedError:
    challenge = f'Bearer scope="" error="invalid_token" error_description="{why}"' if why else "Bearer"
    return RefusedError(json_response(401, {"message": "Unauthorized"}, (("www-authenticate", challenge),)))


def _forbidden(scopes: Sequence[str]) -> RefusedError:
    challenge = (
        f'Bearer scope="{" ".join(scopes)}" error="insufficient_scope" '
        'error_description="the token does not have the required scope"'
    )
    return RefusedError(json_response(403, {"message": "Forbidden"}, (("www-authenticate", challenge),)))
