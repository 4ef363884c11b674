"""What a browser asks the staff's pages for, read out of an HTTP API event, and what it is answered."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from crm.console.routes import HOME, Routes
from crm.console.sessions import Session
from crm.core.actor import Actor
from crm.core.config import settings
from crm.core.errors import BodyTooLarge, InvalidRequest, NotFound
from crm.mail.languages import Language

_LARGEST_FORM_BYTES = 64 * 1024
_MOST_FIELDS = 300
# Longer than every id. DynamoDB refuses keys of more than 2048 bytes with an error of its own.
_LONGEST_NAME = 200
_NAMING = ("customer", "customer_id", "from", "greeting", "occurrence", "questionnaire", "staff")
"""What a query or a form calls other things by, which pages look up under keys that hold it."""


@dataclass(frozen=True)
class Asked:
    """A request. `route`: of its page, as in the policy, such as `GET /console/find`; `names`: its path's arguments."""

    event: Mapping[str, Any]
    route: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)
    """What was read for this request already."""

    @classmethod
    def of(cls, event: Mapping[str, Any], routes: Routes) -> "Asked":
        """Raises NotFound where there is no such page, or its path names what is longer than any name."""
        found = routes.find(cls(event).method, _path(event))
        if found is None:
            raise NotFound("there is no such page")
        if any(len(name) > _LONGEST_NAME for name in found.names.values()):
            raise NotFound("the path names what is longer than any name")
        return cls(event, found.route, found.names)

    @property
    def method(self) -> str:
        return str(self.event["requestContext"]["http"]["method"])

    @property
    def path(self) -> str:
        return str(self.event.get("rawPath", ""))

    @property
    def address(self) -> str:
        """The path with its query, as it can be asked for again."""
        query = str(self.event.get("rawQueryString") or "")
        return f"{self.path}?{query}" if query else self.path

    @cached_property
    def query(self) -> Mapping[str, str]:
        """Raises NotFound where it names what is longer than any name."""
        return _of_names(self.event.get("queryStringParameters") or {})

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """By names in lower case."""
        return {name.lower(): str(value) for name, value in (self.event.get("headers") or {}).items()}

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        pairs = (str(one).partition("=") for one in self.event.get("cookies") or ())
        return {name: value for name, _, value in pairs}

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The fields of a form, the last of each name. Raises InvalidRequest, BodyTooLarge, NotFound as `query`."""
        return _of_names({name: values[-1] for name, values in self.fields.items()})

    @cached_property
    def fields(self) -> Mapping[str, list[str]]:
        """The fields of a form with all their values."""
        try:
            text = self._raw.decode()
            return parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
        except ValueError as bad:
            raise InvalidRequest("the form cannot be read") from bad

    @property
    def is_partial(self) -> bool:
        """Whether a script of ours asks for a part of a page."""
        return self.headers.get("hx-request") == "true"

    @property
    def base(self) -> str:
        """Where the pages are, without a slash at the end: the address of the business, else the gateway's own."""
        return settings().public_url or f"https://{self.event['requestContext']['domainName']}"

    @property
    def variables(self) -> Mapping[str, str]:
        """The stage's variables."""
        return self.event.get("stageVariables") or {}

    @property
    def _raw(self) -> bytes:
        body = str(self.event.get("body") or "")
        if len(body) > 2 * _LARGEST_FORM_BYTES:
            raise BodyTooLarge("the form is too large")
        try:
            return base64.b64decode(body) if self.event.get("isBase64Encoded") else body.encode()
        except ValueError as bad:
            raise InvalidRequest("the form cannot be read") from bad


def _of_names(told: Mapping[str, str]) -> Mapping[str, str]:
    if any(len(told.get(name, "")) > _LONGEST_NAME for name in _NAMING):
        raise NotFound("this names what is longer than any name")
    return told


def _path(event: Mapping[str, Any]) -> str:
    """The path, decoded: below the pages what the gateway's own route has caught of it, as `rawPath` need not be."""
    page = (event.get("pathParameters") or {}).get("page")
    return str(event.get("rawPath", "")) if page is None else f"{HOME}/{page}"


@dataclass(frozen=True)
class Visit:
    """A request of somebody who is signed in: what they may, and in which language they read."""

    asked: Asked
    actor: Actor
    language: Language
    session: Session

    @property
    def csrf(self) -> str:
        return self.session.csrf


@dataclass(frozen=True)
class Page:
    """A page of ours to answer with: a template and what stands in it."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeeOther:
    """After a form, or on the way to sign in: where the browser goes on with a GET."""

    location: str
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asset:
    """A file that belongs to the pages, and may be kept for ever under its name."""

    media_type: str
    content: bytes


@dataclass(frozen=True)
class Framed:
    """A document in the words of others, as a mail is: shown in a frame of a page of ours, where it can do nothing."""

    html: str
    status: int = 200


Answer = Page | SeeOther | Asset | Framed
