"""What passes by itself keeps a mail back and loses none: the recipient's quiet hours, an SES that takes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from crm.business.models import PARTITION, SORT, Customs
from crm.core import clock
from crm.mail import orders
from crm.mail.models import Message
from tests.support.shop import Shop, birthday_of
from tests.support.world import Api

ORDER = birthday_of("sunita")


def customs(**decided: Any) -> None:
    Customs(PARTITION, SORT, version=1, updated_at=clock.stamp(), **decided).save()


def outcome(message: Message) -> tuple[str, str | None]:
    return message.state, message.reason_code


@pytest.fixture
def early(shop: Shop) -> Shop:
    """It is half past six on Sunita's birthday, whose greeting goes out at six; nobody is disturbed before seven."""
    shop.greeting(send_at="06:00")
    shop.customer(birthday="--11-21", timezone="Asia/Kathmandu")
    return shop.at("2026-11-21T06:30+05:45")


def test_a_greeting_waits_for_the_morning_and_is_written_down_once(early: Shop) -> None:
    for _ in range(3):
        assert early.tick() == 1
        early.deliver()
    message = early.message(ORDER)
    assert outcome(message) == ("due", "quiet")
    assert message.reason == "quiet hours until 2026-11-21 07:00 (Asia/Kathmandu)"
    assert (message.revision, message.attempts, early.post.accepted) == (1, 0, [])
    early.wait(minutes=30).tick()
    early.deliver()
    message = early.message(ORDER)
    assert outcome(message) == ("accepted", None)
    assert [change["state"] for change in message.history] == ["due", "claimed", "handed", "accepted"]


def test_on_the_sabbath_a_greeting_waits_for_its_end_and_says_what_ran_its_time_out(shop: Shop) -> None:
    # Jerusalem, Saturday 19 June 2027: the sabbath ends after eight in the evening.
    customs(sabbath=True)
    shop.greeting()
    order = birthday_of("sunita", 2027)
    shop.customer(birthday="--06-19", timezone="Asia/Jerusalem")
    shop.at("2027-06-19T09:00+03:00").tick()
    shop.deliver()
    assert outcome(shop.message(order)) == ("due", "quiet")
    shop.at("2027-06-19T21:00+03:00").tick()
    shop.deliver()
    message = shop.message(order)
    assert outcome(message) == ("expired", "quiet")
    assert "too late in the day" in str(message.reason)
    assert "quiet hours until" in str(message.reason)


def test_an_hour_that_somebody_chose_is_decent_unless_it_has_passed(shop: Shop) -> None:
    shop.at("2026-11-21T22:00+05:00").customer(timezone="Asia/Karachi")
    chosen, late = (shop.reminder(reminder_id=name) for name in ("chosen", "late"))
    shop.mailer(chosen.text())
    assert outcome(shop.message(chosen)) == ("accepted", None)
    shop.wait(minutes=90).mailer(late.text())
    assert outcome(shop.message(late)) == ("due", "quiet")
    shop.at("2026-11-22T07:00+05:00").tick()
    shop.deliver()
    assert outcome(shop.message(late)) == ("accepted", None), "a reminder is never dropped"


CALLED_OFF = ("due", "not_due")


@pytest.mark.parametrize(
    ("actions", "at_once", "later"),
    [
        (["DELETE "], ("withheld", "not_due"), ("withheld", "not_due")),
        (["POST /complete"], CALLED_OFF, CALLED_OFF),
        (["POST /complete", "POST /reopen"], CALLED_OFF, ("accepted", None)),
    ],
)
def test_a_reminder_that_is_called_off_while_its_mail_is_held_back_says_so(
    shop: Shop, api: Api, actions: list[str], at_once: tuple[str, str], later: tuple[str, str | None]
) -> None:
    shop.customer(timezone="Asia/Karachi")
    asked = {"to": "customer", "customer_id": "sunita", "at": "2026-11-21T18:30", "timezone": "Asia/Karachi"}
    made = api.post("/reminders", {**asked, "subject": "Visit", "message": "Tomorrow"}).body["id"]
    order = orders.of_key(f"customer_sunita_{made}_once")
    shop.at("2026-11-21T20:30+05:00").tick()
    shop.deliver()
    assert outcome(shop.message(order)) == ("due", "quiet")
    for action in actions:
        method, _, path = action.partition(" ")
        body: dict[str, Any] | None = {} if method == "POST" else None
        answer = api.call(method, f"/reminders/{made}{path}", body=body, headers={"if-match": "*"})
        assert answer.status in (200, 204), answer.body
    assert outcome(shop.message(order)) == at_once
    shop.at("2026-11-22T08:00+05:00").tick()
    shop.deliver()
    assert outcome(shop.message(order)) == later


def test_mail_to_staff_is_never_held_back(shop: Shop) -> None:
    shop.member()
    order = shop.reminder("STAFF#sales")
    shop.at("2026-11-22T03:00+05:00").mailer(order.text())
    assert outcome(shop.message(order)) == ("accepted", None)


def test_an_exhausted_quota_leaves_the_message_due_and_the_order_done(early: Shop) -> None:
    early.wait(hours=3)
    early.post.account.per_day = early.post.account.sent = 200.0
    assert early.mailer(ORDER.text(), ORDER.text()) == set()
    message = early.message(ORDER)
    assert outcome(message) == ("due", "quota")
    assert (message.revision, early.post.accepted) == (1, [])


def test_a_customer_who_is_gone_is_not_written_down(early: Shop) -> None:
    order = birthday_of("nobody")
    early.mailer(order.text())
    assert Message.read(order) is None
