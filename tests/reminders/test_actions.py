"""Snooze, complete, reopen, reassign: what each does, once, whoever repeats it and whatever dies in between."""

from __future__ import annotations

from typing import Any

import pytest

from crm.reminders.models import ReminderPointer
from tests.support import faults
from tests.support.post import event
from tests.support.rows import all_items, count
from tests.support.shop import Shop
from tests.support.world import Answer, Api

CALL = {"to": "staff", "customer_id": "sunita", "at": "2026-12-01T10:00", "subject": "Call Sunita"}
WEEKLY = {**CALL, "repeat": "FREQ=WEEKLY"}


@pytest.fixture
def desk(shop: Shop) -> Shop:
    shop.customer(timezone="Asia/Kathmandu")
    for staff_id in ("manager", "sales"):
        shop.member(staff_id, timezone="Asia/Kathmandu")
    return shop


def send(shop: Shop, at: str | None = None) -> list[str]:
    """A tick and the mailer at an instant; whom all mails so far went to."""
    (shop.at(at) if at else shop).tick()
    shop.deliver()
    return [mail.to for mail in shop.post.accepted]


def do(
    api: Api, path: str, action: str, body: Any = None, *, key: str | None = None, version: int | None = None
) -> Answer:
    version = version or api.get(path).body["version"]
    headers = {"if-match": str(version), **({"idempotency-key": key} if key else {})}
    return api.post(f"{path}/{action}", body, headers=headers)


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"until": "2026-12-03T08:00"}, "2026-12-03T08:00"),
        ({"for": "PT2H"}, "2026-12-01T12:01"),
        ({"for": "P1D"}, "2026-12-02T10:01"),
        ({"for": "P1M"}, "2027-01-01T10:01"),
    ],
)
def test_one_that_was_told_comes_again_after_a_snooze_in_a_mail_of_its_own(
    desk: Shop, api: Api, body: dict[str, str], at: str
) -> None:
    path = api.post("/reminders", CALL).headers["location"]
    send(desk, "2026-12-01T04:15:20Z")
    snoozed = do(api, path, "snooze", body)
    assert (snoozed.status, snoozed.body["state"], snoozed.body["at"]) == (200, "pending", at)
    assert desk.wait(minutes=1).tick() == 0
    assert len(send(desk, snoozed.body["due_at"])) == 2
    assert len(set(desk.post.keys())) == 2
    assert api.get(path).body["state"] == "sent"


def test_one_that_is_due_is_put_off_and_keeps_its_only_mail(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", CALL).headers["location"]
    desk.at("2026-12-01T04:15Z").tick()
    assert do(api, path, "snooze", {"for": "PT1H"}).body["occurrence"] == "once"
    desk.deliver()
    assert desk.post.accepted == []
    assert send(desk, "2026-12-01T05:15Z") == ["manager@shop.example"]


def test_a_series_goes_on_after_a_snooze(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", WEEKLY).headers["location"]
    send(desk, "2026-12-01T04:15Z")
    again = do(api, path, "snooze", {"until": "2026-12-03T10:00"}).body
    assert (again["at"], again["upcoming"][0], again["occurrence"]) == (
        "2026-12-03T10:00",
        "2026-12-08T10:00",
        "20261203T1000",
    )
    send(desk, "2026-12-03T04:15Z")
    assert api.get(path).body["at"] == "2026-12-08T10:00"
    put_off = do(api, path, "snooze", {"until": "2026-12-16T09:00"}).body
    assert (put_off["occurrence"], put_off["upcoming"][0]) == ("20261208T1000", "2026-12-22T10:00")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"until": "2026-11-01T10:00"}, "/until"),
        ({"until": "soon"}, "/until"),
        ({"for": "P0D"}, "/for"),
        ({"for": "-PT2H"}, "/for"),
        ({"for": "two hours"}, "/for"),
        ({"for": "P999Y"}, "/for"),
        ({"for": "P99999D"}, "/for"),
        ({"for": "PT2H", "until": "2026-12-03T10:00"}, ""),
        ({}, ""),
    ],
)
def test_a_snooze_to_no_time_is_refused_by_name(desk: Shop, api: Api, body: dict[str, str], pointer: str) -> None:
    path = api.post("/reminders", CALL).headers["location"]
    refused = do(api, path, "snooze", body)
    assert (refused.status, [error["pointer"] for error in refused.body["errors"]]) == (422, [pointer])
    assert api.get(path).body["version"] == 1


