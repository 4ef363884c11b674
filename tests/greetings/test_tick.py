"""A tick may come late, die anywhere or run out of time: every greeting goes out on its day, or says why it did not."""

from __future__ import annotations

from typing import Any

import pytest

from crm.greetings import due
from crm.greetings.models import GreetingDay
from crm.mail import ledger
from crm.segments import service as segments
from tests.support import faults
from tests.support.shop import Shop, birthday_of

DAY = "2026-11-21"


def change_rule(rule_id: str = "birthdays", **fields: Any) -> None:
    from crm.greetings import service  # noqa: PLC0415 - after the settings are in place

    service.change(greeting_id=rule_id, fields=fields, expected_version=None)


def states(shop: Shop, *customers: str) -> list[str]:
    return [shop.message(birthday_of(customer)).state for customer in customers]


def passes(shop: Shop, instant: str) -> None:
    shop.at(instant).tick()
    shop.deliver()


@pytest.mark.parametrize("late", ["2026-11-21T04:15Z", "2026-11-21T08:00Z", "2026-11-21T14:45Z"])
def test_a_tick_that_comes_minutes_or_hours_late_still_greets(shop: Shop, late: str) -> None:
    shop.at("2026-11-20T04:00Z").greeting()
    shop.customer(birthday="--11-21")
    passes(shop, late)
    assert shop.post.keys() == ["customer_sunita_birthdays_2026"]


@pytest.mark.parametrize("late", ["2026-11-21T15:00Z", "2026-11-22T04:00Z", "2026-11-24T04:00Z"])
def test_what_a_late_tick_finds_too_late_is_expired_and_says_why(shop: Shop, late: str) -> None:
    shop.at("2026-11-19T04:00Z").greeting()
    shop.customer(birthday="--11-21")
    passes(shop, late)
    message = shop.message(birthday_of("sunita"))
    assert (message.state, shop.post.accepted) == ("expired", [])
    assert message.reason_code == ("too_late" if late.startswith(DAY) else "day_passed")
    assert message.decision
    assert (message.decision["planned_on"], message.decision["rule_version"]) == (DAY, 1)


def test_what_lies_more_than_three_days_back_is_given_up(shop: Shop) -> None:
    shop.at("2026-11-19T04:00Z").greeting()
    shop.customer(birthday="--11-21")
    assert shop.at("2026-11-26T04:00Z").tick() == 0


def test_a_day_is_closed_once_it_is_over_everywhere_and_everybody_has_an_outcome(shop: Shop) -> None:
    shop.at("2026-11-20T04:00Z").greeting()
    shop.customer(birthday="--11-21")
    assert shop.at("2026-11-22T11:45Z").tick() == 1
    assert DAY not in closed(), "somewhere it is still the 21st"
    assert shop.at("2026-11-22T12:00Z").tick() == 1
    assert DAY not in closed(), "the order has not been carried out yet"
    shop.deliver()
    assert shop.tick() == 0
    assert DAY in closed()
    shop.views()
    with faults.recording() as calls:
        assert due.tick(milliseconds_left=lambda: 60_000) == 0
    # What the business decided, the rules, the days; then the 22nd and 23rd.
    assert calls == ["GetItem", "Query", "Query", "Query", "Query"]


def closed() -> list[str]:
    return [day.sk.partition("#")[0] for day in GreetingDay.query("GREETING_DAYS") if day.closed_at]


def test_nothing_is_owed_for_the_time_before_a_rule_was_switched_on(shop: Shop) -> None:
    shop.at("2026-11-19T04:00Z").greeting(active=False)
    for customer, birthday in {"yesterday": "--11-20", "today": "--11-21"}.items():
        shop.customer(customer, birthday=birthday)
    shop.at("2026-11-21T10:00Z")
    change_rule(active=True)
    assert shop.tick() == 1
    shop.deliver()
    assert shop.post.keys() == ["customer_today_birthdays_2026"]
    assert shop.at("2026-11-23T10:00Z").tick() == 0


def test_nothing_is_owed_to_a_customer_for_the_time_before_there_was_one(shop: Shop) -> None:
    shop.at("2026-11-19T04:00Z").greeting()
    shop.at("2026-11-21T10:00Z").customer("yesterday", birthday="--11-20")
    shop.at("2026-11-21T15:30Z").customer("tonight", birthday="--11-21")
    assert shop.tick() == 0
    assert shop.at("2026-11-22T13:00Z").tick() == 0
    assert {"2026-11-20", DAY} <= set(closed())


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("Pacific/Kiritimati", "2026-11-20T19:00Z"),  # +14:00
        ("Pacific/Pago_Pago", "2026-11-21T20:00Z"),  # -11:00
    ],
)
def test_the_first_and_the_last_zone_of_the_earth_are_greeted_on_their_own_day(
    shop: Shop, zone: str, begins: str
) -> None:
    shop.at("2026-11-19T04:00Z").greeting()
    shop.customer(birthday="--11-21", timezone=zone)
    assert shop.at(begins).wait(minutes=-15).tick() == 0
    assert shop.wait(minutes=15).tick() == 1
    shop.deliver()
    assert shop.post.keys() == ["customer_sunita_birthdays_2026"]
    assert shop.at("2026-11-22T13:00Z").tick() == 0


