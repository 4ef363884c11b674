"""An erasure beside other work, asked for at any moment of it: when all is done, nothing of the person is anywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crm.imports import running
from tests.imports.office import Office, table
from tests.merges.merging import request
from tests.privacy.canaries import Aviary, found, made
from tests.support import faults
from tests.support.cloud import Cloud, at
from tests.support.wires import CONSUMERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER = ("Name", "Email", "Address", "Phone")
World = tuple[Cloud, Aviary]


@pytest.fixture
def world_of_canaries(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    # One thread, so that each call has its number in every run.
    monkeypatch.setattr(running, "THREADS", 1)
    cloud = Cloud(at("2026-11-21T09:00Z"))
    with cloud.running():
        yield cloud, Aviary()


def somebody(cloud: Cloud, canary: Aviary) -> str:
    fields = {
        "name": canary("name"),
        "email": f"{canary('email')}@example.org",
        "address": canary("address"),
        "tags": [canary("tag")],
        "timezone": "UTC",
        "consent": {"greeting": True},
    }
    person = str(made(cloud.api.post("/customers", fields))["id"])
    made(cloud.api.post(f"/customers/{person}/interactions", {"kind": "call", "summary": canary("summary")}))
    cloud.settle()
    return person


def steps(cloud: Cloud, most: int) -> bool:
    """Some batches of the stream and the queues, one after the other; whether there were so many."""
    for _ in range(most):
        if not any(
            work() for work in (cloud.project, *(lambda one=one: cloud.receive(one, most=1) for one in CONSUMERS))
        ):
            return False
    return True


def erased(cloud: Cloud, person: str) -> None:
    """As soon as it can be: whoever is being merged is asked for again."""
    for _ in range(200):
        answer = cloud.api.post(f"/customers/{person}/erasure")
        if answer.status == 202:
            break
        assert answer.status == 409, answer.body
        assert steps(cloud, 1)
    for _ in range(8):
        cloud.settle()
        cloud.wait(minutes=20)
    cloud.live(until=cloud.now + timedelta(hours=1))
    assert cloud.api.get(f"/erasures/{answer.body['id']}").body["state"] == "done"


def asked(cloud: Cloud, person: str) -> None:
    """The erasure goes as far as it can without time passing: no function lives for a quarter of an hour."""
    assert cloud.api.post(f"/customers/{person}/erasure").status == 202
    cloud.settle()


def a_file_is_run(cloud: Cloud, canary: Aviary, person: str) -> None:
    """Three rows of theirs, among others' and a bad one."""
    email = f"{canary('email')}@example.org"
    rows = [
        ("Somebody", "else@example.org", "Elsewhere 1", ""),
        (canary("file name"), email, canary("file address"), ""),
        (canary("name"), f"{canary('bad mail')} at home", canary("refused address"), ""),
        (canary("second file name"), email, "", ""),
    ]
    office = Office(cloud.api)
    import_id = office.upload(table(HEADER, rows))
    cloud.settle()
    assert cloud.api.post(f"/imports/{import_id}/run").status == 202


def a_file_is_read(cloud: Cloud, canary: Aviary, person: str) -> None:
    """It is not known yet what is in it."""
    rows = [(canary("file name"), f"{canary('email')}@example.org", canary("file address"), "")]
    Office(cloud.api).upload(table(HEADER, rows))


def all_is_exported(cloud: Cloud, canary: Aviary, person: str) -> None:
    for asked in ({}, {"what": "everything", "format": "jsonl"}):
        assert cloud.api.post("/exports", asked).status == 202


def two_records_become_one(cloud: Cloud, canary: Aviary, person: str) -> None:
    other = {"name": canary("twin"), "email": f"{canary('twin mail')}@example.org", "custom": {"a": canary("twin own")}}
    twin = made(cloud.api.post("/customers", other))["id"]
    made(cloud.api.post(f"/customers/{twin}/interactions", {"kind": "call", "summary": canary("twin call")}))
    cloud.settle()
    made(cloud.api.post("/merges", request(cloud.api, person, twin)))


def their_record_goes_into_another(cloud: Cloud, canary: Aviary, person: str) -> None:
    other = {"name": canary("survivor"), "email": f"{canary('survivor mail')}@example.org"}
    survivor = made(cloud.api.post("/customers", other))["id"]
    cloud.settle()
    made(cloud.api.post("/merges", request(cloud.api, survivor, person)))


def mail_is_under_way(cloud: Cloud, canary: Aviary, person: str) -> None:
    texts = {"subject": canary("subject"), "message": canary("message")}
    due = {"to": "customer", "customer_id": person, "at": "2026-11-21T09:15", "timezone": "UTC"}
    made(cloud.api.post("/reminders", {**due, **texts}))
    cloud.settle()
    cloud.wait(minutes=15)
    cloud.fire()


@pytest.mark.parametrize(
    "begin",
    [
        a_file_is_run,
        a_file_is_read,
        all_is_exported,
        two_records_become_one,
        their_record_goes_into_another,
        mail_is_under_way,
    ],
)
def test_nothing_is_left_however_far_other_work_is(
    world_of_canaries: World, begin: Callable[[Cloud, Aviary, str], None], every: int
) -> None:
    first, canary = world_of_canaries
    blank = Cloud(first.now)
    blank.restore(first)
    for done in range(0, 200, every):
        first.restore(blank)
        person = somebody(first, canary)
        begin(first, canary, person)
        is_under_way = steps(first, done)
        erased(first, person)
        assert found(first, canary) == {}, f"erased after {done} steps"
        if not is_under_way:
            return
    raise AssertionError("the work does not come to an end")


def test_nothing_is_left_of_mail_whose_mailer_died_anywhere(world_of_canaries: World, every: int) -> None:
    """Claimed, handed over, or with an answer that nobody has written down."""
    cloud, canary = world_of_canaries
    blank = Cloud(cloud.now)
    blank.restore(cloud)
    for crash in faults.crash_points(every=every):
        cloud.restore(blank)
        person = somebody(cloud, canary)
        mail_is_under_way(cloud, canary, person)
        _dying(cloud, crash)
        erased(cloud, person)
        assert found(cloud, canary) == {}, str(crash)


def _dying(cloud: Cloud, crash: Any) -> None:
    with crash:
        cloud.receive("mail")
    # The cloud takes a death for itself; the point is what is left behind.


@pytest.mark.parametrize("begin", [a_file_is_run, a_file_is_read, all_is_exported])
def test_nothing_is_left_by_a_function_that_began_before_the_erasure_and_ended_after_it(
    world_of_canaries: World, begin: Callable[[Cloud, Aviary, str], None], every: int
) -> None:
    first, canary = world_of_canaries
    blank = Cloud(first.now)
    blank.restore(first)
    for call in range(1, 400, every):
        first.restore(blank)
        person = somebody(first, canary)
        begin(first, canary, person)
        with faults.interrupted(at=call, by=lambda person=person: asked(first, person)) as calls:  # type: ignore[misc]
            first.settle()
        if len(calls) < call:
            return
        erased(first, person)
        assert found(first, canary) == {}, f"erased before call {call}, {calls[call - 1]}"
    raise AssertionError("the work does not come to an end")
