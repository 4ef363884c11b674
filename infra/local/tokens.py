"""Tokens for the demo staff, signed with a key of this machine alone."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Collection
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

STAFF = ("owner", "manager", "sales", "service", "marketing", "till")
SCOPE = "crm/staff"
KEY_ID = "local"
KEY_FILE = "staff_token_key.pem"
LIFETIME_SECONDS = 10 * 365 * 24 * 3600  # real time, so that moving the clock logs nobody out


class UnknownStaffError(Exception):
    """Not one of the demo staff."""

    def __init__(self, staff: str) -> None:
        super().__init__(f"There is no member of staff {staff!r}; known are {', '.join(STAFF)}.")


class Tokens:
    """Issues access tokens as Cognito would (RS256; sub, username, groups, client_id, scope, token_use).

    The key is made at the first start and kept under `directory`, so tokens survive a restart.
    """

    def __init__(self, directory: Path, issuer: str, audience: Collection[str]) -> None:
        self._issuer = issuer
        self._audience = sorted(audience)[0] if audience else "local"
        self._key = _load_or_make(directory / KEY_FILE)

    @property
    def public_key(self) -> rsa.RSAPublicKey:
        return self._key.public_key()

    def issue(self, staff: str) -> str:
        """A token for a member of the demo staff. Raises UnknownStaffError."""
        if staff not in STAFF:
            raise UnknownStaffError(staff)
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "client_id": self._audience,
            "sub": staff,
            "username": staff,
            "cognito:groups": [staff],
            "scope": SCOPE,
            "token_use": "access",
            "iat": now,
            "auth_time": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": secrets.token_hex(16),
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KEY_ID})


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
