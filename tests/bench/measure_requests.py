"""Time of a request through the staff API's handler on the local engine, beside one bare `put_item` there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from crm.core import table
from crm.core.config import settings
from infra.local.engine import Engine
from tests.bench.figure import Figure, seconds
from tests.support.tables import create_tables
from tests.support.world import SETTINGS, Api, forget

TIMES = 100
PURCHASE = {"at": "2026-01-02T10:00:00Z", "amount": "12.50", "currency": "USD"}


class RequestRefused(Exception):
    """A request that is to be measured did not do what it should."""


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        engine = Engine(directory=Path(folder), log=lambda _: None)
        engine.start()
        try:
            _settings(patch, engine)
            yield from _figures()
        finally:
            engine.stop()
            forget()


def _settings(patch: pytest.MonkeyPatch, engine: Engine) -> None:
    tables = create_tables(engine.url)
    chosen = SETTINGS | {"CRM_TABLE": tables["CrmTable"], "VIEWS_TABLE": tables["ViewsTable"]}
    for name, value in (chosen | {"AWS_ENDPOINT_URL": engine.url}).items():
        patch.setenv(name, value)
    forget()


def _figures() -> Iterator[Figure]:
    numbers = count()
    reference = seconds(lambda: _put(next(numbers)), times=TIMES)
    customer = _done(201, lambda: Api().post("/customers", {"name": "Sara Khan", "kind": "person"}))["id"]
    actions: dict[str, Callable[[], Any]] = {
        "POST /customers": lambda: _done(201, lambda: Api().post("/customers", {"name": "Ali", "kind": "person"})),
        "GET /customers/{id}": lambda: _done(200, lambda: Api().get(f"/customers/{customer}")),
        "POST /customers/{id}/purchases": lambda: _done(
            201, lambda: Api().post(f"/customers/{customer}/purchases", PURCHASE)
        ),
    }
    for name, action in actions.items():
        ours = seconds(action, times=TIMES)
        yield Figure(name=name, ours=ours, reference=reference, reference_name="put_item")


def _put(number: int) -> None:
    item: Any = table.to_item({"pk": f"BENCH#{number}", "sk": "X"})
    table.client().put_item(TableName=settings().crm_table, Item=item)


def _done(status: int, request: Callable[[], Any]) -> dict[str, Any]:
    answer = request()
    if answer.status != status:
        raise RequestRefused(f"{answer.status}: {answer.body}")
    body: dict[str, Any] = answer.body
    return body
