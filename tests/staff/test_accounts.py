"""Members are invited once, whatever dies meanwhile; whoever is let go, or signed out, gets in nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crm.access import roster
from tests.support import faults
from tests.support.cloud import Cloud
from tests.support.sign_in import SETTINGS, Pool
from tests.support.world import Answer

BILAL = {"id": "bilal", "name": "Bilal", "email": "bilal@shop.example", "role": "sales"}
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ANY = {"if-match": "*"}


@contextmanager
def running(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Cloud, Pool]]:
    """A cloud with a user pool; processes know nothing of each other's roster."""
    directory.mkdir(exist_ok=True)
    monkeypatch.setenv("STAFF_POOL", SETTINGS.pool)
    cloud, pool = Cloud(NOW), Pool(directory)
    cloud.memory.others |= pool.answers()
    with cloud.running():
        yield cloud, pool


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Cloud, Pool]]:
    with running(tmp_path, monkeypatch) as found:
        yield found


def invited(cloud: Cloud, **changes: Any) -> None:
    entered = cloud.api.post("/staff", BILAL | changes, headers={"idempotency-key": "b"})
    assert entered.status == 201, entered.body
    cloud.settle()


def account(cloud: Cloud, staff_id: str = "bilal") -> Any:
    return cloud.api.get(f"/staff/{staff_id}/account").body


def changed(cloud: Cloud, **fields: Any) -> None:
    answer = cloud.api.patch("/staff/bilal", fields, headers=ANY)
    assert answer.status == 200, answer.body
    cloud.settle()


def as_bilal(cloud: Cloud, signed_in: datetime | None) -> Answer:
    roster.forget()
    at = None if signed_in is None else int(signed_in.timestamp())
    return cloud.api.get("/staff/bilal", caller="bilal", role=None, signed_in=at)


def test_a_member_with_an_address_is_invited_once(shop: tuple[Cloud, Pool]) -> None:
    cloud, pool = shop
    invited(cloud)
    invited(cloud)
    changed(cloud, language="ur")
    assert [(mail.to, pool.person("bilal").status) for mail in pool.mails] == [
        ("bilal@shop.example", "FORCE_CHANGE_PASSWORD")
    ]
    assert pool.calls == [("AdminCreateUser", "bilal")]
    told = account(cloud)
    assert (told["state"], told["email"], told["reason"]) == ("invited", "bilal@shop.example", None)


def test_without_an_address_nobody_is_invited_until_there_is_one(shop: tuple[Cloud, Pool]) -> None:
    cloud, pool = shop
    cloud.api.post("/staff", {"id": "bilal", "name": "Bilal"})
    cloud.settle()
    assert (account(cloud)["state"], pool.calls) == ("none", [])
    changed(cloud, email="bilal@shop.example")
    assert [mail.to for mail in pool.mails] == ["bilal@shop.example"]


def test_whatever_dies_meanwhile_the_invitation_is_mailed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    for number, crash in enumerate(faults.crash_points(every=every)):
        with running(tmp_path / str(number), monkeypatch) as (cloud, pool):
            with crash:
                invited(cloud)
            invited(cloud)
            cloud.wait(hours=1).settle()
            assert [mail.to for mail in pool.mails] == ["bilal@shop.example"], crash
            assert account(cloud)["state"] == "invited", crash
    assert number > 10 / every


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_of_cognito_that_was_lost_is_not_asked_for_by_another_mail(
    shop: tuple[Cloud, Pool], when: str
) -> None:
    cloud, pool = shop
    lost = faults.losing_answer(at=1, operations={"AdminCreateUser"})
    point = faults.CrashPoint(1, "before", operations={"AdminCreateUser"})
    with lost if when == "after" else point:
        invited(cloud)
    cloud.wait(hours=1).settle()
    assert (len(pool.mails), account(cloud)["state"]) == (1, "invited")


def test_an_account_that_others_made_is_left_to_them(shop: tuple[Cloud, Pool]) -> None:
    cloud, pool = shop
    invited(cloud, id="owner", email="other@shop.example")
    assert (account(cloud, "owner")["state"], pool.mails) == ("there", [])
    answer = cloud.api.patch("/staff/owner", {"email": "mine@shop.example", "inactive": True}, headers=ANY)
    assert answer.status == 200
    cloud.settle()
    assert pool.person("owner").enabled
    assert pool.person("owner").email is None


@pytest.mark.parametrize(
    ("refusal", "state", "word"),
    [
        ("CodeDeliveryFailureException", "undelivered", "could not be sent"),
        ("LimitExceededException", "undelivered", "mails of the day"),
        ("AliasExistsException", "refused", "somebody else"),
        ("InvalidParameterException", "refused", "InvalidParameterException"),
    ],
)
def test_what_cognito_refuses_is_said_and_can_be_asked_for_again(
    shop: tuple[Cloud, Pool], refusal: str, state: str, word: str
) -> None:
    cloud, pool = shop
    pool.refusals.append(refusal)
    invited(cloud)
    told = account(cloud)
    assert (told["state"], len(pool.mails)) == (state, 0)
    assert word in told["reason"]
    for _ in range(2):
        asked = cloud.api.post("/staff/bilal/invitation", headers={"idempotency-key": "again"})
        assert asked.status == 202
        cloud.settle()
    assert len(pool.mails) == 1
    assert account(cloud)["reason"] is None


