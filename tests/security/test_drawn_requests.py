"""Whoever asks for whatever the OpenAPI document allows or forbids: no fault of ours, and no answer that it hides."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crm.access import rules
from crm.customers import service as customers
from tests.security import drawn, furnished
from tests.security.drawn import CALLERS, Found
from tests.security.furnished import OWN_ROLE, World

CASES = int(os.environ.get("CASES", "20000"))
SEED = int(os.environ.get("SEED", "20261122"))
# Of each caller's requests in `make soak`.
SHARES = {"fuzzing": 0.6, "stateful": 0.2, "coverage": 0.2}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with furnished.world(seed=1) as made:
        yield made


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


def told(found: Found) -> str:
    return "\n\n".join(f"{one.check}: {one.operation}\n{one.message}\n{one.request}" for one in found.wrong.values())


def asked_by_each(world: World) -> dict[str, set[str]]:
    """Every operation by one caller who may ask it, each caller as many as can be."""
    asked: dict[str, set[str]] = {caller: set() for caller in CALLERS}
    policy = rules.policy()
    rights = {name: role.rights for name, role in policy.roles.items()}
    rights |= {"counter": rules.own_role("counter", OWN_ROLE).rights, drawn.MACHINE: rights[drawn.MACHINES]}
    for operation in world.operations():
        needed = policy.routes.get(operation)
        may = [caller for caller in CALLERS if needed is None or needed in rights[caller]]
        min((asked[caller] for caller in may), key=len).add(operation)
    return asked


def test_each_operation_answers_as_it_is_documented_asked_by_somebody_who_may(world: World, keys: Path) -> None:
    found = Found()
    for caller, operations in asked_by_each(world).items():
        found.add(
            drawn.sent(world, caller, "fuzzing", keys=keys, cases=3 * len(operations), only=operations.__contains__)
        )
    assert told(found) == ""
    assert len(found.operations) > 0.9 * len(world.operations())
    assert found.statuses[200] + found.statuses[201] > 0.1 * found.cases, str(found)


@pytest.mark.parametrize("phase", ["coverage", "stateful"])
def test_a_share_of_what_is_enumerated_and_of_what_follows_on_itself(world: World, keys: Path, phase: str) -> None:
    found = drawn.sent(world, "manager", phase, keys=keys, cases=90)
    assert told(found) == ""
    assert found.cases >= 30


def test_what_is_planted_is_found(world: World, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(operation: str) -> bool:
        return operation == "GET /customers/{customer_id}"

    def dies(**_: Any) -> Any:
        raise KeyError("planted")

    assert told(drawn.sent(world, "manager", "fuzzing", keys=keys, cases=12, only=get)) == ""
    with monkeypatch.context() as patch:
        patch.setattr(customers, "get", dies)
        assert "not_a_server_error" in told(drawn.sent(world, "manager", "fuzzing", keys=keys, cases=12, only=get))
    without = {**world.document, "paths": {**world.document["paths"]}}
    path = without["paths"]["/customers/{customer_id}"]
    kept = {code: answer for code, answer in path["get"]["responses"].items() if code not in {"200", "404"}}
    without["paths"]["/customers/{customer_id}"] = {**path, "get": {**path["get"], "responses": kept}}
    monkeypatch.setattr(world, "document", without)
    assert "status_code_conformance" in told(drawn.sent(world, "manager", "fuzzing", keys=keys, cases=12, only=get))


@pytest.mark.soak
def test_many_requests_as_everybody(world: World, keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, each = Found(), CASES // len(CALLERS)
    names = world.operations()
    for number, caller in enumerate(CALLERS):
        for phase, share in SHARES.items():
            # All of one operation's enumerated cases are some hundred: each caller takes others.
            own = set(names[number :: len(CALLERS)]).__contains__ if phase == "coverage" else None
            many = round(each * share)
            sent = Found()
            while sent.cases < many:
                more = drawn.sent(
                    world, caller, phase, keys=keys, cases=many - sent.cases, seed=SEED + sent.cases, only=own
                )
                sent.add(more)
                if not more.cases or phase == "coverage":
                    break
            found.add(sent)
            with capsys.disabled():
                print(f"\n{caller}, {phase}: {sent}", end="", flush=True)  # noqa: T201 - what `make soak` shows
    with capsys.disabled():
        print(f"\ndrawn requests, seed {SEED}: {found}")  # noqa: T201
    assert told(found) == ""
    assert found.cases >= 0.9 * CASES
