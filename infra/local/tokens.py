"""Tokens of the staff, signed with a key of this machine alone."""

from __future__ import annotations

import base64
import os
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.people import Person

SCOPE = "crm/staff"
KEY_ID = "local"
KEY_FILE = "staff_token_key.pem"
LIFETIME_SECONDS = 10 * 365 * 24 * 3600  # real time, so that moving the clock logs nobody out


class SpoiltTokenError(Exception):
    """A refresh token that was not made here, or has expired."""


class Tokens:
    """Issues access tokens as Cognito does (RS256; sub, username, groups, client_id, scope, token_use, auth_time).

    The key is made at the first start and kept under `directory`, so tokens survive a restart. `now`: the host's clock,
    by which people sign in and out; what a token's life is measured by is real time. Both in seconds.
    """

    def __init__(
        self, directory: Path, issuer: str, audience: Collection[str], now: Callable[[], float] = time.time
    ) -> None:
        self.issuer = issuer
        self._client = sorted(audience)[0] if audience else "local"
        self._now = now
        self._key = _load_or_make(directory / KEY_FILE)

    @property
    def public_keys(self) -> Mapping[str, rsa.RSAPublicKey]:
        """By key id."""
        return {KEY_ID: self._key.public_key()}

    def key_set(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set (RFC 7517)."""
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": _encoded(numbers.n)}
        return {"keys": [{**key, "e": _encoded(numbers.e)}]}

    def issue(
        self,
        person: Person,
        *,
        scopes: Sequence[str] = (SCOPE,),
        seconds: int = LIFETIME_SECONDS,
        signed_in: float | None = None,
        client: str | None = None,
    ) -> str:
        """An access token; `signed_in`: when they did, else now; `client`: for whom, else for the API's own."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "client_id": client or self._client,
            "sub": person.username,
            "username": person.username,
            **({"cognito:groups": list(person.groups)} if person.groups else {}),
            "scope": " ".join(scopes),
            "token_use": "access",
            "version": 2,
            "iat": now,
            "auth_time": int(self._now() if signed_in is None else signed_in),
            "exp": now + seconds,
            "jti": secrets.token_hex(16),
        }
        return self._signed(claims)

    def refresh_token(self, person: Person, *, client: str, seconds: int) -> str:
        """A token that is good for access tokens, and opens nothing by itself."""
        now = time.time()
        claims = {
            "iss": self.issuer,
            "client": client,
            "sub": person.username,
            "token_use": "refresh",
            "iat": now,
            "auth_time": int(self._now()),
            "exp": now + seconds,
            "jti": secrets.token_hex(16),
        }
        return self._signed(claims)

    def read_refresh(self, token: str) -> dict[str, Any]:
        """What a refresh token says. Raises SpoiltTokenError."""
        try:
            claims: dict[str, Any] = jwt.decode(token, self._key.public_key(), algorithms=["RS256"], issuer=self.issuer)
        except jwt.PyJWTError as error:
            raise SpoiltTokenError(str(error)) from error
        if claims.get("token_use") != "refresh":
            raise SpoiltTokenError("it is another kind of token")
        return claims

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KEY_ID})


def _encoded(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _load_or_make(path: Path) -> rsa.RSAPrivateKey:
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if isinstance(key, rsa.RSAPrivateKey):
            return key
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _write_private(path, key)
    return key


def _write_private(path: Path, key: rsa.RSAPrivateKey) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    unfinished.replace(path)  # a start that is killed here leaves no half key
