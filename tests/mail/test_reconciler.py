"""Mail that a dead mailer left behind is found without anybody ordering it, and SES's report settles it at any time."""

from __future__ import annotations

import pytest

from crm.core import table
from crm.core.config import settings
from crm.greetings.models import Greeting
from crm.mail.orders import Order
from crm.mail.reasons import Code
from tests.support import faults
from tests.support.post import event
from tests.support.shop import Shop, birthday_of

GREETING = birthday_of("sunita")


@pytest.fixture
def due(shop: Shop) -> Shop:
    """A shop where it is Sunita's birthday."""
    shop.greeting()
    shop.customer(birthday="--11-21")
    return shop


def die(shop: Shop, order: Order, *, when: str) -> None:
    """The mailer dies before or after it hands a mail to SES, or right after the claim."""
    if when == "claimed":
        point = faults.CrashPoint(1, "after", operations={"TransactWriteItems"})
    else:
        point = faults.CrashPoint(1, when, operations={"SendEmail"})
    with point:
        shop.mailer(order.text())
    assert point.reached


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_nobody_answered_for_is_in_doubt_after_a_quarter_of_an_hour(due: Shop, when: str) -> None:
    die(due, GREETING, when=when)
    assert due.wait(minutes=14).reconcile() == {"in_doubt": 0, "ordered": 0}
    assert due.message(GREETING).state == "handed"
    assert due.wait(minutes=2).reconcile() == {"in_doubt": 1, "ordered": 0}
    message = due.message(GREETING)
    assert (message.state, message.reason_code) == ("unknown", Code.NO_ANSWER)
    assert "may or may not" in str(message.reason)
    assert due.wait(hours=3).reconcile() == {"in_doubt": 0, "ordered": 0}
    assert len(due.post.accepted) == (when == "after"), "a greeting in doubt stays unsent"


@pytest.mark.parametrize("report_first", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("kind", ["Send", "Delivery", "Bounce"])
def test_the_report_of_ses_settles_it_before_and_after(due: Shop, kind: str, report_first: bool) -> None:
    die(due, GREETING, when="after")
    report = event(due.post.accepted[0], kind)
    for turn in ("report", "time") if report_first else ("time", "report"):
        if turn == "report":
            due.happen(report)
        else:
            due.wait(minutes=16).reconcile()
    message = due.message(GREETING)
    assert message.state == {"Send": "accepted", "Delivery": "delivered", "Bounce": "bounced"}[kind]
    assert ("unknown" in [change["state"] for change in message.history]) is not report_first


def test_a_reminder_in_doubt_goes_again_with_the_next_tick(shop: Shop) -> None:
    shop.customer()
    order = shop.reminder()
    die(shop, order, when="after")
    assert shop.wait(minutes=16).reconcile() == {"in_doubt": 1, "ordered": 0}
    assert shop.state_of(order) == "in_doubt"
    assert shop.tick() == 1
    shop.deliver()
    assert (shop.message(order).state, len(shop.post.accepted)) == ("accepted", 2)


def test_what_was_only_claimed_is_ordered_again_and_sent_once(due: Shop) -> None:
    die(due, GREETING, when="claimed")
    assert due.message(GREETING).state == "claimed"
    assert due.wait(minutes=16).reconcile() == {"in_doubt": 0, "ordered": 1}
    due.deliver()
    assert (due.message(GREETING).state, due.post.keys()) == ("accepted", [GREETING.key])


def test_a_greeting_claimed_yesterday_expires_with_its_reason(due: Shop) -> None:
    die(due, GREETING, when="claimed")
    due.at("2026-11-22T06:00Z").reconcile()
    due.deliver()
    message = due.message(GREETING)
    assert (message.state, due.post.accepted) == ("expired", [])
    assert message.reason


def test_a_view_that_lags_does_no_harm(due: Shop) -> None:
    die(due, GREETING, when="after")
    due.wait(minutes=16).views()
    before = table.client().scan(TableName=settings().views_table)["Items"]
    due.happen(event(due.post.accepted[0], "Delivery"))
    assert before
    assert due.settle() == {"in_doubt": 0, "ordered": 0}
    due.views()
    client = table.client()
    for item in before:  # what the view said before the report came
        client.put_item(TableName=settings().views_table, Item=item)
    assert due.settle() == {"in_doubt": 0, "ordered": 0}
    assert due.message(GREETING).state == "delivered"


def test_an_attempt_that_began_anew_is_not_judged_by_the_age_of_the_last_one(due: Shop) -> None:
    die(due, GREETING, when="claimed")
    due.wait(minutes=16).views()
    die(due, GREETING, when="before")
    assert due.settle() == {"in_doubt": 0, "ordered": 0}, "the view still says what was true a moment ago"
    assert due.message(GREETING).state == "handed"


def test_the_reconciler_may_die_anywhere(quick_shop: Shop) -> None:
    shop = quick_shop
    shop.greeting()
    for number, point in enumerate(faults.crash_points()):
        shop.at("2026-11-21T04:00Z")
        customer, other = shop.customer(f"c{number}", birthday="--11-21"), shop.customer(f"d{number}")
        orders = [birthday_of(customer), shop.reminder(f"CUSTOMER#{other}", f"r{number}")]
        die(shop, orders[0], when="after")
        die(shop, orders[1], when="claimed")
        shop.wait(minutes=16).views()
        with point:
            shop.settle()
        shop.reconcile()
        shop.deliver()
        assert [shop.message(order).state for order in orders] == ["unknown", "accepted"]
        assert [change["state"] for change in shop.message(orders[0]).history].count("unknown") == 1
        assert shop.post.keys().count(orders[1].key) == 1


@pytest.mark.parametrize("change", ["its rule is deleted", "the birthday moves"])
def test_what_was_held_back_and_is_found_by_no_tick_any_more_gets_its_outcome(due: Shop, change: str) -> None:
    due.post.account.sent = due.post.account.per_day
    due.tick()
    due.deliver()
    assert (due.message(GREETING).state, due.message(GREETING).reason_code) == ("due", Code.QUOTA)
    if change == "its rule is deleted":
        Greeting.read("birthdays").delete()
    else:
        due.customer(birthday="--03-05")
    assert due.wait(hours=23).reconcile() == {"in_doubt": 0, "ordered": 0}
    assert due.wait(hours=2).reconcile() == {"in_doubt": 0, "ordered": 1}
    due.deliver()
    message = due.message(GREETING)
    assert (message.state in {"withheld", "expired"}, due.post.accepted) == (True, [])
    assert due.reconcile() == {"in_doubt": 0, "ordered": 0}
