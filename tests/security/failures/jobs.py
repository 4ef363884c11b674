"""What runs because somebody wrote it: parameters of jobs and rules; and ids and random numbers that can be guessed."""

from __future__ import annotations

import json
import os
import random
import re
from copy import deepcopy
from importlib import import_module
from typing import Any

from crm.core import ids
from crm.criteria import checking
from crm.keys import rules
from crm.mail import links
from crm.mail.links import Link
from crm.segments import service as segments
from handlers import jobs as handler
from tests.docs.pages import ROOT
from tests.security.failures.register import known, put
from tests.security.furnished import OWNER, World
from tests.support.flow import queue_event
from tests.support.visitor import visit
from tests.support.world import Context

CODE = "__import__('os').environ.__setitem__('RAN', 'yes')"


def stored(world: World) -> Any:
    return deepcopy({name: dict(items) for name, items in world.cloud.memory.tables.items()})


class _Anything(dict[str, Any]):
    """Jobs by the name of any function, as frameworks of work queues find them."""

    def get(self, name: str, _: Any = None) -> Any:
        module, _, function = name.rpartition(".")
        return lambda message: getattr(import_module(module), function)(message.get("argument")) and None


@known(
    "CVE-2026-47168",
    "EspoCRM's scheduled jobs ran the class that their record named",
    stands="a table of jobs by name; no name is looked up anywhere else (`functions/handlers/jobs.py`)",
    without=put(handler, "_JOBS", _Anything()),
)
def jobs_by_any_name(world: World) -> None:
    before = stored(world)
    for name in ("os.path.basename", "builtins.len", "crm.core.ids.request_hash", "__import__", "erase.__globals__"):
        answer = handler.handler(queue_event({"job": name, "argument": "x"}), Context())
        assert answer["batchItemFailures"], name
    assert stored(world) == before


def _evaluates(patch: Any) -> None:
    body = json.loads

    def lax(text: str) -> Any:
        found = body(text)
        if isinstance(found, dict):
            found = {name: eval(one) if "__import__" in str(one) else one for name, one in found.items()}  # noqa: S307
        return found

    patch.setattr(json, "loads", lax)


@known(
    "CVE-2026-33656",
    "EspoCRM calculated a formula among the parameters of a job",
    stands="parameters are read as dates and ids, and fail as such (`functions/crm/core/jobs.py`; planted here)",
    without=_evaluates,
)
def parameters_that_run(world: World) -> None:
    os.environ.pop("RAN", None)
    for message in ({"job": "snapshots", "day": CODE}, {"job": "follow_bin", "customer": CODE}):
        handler.handler(queue_event(message), Context())
    told = {"to": "staff", "at": "2026-12-01T10:00", "subject": "x", "repeat": f"FREQ=DAILY;UNTIL={CODE}"}
    refused = world.api.post("/reminders", told, **OWNER)
    assert refused.status == 422
    assert refused.body["errors"][0]["pointer"] == "/repeat"
    assert os.environ.pop("RAN", None) is None


def _takes_any_rule(patch: Any) -> None:
    patch.setattr(checking, "problems", lambda *_, **__: ())
    patch.setattr(segments, "problems", lambda *_, **__: ())


@known(
    "CVE-2026-26720",
    "Twenty ran code that was a step of a workflow",
    stands="rules are JSON of a known form, compiled to comparisons (`functions/crm/criteria/checking.py`)",
    without=_takes_any_rule,
)
def steps_that_are_code(world: World) -> None:
    for rule in (
        {"code": CODE},
        {"field": "name", "op": "eval", "value": CODE},
        {"field": f"custom.{CODE}", "op": "eq", "value": 1},
        {"all": [{"python": CODE}]},
    ):
        answer = world.api.post("/segments", {"name": "Code", "rule": rule}, **OWNER)
        assert answer.status == 422, answer
        assert answer.body["errors"][0]["pointer"].startswith("/rule")


@known(
    "CVE-2021-25961",
    "SuiteCRM's link to set a password outlived its user, and held for who got the id next",
    stands="links name random ids, and an id is never given again (`functions/crm/core/ids.py`)",
    without=put(ids, "new", lambda: "a" * 26),
)
def ids_that_come_back(world: World) -> None:
    told = {"name": "Asha Two", "email": "asha.two@example.org"}
    first = world.api.post("/customers", told, **OWNER)
    assert first.status == 201, first.body
    link = f"/preferences/{links.token(Link(first.body['id'], 'greeting'))}"
    assert "<form" in visit("GET", link)["body"]
    assert world.api.post(f"/customers/{first.body['id']}/erasure", **OWNER).status == 202
    world.cloud.settle()
    again = world.api.post("/customers", told, query={"allow_forgotten": "true"}, **OWNER)
    assert again.status == 201, again.body
    assert again.body["id"] != first.body["id"]
    world.cloud.settle()
    assert "<form" not in visit("GET", link)["body"]


@known(
    "CVE-2021-27913",
    "Mautic drew its secrets from a generator that can be foretold",
    stands="`secrets` alone: ruff refuses `random` in the functions (`pyproject.toml`)",
    without=put(ids, "new", lambda: random.randbytes(16).hex()),  # noqa: S311
)
def foretold_secrets(_: World) -> None:

    for drawn in (ids.new, rules.new_secret):
        random.seed(1)
        one = drawn()
        random.seed(1)
        assert drawn() != one
    for path in sorted((ROOT / "functions").rglob("*.py")):
        # Only the pauses between two tries of a store are drawn by it.
        found = re.search(r"^(import|from) random\b", path.read_text("utf-8"), re.MULTILINE)
        assert not found or path.name == "table.py", path
