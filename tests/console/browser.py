"""A browser in process: it keeps cookies, says where its forms come from, and is routed as the gateway routes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from crm.console.forms import FAULT
from crm.console.sessions import COOKIE, Session
from tests.support.template import of_type
from tests.support.world import Context

HOST = "api.example"
BASE = f"https://{HOST}"


@dataclass(frozen=True)
class Shown:
    """What came back."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: str

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    @property
    def csrf(self) -> str:
        """The token in the page's forms."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.body)
        assert found, self.body
        return unescape(found[1])

    @cached_property
    def text(self) -> str:
        """What stands on the page, spaces squeezed."""
        reader = _Reader()
        reader.feed(self.body)
        return " ".join(" ".join(reader.parts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


@dataclass
class Browser:
    """`accepted`: the languages that it asks for. `variables`: those of the gateway's stage."""

    accepted: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=lambda: {"ConsoleClient": "ConsoleClient"})

    def get(self, address: str, **headers: str) -> Shown:
        return self.ask("GET", address, None, {"sec-fetch-site": "same-origin", **_named(headers)})

    def post(self, address: str, form: Mapping[str, str] | None = None, **headers: str) -> Shown:
        """Send a form as a page of ours would; a header given as "" is left out."""
        shown = self.forged(address, form, **headers)
        lost = re.findall(f'{FAULT}="([^"]*)">(.*)', shown.body)
        assert not lost, f"the page has no field for what its summary names: {lost}"
        return shown

    def forged(self, address: str, form: Mapping[str, str] | None = None, **headers: str) -> Shown:
        """The same of a form that has a field which the page has not: what is wrong with it cannot lead to it."""
        sent = {"origin": BASE, "sec-fetch-site": "same-origin", **_named(headers)}
        return self.ask("POST", address, form or {}, sent)

    def submit(self, page: str, address: str, **form: str) -> Shown:
        """Open a page, and send one of its forms."""
        return self.post(address, {"csrf": self.get(page).csrf, **form})

    def signed_in(self, who: str = "manager", *, role: str | None = None, at: int = 1_700_000_000) -> Browser:
        """As if they had just come back from the sign-in page; `role`: the group of their token."""
        groups = [who if role is None else role]
        session = Session.begun(who=who, groups=groups, signed_in=at, language=None)
        self._keep([session.cookie])
        return self

    def ask(
        self, method: str, address: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Shown:
        from handlers import console  # noqa: PLC0415 - after the settings are in place

        sent = {name: value for name, value in (headers or {}).items() if value}
        sent |= {"accept-language": self.accepted} if self.accepted else {}
        answer = console.handler(event(method, address, form, sent, self.cookies, self.variables), Context())
        self._keep(answer.get("cookies", []))
        told = {name.lower(): value for name, value in answer["headers"].items()}
        return Shown(answer["statusCode"], told, answer.get("cookies", []), answer["body"])

    def _keep(self, given: list[str]) -> None:
        for one in given:
            pair, _, rest = one.partition(";")
            name, _, value = pair.partition("=")
            if "Max-Age=0" in rest:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    @property
    def csrf(self) -> str:
        """What the forms of the present session carry."""
        session = Session.read(self.cookies)
        assert session, "nobody is signed in"
        return session.csrf

    @property
    def session(self) -> str | None:
        return self.cookies.get(COOKIE)


def event(
    method: str,
    address: str,
    form: Mapping[str, str] | None,
    headers: Mapping[str, str],
    cookies: Mapping[str, str],
    variables: Mapping[str, str],
) -> dict[str, Any]:
    """An HTTP API event (payload 2.0) as the gateway would make it."""
    parts = urlsplit(address)
    route, names = routed(parts.path)
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": unquote(parts.path),
        "rawQueryString": parts.query,
        "headers": {"host": HOST, **headers},
        "cookies": [f"{name}={value}" for name, value in cookies.items()],
        "queryStringParameters": dict(parse_qsl(parts.query, keep_blank_values=True)),
        **({"pathParameters": names} if names else {}),
        "stageVariables": dict(variables),
        "requestContext": {
            "http": {"method": method, "path": parts.path, "sourceIp": "127.0.0.1", "userAgent": "test"},
            "domainName": HOST,
            "requestId": "test",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    return made if form is None else {**made, "body": urlencode(form)}


def routed(path: str) -> tuple[str, dict[str, str]]:
    """The gateway's route that a path takes by any method, and its arguments."""
    for known in of_type("AWS::ApiGatewayV2::Api")["HttpApi"]["Body"]["paths"]:
        if known.startswith("/console"):
            found = re.fullmatch(re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", known), path)
            if found:
                return f"ANY {known}", {name: unquote(value) for name, value in found.groupdict().items()}
    assert path == "/", f"the gateway has no {path}"
    return "GET /", {}


def route_of(path: str) -> str | None:
    """The page that is read at a path, by its route; None: there is none."""
    from handlers import console  # noqa: PLC0415 - after the settings are in place

    found = console.EVERY.routes.find("GET", unquote(path))
    return found.route if found else None


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