def test_a_zone_changed_on_the_day_itself_greets_once_or_says_why_not(shop: Shop) -> None:
    shop.at("2026-11-20T04:00Z").greeting()
    known: dict[str, Any] = {"birthday": "--11-21", "created_at": "2026-01-01T04:00:00.000000Z"}
    shop.customer("asleep", timezone="America/New_York", **known)
    shop.customer("awake", timezone="Asia/Karachi", **known)
    passes(shop, "2026-11-21T12:00Z")
    assert shop.post.keys() == ["customer_awake_birthdays_2026"]
    shop.customer("awake", timezone="America/New_York", **known)
    shop.customer("asleep", timezone="Pacific/Kiritimati", **known)  # where the 21st has long been over
    for hour in ("2026-11-21T14:00Z", "2026-11-22T13:00Z"):
        passes(shop, hour)
    assert shop.post.keys() == ["customer_awake_birthdays_2026"]
    assert states(shop, "awake", "asleep") == ["accepted", "expired"]


def test_a_rule_that_is_switched_off_between_draft_and_claim_sends_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ledger.claim

    def late(*given: Any, **named: Any) -> Any:
        change_rule(active=False)
        return real(*given, **named)

    monkeypatch.setattr(ledger, "claim", late)
    shop.greeting()
    shop.customer(birthday="--11-21")
    shop.mailer(birthday_of("sunita").text())
    assert shop.post.accepted == []


def test_what_had_to_wait_gets_a_reason_when_its_rule_is_switched_off(shop: Shop) -> None:
    shop.at("2026-11-20T04:00Z").greeting(send_at="06:00")
    shop.customer(birthday="--11-21")
    passes(shop, "2026-11-21T01:15Z")
    assert states(shop, "sunita") == ["due"]  # at night nobody is disturbed
    change_rule(active=False)
    passes(shop, "2026-11-21T02:15Z")
    assert shop.message(birthday_of("sunita")).reason_code == "switched_off"
    assert (states(shop, "sunita"), shop.post.accepted, shop.tick()) == (["withheld"], [], 0)


def test_who_left_the_group_since_the_order_is_not_greeted(shop: Shop) -> None:
    rule = {"field": "language", "op": "eq", "value": "ur"}
    group = segments.register(name="Urdu", rule=rule, caller="manager", idempotency_key=None)
    shop.greeting(segment=group.segment_id)
    shop.customer(birthday="--11-21", language="ur")
    assert shop.tick() == 1
    shop.customer(birthday="--11-21", language="en")
    shop.deliver()
    assert shop.post.accepted == []
    assert shop.tick() == 0


def test_days_out_of_the_rules_season_are_not_greeted(shop: Shop) -> None:
    shop.at("2026-11-18T04:00Z").greeting(starts_on="2026-11-20", ends_on="2026-11-21")
    for day in range(19, 23):
        shop.customer(f"on{day}", birthday=f"--11-{day}")
    for day in range(19, 23):
        passes(shop, f"2026-11-{day}T05:00Z")
    assert shop.post.keys() == ["customer_on20_birthdays_2026", "customer_on21_birthdays_2026"]


def test_a_tick_that_runs_out_of_time_is_gone_on_with_by_the_next(quick_shop: Shop) -> None:
    quick_shop.greeting()
    for number in range(250):
        quick_shop.customer(f"c{number:03}", birthday="--11-21")
    quick_shop.views()
    ordered = [due.tick(milliseconds_left=lambda: 10_000) for _ in range(4)]
    assert ordered == [100, 100, 50, 0]
    quick_shop.deliver()
    assert len(set(quick_shop.post.keys())) == len(quick_shop.post.keys()) == 250


def test_a_tick_may_die_anywhere(quick_shop: Shop, every: int) -> None:
    shop, customers = quick_shop, ("a", "b", "c")
    for point in faults.crash_points(every=every):
        shop.post.accepted.clear()
        year = shop.moment.year + 1
        shop.at(f"{year}-11-20T04:00Z").greeting()
        for customer in customers:
            shop.customer(customer, birthday="--11-21")
        shop.at(f"{year}-11-21T05:00Z").views()
        with point:
            shop.fire()
        shop.wait(minutes=15).fire()
        shop.deliver()
        assert shop.post.keys() == [f"customer_{customer}_birthdays_{year}" for customer in customers], str(point)
        shop.at(f"{year}-11-22T13:00Z")
        with point:
            shop.fire()
        assert shop.wait(minutes=15).fire() == 0
        assert f"{year}-11-21" in closed(), str(point)
