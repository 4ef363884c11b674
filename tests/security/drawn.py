"""Requests that schemathesis draws from the OpenAPI document, sent as somebody, and what is wrong with the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from infra.local.http_message import Request, Response
from tests.security.furnished import OWN_ROLE, OWNER, World
from tests.security.gateway import HOST, Gateway, in_front_of
from tests.support.cloud import Cloud

if TYPE_CHECKING:
    from schemathesis.engine.recorder import CheckFailureInfo
    from schemathesis.schemas import BaseSchema

Only = Callable[[str], bool] | None
BUILT_IN = ("owner", "manager", "sales", "service", "marketing", "till", "readonly")
MACHINE = "machine"
MEMBER = "m"
MACHINES = "service"
"""The role of the key."""
# Their tokens say who they are; a request of theirs must not be able to end the run by taking their role from them.
_LEADING = ("owner", "manager")
CALLERS = (*BUILT_IN, str(OWN_ROLE["id"]), MACHINE)
"""Each built-in role, a role of the business's own with hidden fields, and a machine with its key."""
# Coverage: verbs that no route has never come to a function.
_PHASES: dict[str, dict[str, Any]] = {"coverage": {"unexpected-methods": []}, "fuzzing": {}, "stateful": {}}
# What the gateway, HTTP and the browser say of a message and not of a route.
_OF_EVERY_ANSWER = frozenset({"content-type", "content-length", "www-authenticate"})
# Rules that no schema can say: two fields that exclude each other, an end before its beginning, a cursor that was not
# given to this caller (422); a version that somebody else has changed meanwhile (412) or that is missing (428).
# A number beyond what the store can hold, or half a character, is refused before any schema is looked at (400).
_ACCEPTABLE = ["2xx", "400", "401", "403", "404", "409", "412", "422", "428", "429"]
_REFUSING = ["400", "401", "403", "404", "409", "412", "413", "415", "422", "428", "429"]
_CHECKS = {
    "positive_data_acceptance": {"expected-statuses": _ACCEPTABLE},
    "negative_data_rejection": {"expected-statuses": _REFUSING},
    "missing_required_header": {"expected-statuses": ["400", "401", "403", "404", "409", "422", "428"]},
    # An HTTP API answers 404 for a verb that no route has, and cannot be told to answer 405 with Allow.
    "unsupported_method": {"enabled": False},
}


@dataclass(frozen=True)
class Wrong:
    """A fault: which check found it, where, what it says, and the request that shows it."""

    check: str
    operation: str
    message: str
    request: str = ""


