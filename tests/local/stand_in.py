"""A host that stands in for the real one: the functions, the engine and the clock are truly outside."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.http_api import LambdaAuthorizer
from infra.local.sign_in import SignIn


@dataclass(frozen=True, kw_only=True)
class StandInRoute:
    method: str
    path: str
    function: str = "ApiFunction"
    scopes: Sequence[str] | None = None
    asks: LambdaAuthorizer | None = None


@dataclass(frozen=True, kw_only=True)
class StandInCors:
    allow_origins: Sequence[str] = ("https://shop.example",)
    allow_methods: Sequence[str] = ("GET", "POST")
    allow_headers: Sequence[str] = ("authorization", "content-type")
    expose_headers: Sequence[str] = ("etag",)
    max_age: int | None = 600
    allow_credentials: bool = False


@dataclass(frozen=True, kw_only=True)
class StandInRule:
    pattern: dict[str, Any]
    queue_urls: Sequence[str]
    transformers: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StandInStack:
    routes: Sequence[StandInRoute] = ()
    cors: StandInCors | None = None
    jwt_issuer: str = "https://issuer.local"
    jwt_audience: Sequence[str] = ("crm",)
    sign_in: SignIn | None = None
    stage_variables: dict[str, str] = field(default_factory=dict)
    functions: Sequence[str] = ("ApiFunction", "PublicFunction")
    configuration_sets: dict[str, Sequence[str]] = field(default_factory=dict)
    event_rules: Sequence[StandInRule] = ()
    buckets: Sequence[str] = ()


@dataclass(frozen=True)
class StandInResult:
    payload: bytes
    function_error: str | None = None


def ok(_event: Any) -> StandInResult:
    return StandInResult(json.dumps({"statusCode": 200, "body": "{}"}).encode())


def answering(answer: Any) -> Callable[[Any], StandInResult]:
    """A function that returns a fixed value."""
    return lambda _event: StandInResult(json.dumps(answer).encode())


class StandInLambdas:
    """Records events and answers with `function`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.function: Callable[[Any], StandInResult] = ok
        self._lock = threading.Lock()

    def invoke(self, logical_id: str, event: Any) -> StandInResult:
        with self._lock:
            self.calls.append((logical_id, json.loads(json.dumps(event))))
        return self.function(event)


class StandInClock:
    """Stands still until it is moved; three schedules fire on every move."""

    def __init__(self) -> None:
        self.instant = datetime(2027, 2, 28, 9, 0, 0, 250_000, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def advance_to(self, instant: datetime) -> int:
        self.instant = instant
        return 3

    def skip_to(self, instant: datetime) -> int:
        self.instant = instant
        return 1


class StandInIdle:
    def __init__(self) -> None:
        self.drained = True
        self.waited: list[float] = []

    def wait(self, timeout_seconds: float) -> bool:
        self.waited.append(timeout_seconds)
        return self.drained

    def admit(self) -> None:
        return


@dataclass
class StandInHost:
    directory: Path
    stack: StandInStack = field(default_factory=StandInStack)
    lambdas: StandInLambdas = field(default_factory=StandInLambdas)
    clock: StandInClock = field(default_factory=StandInClock)
    idle: StandInIdle = field(default_factory=StandInIdle)
    engine_url: str = "http://127.0.0.1:9"
    port: int = 0
    ses_port: int = 0
    lines: list[str] = field(default_factory=list)

    def log(self, line: str) -> None:
        self.lines.append(line)

    def redrive(self) -> dict[str, int]:
        return {"Work": 2}