def test_a_busy_cognito_is_waited_for(shop: tuple[Cloud, Pool]) -> None:
    cloud, pool = shop
    pool.refusals += ["TooManyRequestsException", "InternalErrorException"]
    invited(cloud)
    for _ in range(2):
        cloud.wait(minutes=1).settle()
    assert (len(pool.mails), cloud.dead) == (1, [])


def test_whoever_has_signed_in_needs_no_second_invitation(shop: tuple[Cloud, Pool]) -> None:
    cloud, pool = shop
    invited(cloud)
    pool.people.confirm("bilal")
    cloud.api.post("/staff/bilal/invitation")
    cloud.settle()
    assert (len(pool.mails), account(cloud)["reason"]) == (1, "has signed in already")


def test_whoever_is_let_go_is_shut_out_and_let_in_when_they_are_back(shop: tuple[Cloud, Pool]) -> None:
    cloud, pool = shop
    invited(cloud)
    assert as_bilal(cloud, NOW).status == 200
    changed(cloud, inactive=True)
    gone = pool.person("bilal")
    assert (gone.enabled, gone.signed_out > 0) == (False, True)
    assert as_bilal(cloud, NOW).status == 403
    changed(cloud, inactive=False)
    assert pool.person("bilal").enabled
    assert as_bilal(cloud, NOW).status == 200


def test_signed_out_everywhere_refuses_every_earlier_token_at_once(shop: tuple[Cloud, Pool]) -> None:
    cloud, pool = shop
    invited(cloud)
    cloud.wait(minutes=5)
    answer = cloud.api.post("/staff/bilal/sign-out", headers={"idempotency-key": "out"})
    assert answer.status == 204
    # Before Cognito was told, and of tokens that were renewed since: they keep when one has signed in.
    assert [as_bilal(cloud, at).status for at in (NOW, cloud.now, None)] == [401, 401, 401]
    cloud.settle()
    assert pool.person("bilal").signed_out > 0
    cloud.wait(minutes=1)
    assert as_bilal(cloud, cloud.now).status == 200
    again = cloud.api.post("/staff/bilal/sign-out", headers={"idempotency-key": "out"})
    assert (again.status, as_bilal(cloud, cloud.now).status) == (204, 200)


def test_a_sign_out_gets_through_to_cognito_whatever_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    for number, crash in enumerate(faults.crash_points(every=every)):
        with running(tmp_path / str(number), monkeypatch) as (cloud, pool):
            invited(cloud)
            with crash:
                changed(cloud, inactive=True)
            changed(cloud, inactive=True)
            cloud.wait(hours=1).settle()
            assert not pool.person("bilal").enabled, crash
            assert pool.person("bilal").signed_out > 0, crash


def test_everybody_signs_themselves_out_and_nobody_their_betters(shop: tuple[Cloud, Pool]) -> None:
    cloud, _ = shop
    invited(cloud)
    cloud.api.post("/staff", {"id": "nadia", "name": "Nadia", "role": "owner"}, caller="owner", role="owner")
    out = {
        who: cloud.api.post("/staff/nadia/sign-out", caller=who, role=role).status
        for who, role in (("bilal", None), ("manager", "manager"), ("nadia", None))
    }
    assert out == {"bilal": 403, "manager": 403, "nadia": 204}
    assert cloud.api.post("/staff/bilal/sign-out", caller="bilal", role=None).status == 204
    assert cloud.api.post("/staff/nobody/sign-out").status == 404


def test_nobody_takes_over_an_owner_by_another_address(shop: tuple[Cloud, Pool]) -> None:
    cloud, pool = shop
    owner = {"id": "nadia", "name": "Nadia", "role": "owner", "email": "nadia@shop.example"}
    cloud.api.post("/staff", owner, caller="owner", role="owner")
    cloud.settle()
    stolen = cloud.api.patch("/staff/nadia", {"email": "manager@shop.example"}, headers=ANY)
    cloud.settle()
    assert (stolen.status, pool.person("nadia").email) == (403, "nadia@shop.example")
    moved = cloud.api.patch("/staff/nadia", {"email": "n@shop.example"}, headers=ANY, caller="nadia", role=None)
    cloud.settle()
    assert (moved.status, pool.person("nadia").email) == (200, "n@shop.example")


def test_the_command_makes_an_owner_and_may_be_repeated(shop: tuple[Cloud, Pool]) -> None:
    cloud, pool = shop
    for _ in range(2):
        cloud.send("jobs", '{"job": "owner", "staff": "nadia", "name": "Nadia", "email": "nadia@shop.example"}')
        cloud.settle()
    assert [mail.to for mail in pool.mails] == ["nadia@shop.example"]
    roster.forget()
    assert cloud.api.get("/roles", caller="nadia", role=None).status == 200
    cloud.api.patch("/staff/nadia", {"role": "till"}, headers=ANY, caller="owner", role="owner")
    cloud.send("jobs", '{"job": "owner", "staff": "nadia", "name": "Nadia", "email": "nadia@shop.example"}')
    cloud.settle()
    assert cloud.api.get("/staff/nadia").body["role"] == "owner"


def test_without_a_pool_of_its_own_the_crm_invites_nobody(
    shop: tuple[Cloud, Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud, pool = shop
    monkeypatch.setenv("STAFF_POOL", "")
    from tests.support.world import forget  # noqa: PLC0415 - settings are read once

    forget()
    invited(cloud)
    assert (pool.calls, account(cloud)["state"]) == ([], "none")
