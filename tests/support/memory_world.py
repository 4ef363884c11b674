"""The same small world with tables, queues and SES in memory: a hundred times cheaper than an engine.

Everything our code asks AWS for goes through `BaseClient._make_api_call`, and ends here. A call that nobody here knows
is an error.
"""

from __future__ import annotations

import copy
import json
import sys
import threading
import time
from contextlib import contextmanager
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar, cast
from unittest import mock

import boto3
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from crm.core import table
from crm.core.table import CrmItem
from crm.views import reading
from tests.support import meter, queues, rights, unwritten, well_formed
from tests.support.memory import Memory
from tests.support.post import Post
from tests.support.world import SETTINGS, SIGNING_KEYS, forget, know_the_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest
    from botocore.config import Config

QUEUES = {name: f"https://sqs.eu-west-1.amazonaws.com/123456789012/{name}" for name in queues.NAMES}


def called(memory: Memory, client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
    """What the memory answers a client. Raises what the client would: the class that it has for the error's code."""
    try:
        return memory.call(operation, parameters)
    except ClientError as error:
        kind: Any = client.exceptions.from_code(error.response["Error"]["Code"])
        raise kind(error.response, operation) from None


@contextmanager
def in_memory(monkeypatch: pytest.MonkeyPatch, *, memory: Memory, post: Post, checked: bool = False) -> Iterator[None]:
    """An empty shop in memory, and the settings that name its tables and queues. No pause takes any time.

    `checked`: calls that AWS would refuse for their shape are refused (tests/support/well_formed.py), for a
    millisecond each, and what a handler has no right to is noted (tests/support/rights.py), not only of rare calls.
    """
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    for name, url in QUEUES.items():
        monkeypatch.setenv(f"{name.upper()}_QUEUE_URL", url)
    memory.parameters[SETTINGS["SIGNING_KEY_PARAMETER"]] = json.dumps(SIGNING_KEYS)
    memory.others |= ses_answers(post)

    one_at_a_time = threading.RLock()

    def answer(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if checked:
            rights.note(client, operation, parameters)
            well_formed.require(client, operation, parameters)
        else:
            rights.note_rare(client, operation, parameters)
        found: dict[str, Any] = {}
        try:
            # Our code may call from several threads; a call is atomic.
            with one_at_a_time:
                found = called(memory, client, operation, parameters)
        finally:
            meter.note(client.meta.service_model.service_name, operation, parameters, found)
        unwritten.note(operation, parameters)
        return found

    forget()
    _learn_what_remembers()
    forget_memories()
    _Running.memory = memory
    CrmItem._connection = _CONNECTION.get("crm")
    monkeypatch.setattr(boto3, "client", remembered_client)
    monkeypatch.setattr(table, "session", lambda: SimpleNamespace(create_client=remembered_client))
    with (
        mock.patch.object(BaseClient, "_make_api_call", answer),
        mock.patch.object(BaseClient, "get_paginator", remembered_paginator),
        mock.patch.object(time, "sleep", _no_pause),
    ):
        yield
    _Running.memory = None
    # One connection for all worlds in memory: its client takes longer to make than most tests.
    _CONNECTION["crm"] = CrmItem._connection
    forget()
    forget_memories()


class _Running:
    """The memory of the world that runs, if it is one in memory."""

    memory: Memory | None = None


T = TypeVar("T")
_MADE: dict[object, tuple[Memory, Any]] = {}


def once(make: Callable[[], T], *, named: object = None) -> T:
    """Make of an empty world what many tests begin with: the first of them does, all others take a copy.

    So it is with what `make` answers. What the product remembers in its process is as in a new one, so that all begin
    alike. `named`: what it is remembered under, if not under `make` itself.
    """
    memory, name = _Running.memory, named or make
    if memory is None:
        return make()
    if name not in _MADE:
        made = make()
        _MADE[name] = moment(), copy.deepcopy(made)
    begun, answer = _MADE[name]
    go_back(begun)
    return cast("T", copy.deepcopy(answer))


def moment() -> Memory:
    """What the world in memory holds at this moment."""
    assert _Running.memory
    held = Memory()
    held.restore(_Running.memory)
    return held


def go_back(held: Memory) -> None:
    """The world in memory holds what it held at a moment, and the product's process remembers nothing."""
    assert _Running.memory
    _Running.memory.restore(held)
    forget_memories()


def forget_memories() -> None:
    """Drop what a process of the product remembers between invocations, but for the connection to the tables."""
    for name in _product():
        for remembered in _REMEMBERING[name] if name in _REMEMBERING else _remembering(name):
            remembered.cache_clear()
    know_the_mark()
    reading.forget_rules()


def _learn_what_remembers() -> None:
    """Once for each module, as long as no test has put something else in a place of it."""
    for name in _product():
        if name not in _REMEMBERING:
            _REMEMBERING[name] = _remembering(name)


def _product() -> tuple[str, ...]:
    return _product_among(len(sys.modules))


@lru_cache(maxsize=1)
def _product_among(_modules: int) -> tuple[str, ...]:
    return tuple(name for name in sys.modules if name.startswith("crm."))


def _remembering(name: str) -> list[Any]:
    return [
        value
        for value in vars(sys.modules[name]).values()
        if hasattr(value, "cache_clear")
        and getattr(value, "__module__", None) == name
        and f"{name}.{value.__name__}" not in _SHIPPED
    ]


_REMEMBERING: dict[str, list[Any]] = {}
# Read from files that ship, or from the machine's time zones: the same in every world, and slow to read.
_SHIPPED = frozenset(
    {
        "crm.access.rules.policy",
        "crm.calendar.feasts._by_day",
        "crm.business.country._of_zones",
        "crm.calendar.feasts._feasts",
        "crm.calendar.feasts._table",
        "crm.calendar.places._links",
        "crm.calendar.places._points",
        "crm.console.assets._names",
        "crm.console.assets._print",
        "crm.console.assets.address",
        "crm.console.customers.record._told",
        "crm.console.rendering.environment",
        "crm.catalogues.wording.words",
        "crm.core.values._zones",
        "crm.criteria.words._wording",
        "crm.greetings.passes._zones",
        "crm.imports.columns._known",
        "crm.imports.months._months",
        "crm.imports.opening._adapter",
        "crm.mail.templates.layout",
        "crm.mail.templates.sections",
        "crm.mail.templates.style",
        "crm.questionnaires.rules._text",
        "crm.templates.shipped.sections",
    }
)


_make_client = boto3.client


def remembered_client(service: str, region_name: str | None = None, config: Config | None = None) -> BaseClient:
    """A client with this configuration, made once in this process."""
    retries = repr(getattr(config, "retries", None))
    known = _CLIENTS.get((service, retries))
    if known is None:
        known = _CLIENTS[service, retries] = _make_client(service, region_name, config=config)  # type: ignore[call-overload]
    return known


def remembered_paginator(client: BaseClient, operation_name: str) -> Any:
    """A client's paginator, made once: botocore writes a class with its documentation for each."""
    known = _PAGINATORS.get((id(client), operation_name))
    if known is None or known[0] is not client:
        known = _PAGINATORS[id(client), operation_name] = (client, _make_paginator(client, operation_name))
    return known[1]


_CONNECTION: dict[str, Any] = {}
_make_paginator = BaseClient.get_paginator
_PAGINATORS: dict[tuple[int, str], tuple[BaseClient, Any]] = {}
_CLIENTS: dict[tuple[str, str], BaseClient] = {}


def ses_answers(post: Post) -> dict[str, Any]:
    """What SES answers, and others who are only told something, by operation."""
    return {
        "SendEmail": post.take,
        "GetAccount": lambda _: post.get_account(),
        "GetEmailIdentity": lambda _: post.get_email_identity(),
        "DeleteSuppressedDestination": lambda _: {},
        # The event bus takes everything.
        "PutEvents": lambda p: {"FailedEntryCount": 0, "Entries": [{"EventId": "memory"} for _ in p["Entries"]]},
    }


def _no_pause(_: float) -> None:
    """Nobody waits."""
