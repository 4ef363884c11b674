"""Greetings and marketing stop before SES would stop everything; service mail goes on, and each mail counts once."""

from __future__ import annotations

import random
from typing import Any

import pytest

from crm.mail import account, breaker
from crm.mail.models import Tally
from crm.mail.reasons import Code
from crm.mail.reputation import Counts
from tests.support import faults
from tests.support.post import event
from tests.support.shop import Shop, birthday_of

ORDER = birthday_of("sunita")
HARD, SOFT = {"bounceType": "Permanent"}, {"bounceType": "Transient"}


@pytest.fixture
def sent(shop: Shop) -> Shop:
    """A shop that has greeted Sunita."""
    shop.greeting()
    shop.customer(birthday="--11-21")
    shop.mailer(ORDER.text())
    return shop


def past(shop: Shop, *, days_ago: int = 0, group: str = "bulk", **counts: Any) -> None:
    """What was counted on a day before today."""
    shop.wait(days=-days_ago)
    day = shop.moment.strftime("%Y-%m-%d")
    shop.wait(days=days_ago)
    Tally.keyed(day=day, group=group, shard=3).update(
        [Tally.entity.set(Tally), Tally.expires_at.set(0), *(getattr(Tally, k).add(n) for k, n in counts.items())]
    )
    breaker.forget()


def test_a_mail_counts_once_however_often_and_in_whatever_order_it_is_reported(shop: Shop) -> None:
    draw = random.Random(7)  # noqa: S311 - repeatable on purpose
    shop.greeting()
    for number in range(6):
        order = birthday_of(shop.customer(f"c{number}", birthday="--11-21"))
        shop.mailer(order.text())
        mail = shop.post.accepted[-1]
        reports = [event(mail, "Send"), event(mail, "Delivery"), event(mail, "Bounce", **HARD)] * 2
        draw.shuffle(reports)
        shop.happen(*reports)
    assert breaker.read().groups == {"bulk": Counts(6, 6, 0), "service": Counts()}


@pytest.mark.parametrize(
    ("reports", "counts"),
    [
        ([], Counts(1, 0, 0)),
        ([("Delivery", {})], Counts(1, 0, 0)),
        ([("Bounce", SOFT)], Counts(1, 0, 0)),
        ([("Bounce", HARD)], Counts(1, 1, 0)),
        ([("Bounce", SOFT), ("Bounce", HARD), ("Bounce", HARD)], Counts(1, 1, 0)),
        ([("Bounce", {**HARD, "bounceSubType": "OnAccountSuppressionList"})], Counts(1, 0, 0)),
        ([("Complaint", {}), ("Delivery", {})], Counts(1, 0, 1)),
        ([("Bounce", HARD), ("Complaint", {})], Counts(1, 1, 1)),
    ],
    ids=str,
)
def test_what_counts_is_what_ses_counts(sent: Shop, reports: list[tuple[str, Any]], counts: Counts) -> None:
    for kind, detail in reports:
        sent.happen(event(sent.post.accepted[0], kind, **detail))
    assert breaker.read().counts == counts


def test_a_mail_whose_report_comes_before_our_own_mark_counts_once(shop: Shop) -> None:
    shop.customer()
    order = shop.reminder()
    with faults.CrashPoint(1, "after", operations={"SendEmail"}):
        shop.mailer(order.text())
    shop.happen(event(shop.post.accepted[0], "Bounce", **HARD))
    shop.wait(minutes=20).reconcile()
    assert breaker.read().groups["service"] == Counts(1, 1, 0)


def test_the_counting_may_die_anywhere(shop: Shop) -> None:
    shop.greeting()
    met = 0
    for number, point in enumerate(faults.crash_points()):
        order = birthday_of(shop.customer(f"c{number}", birthday="--11-21"))
        shop.mailer(order.text())
        report = event(shop.post.accepted[-1], "Complaint")
        with point:
            shop.happen(report)
        shop.happen(report)
        met = number + 1
    assert breaker.read().counts == Counts(met, 0, met)


@pytest.mark.parametrize(
    ("counts", "stops"),
    [
        ({"accepted": 200, "bounced": 5}, True),
        ({"accepted": 201, "bounced": 5}, False),
        ({"accepted": 99, "bounced": 50}, False),
        ({"accepted": 160, "bounced": 4}, False),
        ({"accepted": 4000, "complained": 2}, True),
        ({"accepted": 4001, "complained": 2}, False),
        ({"accepted": 500, "complained": 1}, False),
    ],
    ids=str,
)
def test_it_opens_at_half_of_the_rates_and_not_below_numbers_that_mean_something(
    shop: Shop, counts: dict[str, Any], stops: bool
) -> None:
    past(shop, days_ago=13, **counts)
    found = [account.obstacle(purpose) for purpose in ("greeting", "marketing", "service")]
    held = (Code.REPUTATION, breaker.HELD_BACK) if stops else None
    assert found == [held, held, None]


def test_service_mail_counts_for_the_rate_as_it_does_at_ses(shop: Shop) -> None:
    past(shop, accepted=100, bounced=5)
    assert account.obstacle("greeting")
    past(shop, group="service", accepted=150)
    assert account.obstacle("greeting") is None


def test_it_closes_by_itself_when_the_bad_days_are_past(shop: Shop) -> None:
    past(shop, accepted=100, bounced=20)
    shop.wait(days=13)
    assert account.obstacle("greeting")
    shop.wait(days=1)
    assert account.obstacle("greeting") is None


def test_a_person_may_close_it_and_what_comes_after_counts(shop: Shop) -> None:
    past(shop, days_ago=1, accepted=100, bounced=20)
    past(shop, accepted=50, bounced=5)
    assert breaker.begin_anew(staff_id="owner").counts == Counts()
    assert account.obstacle("greeting") is None
    past(shop, accepted=150, bounced=5)
    assert breaker.read().counts == Counts(150, 5, 0)
    assert account.obstacle("greeting")
    shop.wait(days=14)
    assert breaker.read().counts == Counts()