def test_what_is_completed_is_not_sent_and_can_be_reopened(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", CALL).headers["location"]
    desk.at("2026-12-01T04:15Z").tick()
    assert do(api, path, "complete").body["state"] == "completed"
    desk.deliver()
    assert (desk.post.accepted, desk.tick()) == ([], 0)
    assert do(api, path, "complete").status == 409
    assert do(api, path, "snooze", {"for": "PT1H"}).status == 409
    assert do(api, path, "reopen").body["state"] == "pending"
    assert len(send(desk)) == 1
    assert do(api, path, "complete").body["state"] == "completed"
    desk.happen(event(desk.post.accepted[0], "Bounce", bounceType="Permanent"))
    assert api.get(path).body["state"] == "completed"
    assert do(api, path, "reopen").body["state"] == "sent"
    assert do(api, path, "reopen").status == 409


def test_completing_one_of_a_series_moves_on(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", WEEKLY).headers["location"]
    done = do(api, path, "complete").body
    assert (done["state"], done["at"], done["last"]["state"]) == ("pending", "2026-12-08T10:00", "completed")
    assert do(api, path, "reopen").body["at"] == "2026-12-01T10:00"
    do(api, path, "complete")
    assert send(desk, "2026-12-01T04:15Z") == []
    assert len(send(desk, "2026-12-08T04:15Z")) == 1


def test_after_an_occurrence_was_told_completing_means_that_one_and_the_next_one_still_comes(
    desk: Shop, api: Api
) -> None:
    path = api.post("/reminders", WEEKLY).headers["location"]
    send(desk, "2026-12-01T04:15Z")
    done = do(api, path, "complete").body
    assert (done["at"], done["last"]["occurrence"], done["last"]["state"]) == (
        "2026-12-08T10:00",
        "20261201T1000",
        "completed",
    )
    desk.happen(event(desk.post.accepted[0], "Delivery"))
    assert api.get(path).body["last"]["state"] == "completed"
    assert do(api, path, "reopen").body["last"]["state"] == "sent"
    # Ahead of its time only when it is named.
    assert api.post(f"{path}/complete", headers={"if-match": "*"}, query={"occurrence": "x"}).status == 422
    named = api.post(f"{path}/complete", headers={"if-match": "*"}, query={"occurrence": "20261208T1000"})
    assert (named.body["at"], named.body["last"]["at"]) == ("2026-12-15T10:00", "2026-12-08T10:00")
    assert len(send(desk, "2026-12-08T04:15Z")) == 1


def test_completing_the_last_of_a_series_ends_it(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", {**WEEKLY, "repeat": "FREQ=WEEKLY;COUNT=1"}).headers["location"]
    ended = do(api, path, "complete").body
    assert (ended["state"], ended["upcoming"]) == ("completed", [])
    assert send(desk, "2026-12-20T04:15Z") == []


@pytest.mark.parametrize("made", [CALL, WEEKLY], ids=["once", "weekly"])
def test_a_reassigned_reminder_goes_to_the_other_and_what_was_sent_stays(
    desk: Shop, api: Api, made: dict[str, Any]
) -> None:
    path = api.post("/reminders", made).headers["location"]
    send(desk, "2026-12-01T04:15Z")
    if made is CALL:
        do(api, path, "snooze", {"until": "2026-12-08T10:00"})
    given = do(api, path, "reassign", {"staff": "sales"})
    assert (given.status, given.body["staff"], given.body["state"]) == (200, "sales", "pending")
    assert api.get(path).body == given.body
    assert send(desk, "2026-12-08T04:15Z") == ["manager@shop.example", "sales@shop.example"]
    kept = [item["pk"]["S"] for item in all_items() if item["sk"]["S"].startswith("MAIL#")]
    assert sorted(kept) == ["STAFF#manager", "STAFF#sales"]
    back = do(api, path, "reassign", {"staff": "manager"})
    assert back.body["staff"] == "manager"
    assert (count("reminder"), count("reminder_pointer")) == (1, 1)


def test_a_reminder_that_comes_back_to_somebody_who_was_told_is_told_again(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", CALL).headers["location"]
    with faults.losing_answer(operations=["SendEmail"]):
        send(desk, "2026-12-01T04:15Z")
    assert api.get(path).body["state"] == "in_doubt"
    for staff_id in ("sales", "manager"):
        assert do(api, path, "reassign", {"staff": staff_id}).body["state"] == "pending"
    assert len(send(desk)) == 2
    assert api.get(path).body["state"] == "sent"


def test_who_cannot_get_it_is_refused_by_name(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", CALL).headers["location"]
    for staff_id in ("nobody", "manager"):
        refused = do(api, path, "reassign", {"staff": staff_id})
        assert (refused.status, [error["pointer"] for error in refused.body["errors"]]) == (422, ["/staff"])
    mine = api.post("/reminders", {**CALL, "to": "customer"}).headers["location"]
    assert do(api, mine, "reassign", {"staff": "sales"}).status == 409


def test_a_completed_reminder_can_still_be_reopened_after_somebody_tried_to_give_it_away(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", CALL).headers["location"]
    do(api, path, "complete")
    refused = do(api, path, "reassign", {"staff": "sales"})
    assert (refused.status, refused.body["detail"]) == (409, "it is completed; reopen it first")
    assert do(api, path, "reopen").body["state"] == "pending"
    assert do(api, path, "reassign", {"staff": "sales"}).body["staff"] == "sales"


ACTIONS = [("snooze", {"for": "P1D"}), ("complete", None), ("reassign", {"staff": "sales"})]


@pytest.mark.parametrize(("action", "body"), ACTIONS, ids=[action for action, _ in ACTIONS])
def test_an_action_needs_the_version_it_is_based_on_and_is_done_once_under_a_key(
    desk: Shop, api: Api, action: str, body: Any
) -> None:
    path = api.post("/reminders", WEEKLY).headers["location"]
    assert api.post(f"{path}/{action}", body).status == 428
    assert do(api, path, action, body, version=7).status == 412
    first = do(api, path, action, body, key="k", version=1)
    again = do(api, path, action, body, key="k", version=1)
    assert (first.status, first.body) == (200, again.body)
    assert do(api, path, action, body, version=1).status == 412
    other = {"for": "P2D"} if action == "snooze" else {"staff": "manager"}
    if action != "complete":
        assert do(api, path, action, other, key="k").body["type"] == "urn:crm:problem:idempotency-key-reused"
    assert do(api, "/reminders/nothing", action, body, version=1).status == 404


@pytest.mark.parametrize(("action", "body"), ACTIONS, ids=[action for action, _ in ACTIONS])
def test_an_action_that_dies_anywhere_is_done_whole_when_it_is_repeated(
    quick_shop: Shop, action: str, body: Any
) -> None:
    api, shop = Api(), quick_shop
    shop.customer()
    for staff_id in ("manager", "sales"):
        shop.member(staff_id)
    wanted: Any = None

    def changed(path: str) -> dict[str, Any]:
        answer = do(api, path, action, body, key="k", version=1)
        assert answer.status == 200
        return {name: value for name, value in answer.body.items() if name not in ("id", "last")}

    def one() -> str:
        return str(api.post("/reminders", WEEKLY).headers["location"])

    wanted = changed(one())
    for point in faults.crash_points():
        path = one()
        with point:
            do(api, path, action, body, key="k", version=1)
        assert changed(path) == wanted
    for call in range(1, 20):
        path = one()
        with faults.losing_answer(at=call) as calls:
            do(api, path, action, body, key="k", version=1)
        assert changed(path) == wanted
        if len(calls) < call:
            break
    assert [item["pk"]["S"] for item in all_items() if item["sk"]["S"].startswith("REMINDER#")].count(
        "STAFF#manager"
    ) == (0 if action == "reassign" else count("reminder"))


def test_an_action_and_the_mailer_meet_anywhere_and_nothing_is_lost_or_told_twice(quick_shop: Shop) -> None:
    api, shop = Api(), quick_shop
    shop.customer()
    for staff_id in ("manager", "sales"):
        shop.member(staff_id)
    for call in range(1, 40):
        reminder_id = f"r{call}"
        order = shop.reminder("STAFF#manager", reminder_id)
        _point_to(order.pk, reminder_id)

        def other(path: str = f"/reminders/{reminder_id}") -> None:
            assert api.post(f"{path}/reassign", {"staff": "sales"}, headers={"if-match": "*"}).status in (200, 409)

        with faults.interrupted(at=call, by=other) as calls:
            shop.mailer(order.text())
        now = api.get(f"/reminders/{reminder_id}").body
        told = shop.post.keys().count(order.key)
        # The one before was told and it stays settled, or it is the other's to be told.
        assert (told, now["staff"], now["state"]) in {
            (1, "manager", "sent"),
            (1, "sales", "sent"),
            (0, "sales", "pending"),
        }
        if len(calls) < call:
            return
    raise AssertionError("the mailer makes more calls than expected")


def test_what_is_completed_before_the_claim_is_not_told_wherever_they_meet(quick_shop: Shop) -> None:
    api, shop = Api(), quick_shop
    shop.member("manager")
    for call in range(1, 40):
        order = shop.reminder("STAFF#manager", f"r{call}")
        _point_to(order.pk, order.rule)
        told_before: list[int] = []

        def other(path: str = f"/reminders/{order.rule}", key: str = order.key, told: list[int] = told_before) -> None:
            if api.post(f"{path}/complete", headers={"if-match": "*"}).status == 200:
                told.append(shop.post.keys().count(key))

        with faults.interrupted(at=call, by=other) as calls:
            shop.mailer(order.text())
        if told_before:
            assert (shop.post.keys().count(order.key), shop.state_of(order)) == (told_before[0], "completed")
        else:
            assert (shop.post.keys().count(order.key), shop.state_of(order)) == (1, "sent")
        if len(calls) < call:
            return
    raise AssertionError("the mailer makes more calls than expected")


def test_of_two_changes_that_are_based_on_one_version_one_is_made(desk: Shop, api: Api) -> None:
    for call in range(1, 20):
        path = api.post("/reminders", WEEKLY).headers["location"]
        statuses: list[int] = []

        def other(path: str = path, statuses: list[int] = statuses) -> None:
            statuses.append(api.patch(path, {"subject": "Other"}, headers={"if-match": "1"}).status)

        with faults.interrupted(at=call, by=other) as calls:
            statuses.append(do(api, path, "snooze", {"for": "P1D"}, version=1).status)
        assert sorted(statuses) == ([200, 412] if len(calls) >= call else [200])
        if len(calls) < call:
            return
    raise AssertionError("an action makes more calls than expected")


def _point_to(owner: str, reminder_id: str) -> None:
    ReminderPointer(f"REMINDER#{reminder_id}", "POINTER", owner_pk=owner, request_hash="-").save()
