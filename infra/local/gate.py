"""All that lets staff in on a laptop: the people, their tokens, the issuer's pages, and Cognito's API."""

from __future__ import annotations

from infra.local.host_view import HostView
from infra.local.http_message import Request, Response
from infra.local.issuer import PLACE, Issuer
from infra.local.mailbox import MailWriter
from infra.local.people import People, UnknownPersonError
from infra.local.problems import Problem
from infra.local.tokens import Tokens
from infra.local.user_pool import UserPool


class Gate:
    """Where the template has a user pool, this host is its issuer; else tokens are made for the issuer it names."""

    def __init__(self, host: HostView) -> None:
        settings = host.stack.sign_in
        issuer = f"http://127.0.0.1:{host.port}{PLACE}" if settings else host.stack.jwt_issuer
        self.people = People(host.directory)
        self.tokens = Tokens(host.directory, issuer, host.stack.jwt_audience, lambda: host.clock.now().timestamp())
        self._issuer = Issuer(host.directory, settings, self.people, self.tokens) if settings else None
        self._mailbox = MailWriter(host.directory)
        deliver, now = self._mailbox.append, host.clock.now
        self._pool = UserPool(settings, self.people, deliver=deliver, now=now) if settings else None

    def token(self, username: str) -> str:
        """A token that does not expire, for scripts and trials. Raises Problem (404, 403)."""
        try:
            person = self.people.get(username)
        except UnknownPersonError as unknown:
            known = ", ".join(self.people.names())
            detail = f"There is no member of staff {username!r}; known are {known}."
            raise Problem(404, "Unknown staff", detail) from unknown
        if not person.enabled:
            raise Problem(403, "Not allowed in", f"{username} was deactivated.")
        return self.tokens.issue(person)

    def issuer(self, request: Request, rest: str) -> Response:
        """The issuer's answer. Raises Problem."""
        if self._issuer is None:
            raise Problem(404, "Not found", "The template names an issuer of its own (JwtIssuer).")
        return self._issuer.handle(request, rest)

    def cognito(self, request: Request) -> Response:
        """The answer of Cognito's API. Raises Problem."""
        if self._pool is None:
            raise Problem(404, "Not found", "The template has no user pool.")
        return self._pool.handle(request)

    def close(self) -> None:
        """Delivers no more invitations."""
        self._mailbox.close()
