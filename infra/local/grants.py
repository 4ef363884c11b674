"""What the local issuer gives tokens for: a code with its proof (RFC 7636), or a refresh token that still holds."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.people import People, Person, UnknownPersonError
from infra.local.sign_in import SignIn
from infra.local.tokens import SpoiltTokenError, Tokens

REVOKED = "revoked_tokens"
CODE_SECONDS = 300.0


class GrantError(Exception):
    """A token request that is refused; the text is OAuth's own word for it (RFC 6749, 5.2)."""


@dataclass(frozen=True)
class _Code:
    """What a code stands for, once: who signed in, where they go back to, what that page has to prove, and when."""

    username: str
    client: str
    page: str
    challenge: str
    made: float


class Grants:
    """Codes live in this process, refresh tokens until they end or are revoked; safe to use from many threads."""

    def __init__(self, directory: Path, settings: SignIn, people: People, tokens: Tokens) -> None:
        self._settings = settings
        self._people = people
        self._tokens = tokens
        self._revoked = directory / REVOKED
        self._codes: dict[str, _Code] = {}
        self._lock = threading.Lock()

    def code(self, username: str, *, client: str, page: str, challenge: str) -> str:
        """A code for who has just signed in."""
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = _Code(username, client, page, challenge, time.monotonic())
        return code

    def grant(self, form: Mapping[str, str]) -> dict[str, object]:
        """The answer to a token request. Raises GrantError."""
        grants = {"authorization_code": self._by_code, "refresh_token": self._by_refresh}
        if form.get("client_id") not in self._settings.clients:
            raise GrantError("invalid_client")
        grant = grants.get(form.get("grant_type", ""))
        if grant is None:
            raise GrantError("unsupported_grant_type")
        return grant(form)

    def revoke(self, token: str) -> None:
        """A refresh token is good for nothing any more; what is good for nothing already may be anything."""
        try:
            told = self._tokens.read_refresh(token)
        except SpoiltTokenError:
            return
        with self._lock, self._revoked.open("a", encoding="utf-8") as file:
            file.write(told["jti"] + "\n")

    def _by_code(self, form: Mapping[str, str]) -> dict[str, object]:
        with self._lock:
            code = self._codes.pop(form.get("code", ""), None)
        if code is None or time.monotonic() - code.made > CODE_SECONDS:
            raise GrantError("invalid_grant")
        if (form.get("redirect_uri"), form["client_id"]) != (code.page, code.client):
            raise GrantError("invalid_grant")
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if not hmac.compare_digest(base64.urlsafe_b64encode(proof).rstrip(b"="), code.challenge.encode()):
            raise GrantError("invalid_grant")
        person = self._signed_in(code.username)
        refresh = self._tokens.refresh_token(person, client=code.client, seconds=self._settings.refresh_seconds)
        return {"refresh_token": refresh, **self._access(person, None, code.client)}

    def _by_refresh(self, form: Mapping[str, str]) -> dict[str, object]:
        try:
            told = self._tokens.read_refresh(form.get("refresh_token", ""))
        except SpoiltTokenError as error:
            raise GrantError("invalid_grant") from error
        person = self._signed_in(told["sub"])
        if told["iat"] <= person.signed_out or told["jti"] in self._revoked_tokens():
            raise GrantError("invalid_grant")
        if told.get("client") != form["client_id"]:
            raise GrantError("invalid_grant")
        # When they signed in stays what it was, however often the token is renewed.
        return self._access(person, told["auth_time"], form["client_id"])

    def _signed_in(self, username: str) -> Person:
        try:
            person = self._people.get(username)
        except UnknownPersonError as error:
            raise GrantError("invalid_grant") from error
        if not person.enabled:
            raise GrantError("invalid_grant")
        return person

    def _access(self, person: Person, signed_in: float | None, client: str) -> dict[str, object]:
        seconds, scopes = self._settings.access_seconds, self._settings.scopes
        token = self._tokens.issue(person, scopes=scopes, seconds=seconds, signed_in=signed_in, client=client)
        return {"access_token": token, "expires_in": seconds, "token_type": "Bearer"}

    def _revoked_tokens(self) -> set[str]:
        with self._lock:
            return set(self._revoked.read_text("utf-8").split()) if self._revoked.exists() else set()
