"""A shop on the local engine whose pages have something on them, and the events that ask for these pages."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crm.console.sessions import COOKIE, Session
from crm.core import clock
from infra.build import catalogues
from infra.local.engine import Engine
from tests.console.browser import BASE, event
from tests.support.engine_world import on_engine
from tests.support.flow import settle
from tests.support.world import SETTINGS, Api

WHO = "manager"
CONTACTS, PURCHASES, REMINDERS = 30, 10, 5


@dataclass(frozen=True)
class Pages:
    """`events`: what the gateway hands over, by the name of the page. `environment`: of a process that answers it."""

    events: dict[str, dict[str, Any]]
    environment: dict[str, str]
    customer_id: str


@contextmanager
def served() -> Iterator[Pages]:
    """The shop, as long as the engine runs."""
    catalogues.compile_into(catalogues.LOCALES)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        engine = Engine(directory=Path(folder), log=lambda _: None)
        engine.start()
        try:
            with on_engine(patch, engine):
                patch.setenv("PUBLIC_URL", BASE)
                customer_id = _filled()
                yield Pages(_events(customer_id), _environment(), customer_id)
        finally:
            engine.stop()


def _filled() -> str:
    """A customer with a timeline as long as a page shows, and a day with something to do; the customer's id."""
    _done("/staff", {"id": WHO, "name": "Mona"}, role="owner")
    _done("/segments", {"name": "Rich", "rule": {"field": "income_band", "op": "eq", "value": "high"}})
    _done("/customers", {"name": "Nasreen Akhtar", "phone": "+92 300 7654321"})
    person = {"name": "Nadia Khan", "phone": "+92 300 1234567", "email": "nadia@shop.example", "income_band": "high"}
    customer_id = str(_done("/customers", {**person, "tags": ["regular"]})["id"])
    path = f"/customers/{customer_id}"
    for number in range(CONTACTS):
        _done(f"{path}/interactions", {"kind": "call", "summary": f"Asked about lamp {number}"})
    for number in range(PURCHASES):
        bought = {"amount": f"{number}50.50", "lines": [{"product": f"Lamp {number}", "quantity": 1}]}
        _done(f"{path}/purchases", bought)
    for number in range(REMINDERS):
        at = (clock.now() + timedelta(hours=1 + number)).strftime("%Y-%m-%dT%H:%M")
        told = {"to": "staff", "staff": WHO, "customer_id": customer_id, "subject": f"Ring {number}", "at": at}
        _done("/reminders", {**told, "timezone": "UTC"})
    settle()
    return customer_id


def _done(path: str, body: dict[str, Any], *, role: str = WHO) -> dict[str, Any]:
    answer = Api().post(path, body, role=role)
    assert answer.status in {200, 201, 202}, answer.body
    made: dict[str, Any] = answer.body
    return made


def _events(customer_id: str) -> dict[str, dict[str, Any]]:
    session = Session.begun(who=WHO, groups=[WHO], signed_in=1_700_000_000, language=None)
    cookies = {COOKIE: session.cookie.partition(";")[0].partition("=")[2]}
    addresses = {
        "my day": "/console",
        "customer": f"/console/customers/{customer_id}",
        "find": "/console/find?q=na",
    }
    return {name: event("GET", address, None, {}, cookies, {}) for name, address in addresses.items()}


def _environment() -> dict[str, str]:
    names = {*SETTINGS, "AWS_ENDPOINT_URL", "JOBS_QUEUE_URL", "MAIL_QUEUE_URL", "FILES_QUEUE_URL"}
    given = {name: os.environ[name] for name in sorted(names) if name in os.environ}
    # As in template.yaml: without it Python looks for zones in the machine first.
    return {**given, "PYTHONTZPATH": ""}
