"""The local issuer of staff tokens, `/_local/issuer/…`: what Cognito's pool and its sign-in page do, without passwords.

Authorization code with PKCE (RFC 6749, 7636), refresh, revocation (RFC 7009), sign-out, discovery. Who signs in is
chosen from a list, or named in the request for scripts (`…/oauth2/authorize?…&login=manager`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from infra.local import pages
from infra.local.grants import GrantError, Grants
from infra.local.http_message import Request, Response, json_response
from infra.local.local_input import query
from infra.local.people import People, UnknownPersonError
from infra.local.problems import Problem
from infra.local.sign_in import SignIn
from infra.local.tokens import Tokens

PLACE = "/_local/issuer"
NOT_KEPT = (("cache-control", "no-store"),)
LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class Issuer:
    """Answers everything under PLACE; safe to use from many threads."""

    def __init__(self, directory: Path, settings: SignIn, people: People, tokens: Tokens) -> None:
        self._settings = settings
        self._people = people
        self._tokens = tokens
        self._grants = Grants(directory, settings, people, tokens)
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", ".well-known/openid-configuration"): self._about,
            ("GET", ".well-known/jwks.json"): lambda _: json_response(200, tokens.key_set()),
            ("GET", "oauth2/authorize"): self._authorize,
            ("POST", "oauth2/token"): self._token,
            ("POST", "oauth2/revoke"): self._revoke,
            ("GET", "logout"): self._logout,
        }

    def handle(self, request: Request, rest: str) -> Response:
        """The answer; pages of other origins may ask for tokens, as they may at Cognito: they need a code for it."""
        answer = self._routes.get((request.method, rest))
        if answer is None:
            known = ", ".join(f"{method} {PLACE}/{path}" for method, path in self._routes)
            raise Problem(404, "Not found", f"The issuer has {known}.")
        response = answer(request)
        origin = request.header("origin")
        if origin and rest != "oauth2/authorize":
            allowed = (("access-control-allow-origin", origin), ("vary", "origin"))
            return Response(response.status, (*response.headers, *allowed), response.body)
        return response

    def _about(self, _: Request) -> Response:
        issuer = self._tokens.issuer
        return json_response(
            200,
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/oauth2/authorize",
                "token_endpoint": f"{issuer}/oauth2/token",
                "revocation_endpoint": f"{issuer}/oauth2/revoke",
                "end_session_endpoint": f"{issuer}/logout",
                "jwks_uri": f"{issuer}/.well-known/jwks.json",
                "scopes_supported": list(self._settings.scopes),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "code_challenge_methods_supported": ["S256"],
                # Where a page asks for nothing but this document, it needs to know as whom it speaks.
                "client_id": self._settings.client,
            },
        )

    def _authorize(self, request: Request) -> Response:
        asked = query(request)
        page = self._page(asked, "redirect_uri")
        if wrong := self._wrong(asked):
            return _back(page, error=wrong, state=asked.get("state"))
        if "login" not in asked:
            links = {name: f"?{request.query}&{urlencode({'login': name})}" for name in self._people.names()}
            return pages.sign_in(links)
        try:
            person = self._people.get(asked["login"])
        except UnknownPersonError:
            person = None
        if person is None or not person.enabled:
            return _back(page, error="access_denied", state=asked.get("state"))
        self._people.confirm(person.username)
        code = self._grants.code(
            person.username, client=asked["client_id"], page=page, challenge=asked["code_challenge"]
        )
        return _back(page, code=code, state=asked.get("state"))

    def _wrong(self, asked: Mapping[str, str]) -> str | None:
        if asked.get("response_type") != "code":
            return "unsupported_response_type"
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return "invalid_request"
        wanted = asked.get("scope", " ".join(self._settings.scopes)).split()
        return None if set(wanted) <= set(self._settings.scopes) else "invalid_scope"

    def _page(self, asked: Mapping[str, str], name: str) -> str:
        """Where to go back to: never anywhere else than to a page of the client's, else codes could be sent away."""
        page = asked.get(name, "")
        if asked.get("client_id") not in self._settings.clients:
            raise Problem(400, "Unknown client", f"client_id is one of {', '.join(self._settings.clients)}.")
        parts = urlsplit(page)
        of_here = parts.scheme == "http" and parts.hostname in LOOPBACK
        if page not in self._settings.pages and not of_here:
            raise Problem(400, "Unknown page", f"{name} is one of StaffPages, or a page of this machine.")
        return page

    def _token(self, request: Request) -> Response:
        try:
            answer = self._grants.grant(_form(request))
        except GrantError as refused:
            return json_response(400, {"error": str(refused)}, NOT_KEPT)
        return json_response(200, answer, NOT_KEPT)

    def _revoke(self, request: Request) -> Response:
        self._grants.revoke(_form(request).get("token", ""))
        return Response(200)

    def _logout(self, request: Request) -> Response:
        return Response(302, (("location", self._page(query(request), "logout_uri")),))


def _form(request: Request) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}


def _back(page: str, **said: str | None) -> Response:
    known = {name: value for name, value in said.items() if value is not None}
    joint = "&" if urlsplit(page).query else "?"
    return Response(302, (("location", f"{page}{joint}{urlencode(known)}"), *NOT_KEPT))
