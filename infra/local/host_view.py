"""What the front door and the mail endpoint see of the host; the host fulfils it, tests stand in for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from infra.local.sign_in import SignIn


class LambdaAuthorizer(Protocol):
    """A Lambda authorizer with simple answers (payload 2.0): the caller is named by one header, in small letters."""

    @property
    def function(self) -> str: ...
    @property
    def header(self) -> str: ...
    @property
    def kept_seconds(self) -> float: ...


class Route(Protocol):
    """One route of the HTTP API: method in capitals or ANY; `scopes` is None where no token is asked for,
    and a token must carry at least one of them where there are any."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def function(self) -> str: ...
    @property
    def scopes(self) -> Sequence[str] | None: ...
    @property
    def asks(self) -> LambdaAuthorizer | None: ...


class Cors(Protocol):
    """`CorsConfiguration` of the HTTP API; absent lists are empty."""

    @property
    def allow_origins(self) -> Sequence[str]: ...
    @property
    def allow_methods(self) -> Sequence[str]: ...
    @property
    def allow_headers(self) -> Sequence[str]: ...
    @property
    def expose_headers(self) -> Sequence[str]: ...
    @property
    def max_age(self) -> int | None: ...
    @property
    def allow_credentials(self) -> bool: ...


class EventRule(Protocol):
    """An EventBridge rule on the default bus: its pattern, the URLs of the queues it targets, and by these how the
    event is written for them, where it is not the event itself."""

    @property
    def pattern(self) -> Mapping[str, Any]: ...
    @property
    def queue_urls(self) -> Sequence[str]: ...
    @property
    def transformers(self) -> Mapping[str, Mapping[str, Any]]: ...


class Stack(Protocol):
    """The resolved template. `configuration_sets`: name → SES event types (SEND …) for the default bus."""

    @property
    def routes(self) -> Sequence[Route]: ...
    @property
    def cors(self) -> Cors | None: ...
    @property
    def jwt_issuer(self) -> str: ...
    @property
    def jwt_audience(self) -> Collection[str]: ...
    @property
    def sign_in(self) -> SignIn | None: ...
    @property
    def stage_variables(self) -> Mapping[str, str]: ...
    @property
    def functions(self) -> Collection[str]: ...
    @property
    def configuration_sets(self) -> Mapping[str, Collection[str]]: ...
    @property
    def event_rules(self) -> Sequence[EventRule]: ...
    @property
    def buckets(self) -> Sequence[str]: ...


class InvokeResult(Protocol):
    """What Lambda's Invoke answers: the payload and, when the function failed, the kind of its error."""

    @property
    def payload(self) -> bytes: ...
    @property
    def function_error(self) -> str | None: ...


class Lambdas(Protocol):
    def invoke(self, logical_id: str, event: Any, /) -> InvokeResult: ...


class Clock(Protocol):
    def now(self) -> datetime: ...

    def advance_to(self, instant: datetime, /) -> int:
        """Moves the clock forward, firing every schedule on the way in order; how many were fired."""

    def skip_to(self, instant: datetime, /) -> int:
        """Moves the clock forward at once, firing what was due on the way once; how many were fired."""


class Idle(Protocol):
    def wait(self, timeout_seconds: float, /) -> bool:
        """Whether streams and queues were drained within the time."""

    def admit(self) -> None:
        """Lets a call from outside in, as soon as nobody needs a moment of silence."""


class HostView(Protocol):
    @property
    def stack(self) -> Stack: ...
    @property
    def lambdas(self) -> Lambdas: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def idle(self) -> Idle: ...
    @property
    def engine_url(self) -> str: ...
    @property
    def directory(self) -> Path: ...
    @property
    def port(self) -> int: ...
    @property
    def ses_port(self) -> int: ...
    def redrive(self) -> dict[str, int]:
        """Puts all dead letters back into their queues; how many, by queue."""

    def log(self, line: str, /) -> None: ...