@dataclass
class Found:
    """What was sent and what came of it; `statuses` counts the answers, `wrong` holds one fault of each kind."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    wrong: dict[tuple[str, str, str], Wrong] = field(default_factory=dict)

    def note(self, fault: Wrong) -> None:
        self.wrong.setdefault((fault.check, fault.operation, fault.message[:60]), fault)

    def add(self, other: Found) -> None:
        """Take in what somebody else has found."""
        self.cases += other.cases
        self.statuses += other.statuses
        self.operations |= other.operations
        self.wrong |= other.wrong

    def __str__(self) -> str:
        told = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        return f"{self.cases} requests over {len(self.operations)} operations ({told}): {len(self.wrong)} faults"


def entered(world: World, role: str, keys: Path) -> Gateway:
    """The shop as it was, and the gateway before it with the credential of somebody who has this role.

    `keys`: a directory for the key that tokens are signed with.
    """
    cloud, gateway = world.restored(), Gateway(keys, is_machine=role == MACHINE)
    if role == MACHINE:
        made = cloud.api.post("/keys", {"name": "Shop", "role": MACHINES, "rate": 600}, **OWNER)
        gateway.credential = made.body["key"]
        return gateway
    groups = (role,) if role in _LEADING else ()
    if not groups:
        told = {"role": role, "teams": ["north"]}
        changed = cloud.api.patch(f"/staff/{MEMBER}", told, headers={"if-match": "*"}, **OWNER)
        assert changed.status == 200, changed.body
    gateway.credential = f"Bearer {gateway.token(MEMBER, *groups)}"
    return gateway


def sent(
    world: World, role: str, phase: str, *, keys: Path, cases: int, seed: int | None = None, only: Only = None
) -> Found:
    """At most so many requests of one phase, as one role. `seed`: None draws the same in each run.

    `only`: by an operation such as `GET /customers` whether it is asked.
    """
    found, gateway = Found(), entered(world, role, keys)

    def handle(request: Request) -> Response:
        world.cloud.wait(seconds=1)
        response = gateway.handle(request)
        found.cases += 1
        found.statuses[response.status] += 1
        if response.status < 300 and request.method != "GET":
            _work_off(world.cloud, found, f"{request.method} {request.path}")
        return response

    schema = _schema(world, gateway, phase, cases=cases, seed=seed, only=only)
    with in_front_of(handle):
        stream = from_schema(schema).execute()
        for event in stream:
            _note(event, found, world.document)
            if found.cases >= cases:
                stream.stop()
    for written in gateway.broken:
        found.note(Wrong("written before refused", "", written[:400]))
    return found


def _schema(world: World, gateway: Gateway, phase: str, *, cases: int, seed: int | None, only: Only) -> BaseSchema:
    named = {argument: f"known-{argument}" for argument in world.ids}
    config = SchemathesisConfig.from_dict(
        {
            "base-url": f"https://{HOST}",
            "headers": {"Authorization": gateway.credential},
            "output": {"sanitization": {"enabled": False}},
            "dictionaries": {named[argument]: {"values": values} for argument, values in world.ids.items()},
            "parameters": {
                f"path.{argument}": {"dictionary": named[argument], "probability": 0.8} for argument in world.ids
            },
            "phases": {
                "enabled": False,
                phase: {"enabled": True, **_PHASES[phase]},
            },
            "generation": {
                **({"deterministic": True} if seed is None else {}),
                **({} if phase == "coverage" else {"max-examples": _examples(world, phase, cases, only)}),
                "no-shrink": True,
                "database": "none",
            },
            "checks": _CHECKS,
            **({} if seed is None else {"seed": seed}),
        }
    )
    schema = schemathesis.openapi.from_dict(world.document, config=config)
    return schema.include(lambda ctx: only(ctx.operation.label)) if only else schema


def _examples(world: World, phase: str, cases: int, only: Only) -> int:
    """How many to draw for each operation: each is asked twice more, without a credential and with a wrong one."""
    asked = [one for one in world.operations() if only is None or only(one)]
    return max(cases // (3 * len(asked) if phase == "fuzzing" else 1), 1)


def _work_off(cloud: Cloud, found: Found, after: str) -> None:
    """What follows from a change is done; no job may die of it."""
    try:
        cloud.settle()
    except Exception as died:  # noqa: BLE001 - whatever it is, it is what is looked for
        found.note(Wrong("job", after, repr(died)))
    for queue, body in cloud.dead:
        found.note(Wrong("dead letter", after, f"{queue}: {body[:300]}"))
    cloud.dead.clear()


def _note(event: events.EngineEvent, found: Found, document: dict[str, Any]) -> None:
    if isinstance(event, events.NonFatalError | events.FatalError):
        found.note(Wrong("schemathesis", str(getattr(event, "label", "")), repr(getattr(event, "value", event))[:500]))
    if not isinstance(event, events.ScenarioFinished):
        return
    recorder = event.recorder
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                _note_failure(check.name, check.failure_info, found)
        case, answered = recorder.cases[case_id].value, recorder.interactions[case_id].response
        found.operations.add(case.operation.label)
        if answered is not None:
            _note_headers(case.operation.label, answered.status_code, answered.headers, found, document)


def _note_failure(name: str, failed: CheckFailureInfo, found: Found) -> None:
    told = failed.failure
    found.note(Wrong(name, str(told.operation), told.message[:600], failed.code_sample[:1500]))


def _note_headers(operation: str, status: int, headers: Any, found: Found, document: dict[str, Any]) -> None:
    """schemathesis looks at headers that are documented, not whether others come."""
    method, _, path = operation.partition(" ")
    told = document["paths"][path][method.lower()]["responses"].get(str(status), {})
    documented = {name.lower() for name in told.get("headers", {})}
    for name in {str(one).lower() for one in headers} - documented - _OF_EVERY_ANSWER:
        found.note(Wrong("undocumented header", operation, f"{status}: {name}"))
