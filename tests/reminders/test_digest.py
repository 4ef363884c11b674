"""One mail a day instead of one for each reminder, and nothing hangs on it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from crm.mail.orders import Order, of_key
from tests.mail.test_crashes import MOST_CALLS, all_faults
from tests.support import faults
from tests.support.post import Mail, event
from tests.support.rows import all_items
from tests.support.shop import Shop
from tests.support.world import Api

CALL = {"to": "staff", "customer_id": "sunita", "at": "2026-12-01T10:00", "subject": "Call Sunita"}
NOON = "2026-11-21T07:00Z"
EIGHT = "2026-12-01T02:15Z"  # 08:00 in Kathmandu


@pytest.fixture
def desk(shop: Shop) -> Shop:
    shop.customer()
    shop.member("manager", timezone="Asia/Kathmandu", reminders="digest")
    return shop


def send(shop: Shop, at: str) -> list[Mail]:
    shop.at(at).tick()
    shop.deliver()
    return shop.post.accepted


def make(api: Api, **fields: Any) -> str:
    made = api.post("/reminders", {**CALL, **fields})
    assert made.status == 201, made.body
    return str(made.headers["location"])


def test_the_days_reminders_and_the_overdue_ones_come_in_one_mail_at_its_hour(desk: Shop, api: Api) -> None:
    paths = [make(api, subject="Bank", customer_id=None, at="2026-12-01T14:30"), make(api, at="2026-12-01T09:55")]
    paths += [make(api, subject="Overdue", at="2026-11-30T23:30"), make(api, repeat="FREQ=DAILY", subject="Daily")]
    tomorrow = make(api, subject="Tomorrow", at="2026-12-02T10:00")
    assert send(desk, "2026-12-01T02:00Z") == []
    [mail] = send(desk, EIGHT)
    assert (mail.key, mail.to) == ("staff_manager_digest_2026-12-01", "manager@shop.example")
    assert mail.subject.startswith("4 ")
    lines = [line for line in mail.text.splitlines() if any(one in line for one in ("Bank", "Sunita", "Daily", "Over"))]
    assert [line.strip("\u2068\u2069").replace("\u202f", " ") for line in lines] == [
        "November 30, 2026, 11:30 PM Overdue (Sunita Rai)",
        "9:55 AM Call Sunita (Sunita Rai)",
        "10:00 AM Daily (Sunita Rai)",
        "2:30 PM Bank",
    ]
    assert [api.get(path).body["state"] for path in (*paths, tomorrow)] == ["sent"] * 3 + ["pending"] * 2
    daily = api.get(paths[3]).body
    assert (daily["at"], daily["last"]["message_key"]) == ("2026-12-02T10:00", mail.key)
    assert len(send(desk, "2026-12-01T09:00Z")) == 1
    assert len(send(desk, "2026-12-02T02:15Z")) == 2


def test_there_is_none_when_nothing_is_due(desk: Shop, api: Api) -> None:
    make(api, at="2026-12-02T10:00")
    assert send(desk, EIGHT) == []
    assert [item for item in all_items() if item["sk"]["S"].startswith("MAIL#")] == []


def test_what_is_made_after_it_for_the_same_day_comes_alone(desk: Shop, api: Api) -> None:
    make(api)
    send(desk, EIGHT)
    make(api, subject="New", at="2026-12-01T16:00")
    assert len(send(desk, "2026-12-01T10:00Z")) == 1
    assert [mail.subject for mail in send(desk, "2026-12-01T10:15Z")][1:] == ["Reminder: New"]


def test_when_it_fails_its_reminders_come_alone(desk: Shop, api: Api) -> None:
    path = make(api)
    desk.post.refusals.append(_refused())
    assert send(desk, EIGHT) == []
    assert api.get("/messages/staff_manager_digest_2026-12-01").body["state"] == "rejected"
    assert api.get(path).body["state"] == "pending"
    assert [mail.key.rpartition("_")[2] for mail in send(desk, "2026-12-01T04:15Z")] == ["once"]


def test_in_doubt_it_goes_again_and_what_ses_reports_settles_the_reminders(desk: Shop, api: Api) -> None:
    path = make(api)
    with faults.losing_answer(operations=["SendEmail"]):
        send(desk, EIGHT)
    assert api.get(path).body["state"] == "pending"
    assert len(send(desk, "2026-12-01T02:25Z")) == 1
    desk.happen(event(desk.post.accepted[0], "Delivery"))
    assert api.get(path).body["state"] == "sent"
    desk.happen(event(desk.post.accepted[0], "Bounce", bounceType="Permanent"))
    assert api.get(path).body["state"] == "failed"


def test_what_was_changed_meanwhile_is_not_settled_by_it(desk: Shop, api: Api) -> None:
    path = make(api)
    with faults.losing_answer(operations=["SendEmail"]):
        send(desk, EIGHT)
    moved = api.post(f"{path}/snooze", {"until": "2026-12-03T10:00"}, headers={"if-match": "1"})
    assert moved.status == 200
    desk.happen(event(desk.post.accepted[0], "Delivery"))
    assert api.get(path).body["state"] == "pending"
    assert len(send(desk, "2026-12-03T02:15Z")) == 2


def test_a_talk_keeps_a_reminder_out_of_it(desk: Shop, api: Api) -> None:
    path = make(api, unless_contact=True)
    desk.at("2026-11-30T10:00Z")
    api.post("/customers/sunita/interactions", {"kind": "call", "at": desk.moment.isoformat(), "summary": "x"})
    assert send(desk, EIGHT) == []
    assert send(desk, "2026-12-01T04:15Z") == []
    assert api.get(path).body["state"] == "skipped"


def test_single_mails_come_again_when_that_is_chosen(desk: Shop, api: Api) -> None:
    make(api)
    api.patch("/staff/manager", {"reminders": "single"}, headers={"if-match": "1"})
    assert send(desk, EIGHT) == []
    assert len(send(desk, "2026-12-01T04:15Z")) == 1
    changed = api.patch("/staff/manager", {"reminders": "digest", "digest_at": "17:00"}, headers={"if-match": "2"})
    assert (changed.body["reminders"], changed.body["digest_at"]) == ("digest", "17:00")
    make(api, at="2026-12-02T10:00")
    assert len(send(desk, "2026-12-02T05:00Z")) == 1
    assert len(send(desk, "2026-12-02T11:15Z")) == 2


def test_one_that_was_held_back_over_midnight_ends_with_its_reason_and_nothing_is_lost(desk: Shop, api: Api) -> None:
    path = make(api)
    desk.post.account.sent = desk.post.account.per_day
    assert send(desk, EIGHT) == []
    held = api.get("/messages/staff_manager_digest_2026-12-01").body
    assert (held["state"], held["reason_code"]) == ("due", "quota")
    assert send(desk, "2026-12-01T18:30Z") == []
    ended = api.get("/messages/staff_manager_digest_2026-12-01").body
    assert (ended["state"], ended["reason_code"]) == ("expired", "quota")
    desk.post.account.sent = 0.0
    [mail] = send(desk, "2026-12-02T02:15Z")
    assert (mail.key, api.get(path).body["state"]) == ("staff_manager_digest_2026-12-02", "sent")


def test_what_is_completed_just_before_the_claim_is_not_told(desk: Shop, api: Api) -> None:
    make(api, subject="Bank", at="2026-12-01T09:00")
    path = make(api)
    desk.at(EIGHT).views()
    text = of_key("staff_manager_digest_2026-12-01").text()
    for _ in range(2):  # the second time nothing is asked that is remembered
        with faults.CrashPoint(1, "before", operations={"TransactWriteItems"}), faults.recording() as calls:
            desk.mailer(text)

    def complete() -> None:
        assert api.post(f"{path}/complete", headers={"if-match": "1"}).status == 200

    with faults.interrupted(at=len(calls), by=complete):
        desk.mailer(text)
    [mail] = desk.post.accepted
    assert ("Bank" in mail.text, "Call Sunita" in mail.text) == (True, False)
    assert api.get(path).body["state"] == "completed"


def _refused() -> Exception:
    answer: Any = {"Error": {"Code": "MessageRejected", "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, "SendEmail")


def day_of(shop: Shop, number: int) -> tuple[Order, list[Order]]:
    """A member with two reminders that are due; the digest, and what would be their own mails."""
    staff = shop.member(f"s{number}", reminders="digest", digest_at="00:00", timezone="Asia/Karachi")
    series = {"repeat": "FREQ=YEARLY", "starts_at": "2026-11-21T09:00", "at": "2026-11-21T09:00"}
    own = [
        shop.reminder(f"STAFF#{staff}", f"a{number}"),
        shop.reminder(f"STAFF#{staff}", f"b{number}", occurrence="20261121T0900", **series),
    ]
    return of_key(f"staff_{staff}_digest_{shop.moment:%Y-%m-%d}"), own


def told_once(shop: Shop, digest: Order, own: list[Order]) -> None:
    """Each reminder was told by one mail: by the digest, or by its own."""
    keys = shop.post.keys()
    for order in own:
        assert keys.count(digest.key) + keys.count(order.key) == 1, order
    assert shop.state_of(own[0]) == "sent"
    assert shop.state_of(own[1]) == "pending"


def test_a_fault_at_every_call_loses_and_doubles_nothing(quick_shop: Shop) -> None:
    shop = quick_shop
    for number, fault in enumerate(all_faults()):
        digest, own = day_of(shop.at(NOON), number)
        shop.views()
        fault.strike(lambda order=digest: shop.mailer(order.text()))  # type: ignore[misc]
        for mail in [mail for mail in shop.post.accepted if mail.key == digest.key]:
            shop.happen(event(mail, "Send"))
        for _ in range(3):
            shop.wait(minutes=8).mailer(digest.text(), *(order.text() for order in own))
        told_once(shop, digest, own)


def test_two_mailers_tell_each_reminder_once_wherever_they_meet(quick_shop: Shop) -> None:
    shop = quick_shop
    for call in range(1, MOST_CALLS):
        digest, own = day_of(shop.at(NOON), call)
        shop.views()
        texts = [order.text() for order in (digest, *own)]
        with faults.interrupted(at=call, by=lambda texts=texts: shop.mailer(*texts)) as calls:  # type: ignore[misc]
            shop.mailer(digest.text())
        shop.mailer(*texts)
        told_once(shop, digest, own)
        if len(calls) < call:
            return
    raise AssertionError("the mailer makes more calls than expected")
