"""Who is signed in at the staff's pages: a sealed cookie, and the token that its forms carry.

The cookie says who it is, and never what they may: that says the guard at each request.
"""

import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Self

from crm.access.persons import SESSION
from crm.core import clock, signing
from crm.core.signing import BadToken

COOKIE = "__Host-session"
"""Browsers take a cookie with this prefix from the very host alone, over TLS alone, and for all its paths."""
LIFE = timedelta(hours=8)
_PURPOSE = "console session"
_OF_FORMS = "console form"


@dataclass(frozen=True)
class Session:
    """`groups`: of the token that they came with. `signed_in`, `until`: seconds of the epoch, by our clock."""

    who: str
    groups: tuple[str, ...]
    signed_in: int
    until: int
    number: str
    language: str | None = None

    @classmethod
    def begun(cls, *, who: str, groups: Sequence[str], signed_in: int, language: str | None) -> Self:
        """A new session under a new number, whatever session the browser had before."""
        until = int((clock.now() + LIFE).timestamp())
        return cls(who, tuple(groups), signed_in, until, secrets.token_urlsafe(18), language)

    @classmethod
    def read(cls, cookies: Mapping[str, str]) -> Self | None:
        """The session of a browser; None where there is none, it is over, or its cookie is not one of ours."""
        try:
            told = json.loads(signing.unseal(_PURPOSE, cookies.get(COOKIE, "")))
        except BadToken:
            return None
        session = cls(**{**told, "groups": tuple(told["groups"])})
        return session if clock.now().timestamp() < session.until else None

    @property
    def cookie(self) -> str:
        """The header that gives it to the browser."""
        left = self.until - int(clock.now().timestamp())
        return cookie(COOKIE, signing.seal(_PURPOSE, json.dumps(asdict(self)).encode()), seconds=left)

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the guard is told, in the form in which the gateway tells it of a token."""
        return {
            "username": self.who,
            "cognito:groups": f"[{' '.join(self.groups)}]",
            "auth_time": str(self.signed_in),
            SESSION: self.number,
        }

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """A request of this session as the gateway tells of one with a token."""
        return {**event, "requestContext": {**event["requestContext"], "authorizer": {"jwt": {"claims": self.claims}}}}

    @cached_property
    def csrf(self) -> str:
        """What each form of this session carries, and nobody else can know."""
        return next(iter(self._tokens().values()))

    def is_own_form(self, token: str) -> bool:
        """Whether a form was made for this session, under whichever of our keys."""
        return any(hmac.compare_digest(token.encode(), one.encode()) for one in self._tokens().values())

    def _tokens(self) -> Mapping[str, str]:
        return signing.fingerprints(_OF_FORMS, self.number.encode())


def cookie(name: str, value: str, *, seconds: int) -> str:
    """A cookie that no script reads, that goes over TLS alone, and with no form or picture of another site."""
    return f"{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax"


def taken(name: str) -> str:
    """The header that takes a cookie away."""
    return cookie(name, "", seconds=0)
