"""A greeting goes out once a year, on the customer's own day, at a decent hour, and says why if it does not."""

from decimal import Decimal

import pytest

from tests.support.shop import NO_FACTS, Shop, birthday_of


def test_a_birthday_is_greeted_on_its_day_from_the_hour_of_the_rule(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="1990-11-21", timezone="Asia/Kathmandu")
    for before in ("2026-11-20T18:15Z", "2026-11-21T03:00Z"):
        assert shop.at(before).tick() == 0
    assert shop.at("2026-11-21T03:15Z").tick() == 1  # 09:00 at +05:45
    shop.deliver()
    [mail] = shop.post.accepted
    assert (mail.key, mail.to) == ("customer_sunita_birthdays_2026", "sunita@example.org")
    assert "Sunita Rai" in mail.subject
    message = shop.message(mail.key)
    assert [change["state"] for change in message.history] == ["claimed", "handed", "accepted"]
    assert (message.to, message.ses_message_id, message.attempts) == (mail.to, mail.message_id, 1)


def test_a_customer_is_greeted_once_a_year_however_often_it_is_ordered(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    for hours in (0, 0, 1):
        shop.wait(hours=hours).tick()
    shop.deliver()
    shop.mailer(*[birthday_of("sunita").text()] * 3)
    assert shop.tick() == 0
    assert shop.post.keys() == ["customer_sunita_birthdays_2026"]
    shop.at("2027-11-21T05:00Z").tick()
    shop.deliver()
    assert shop.post.keys()[1:] == ["customer_sunita_birthdays_2027"]


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Pacific/Tongatapu", "2026-11-20T19:45Z", "2026-11-20T20:00Z"),  # +13:00
        ("America/New_York", "2026-11-21T13:45Z", "2026-11-21T14:00Z"),
        (None, "2026-11-21T03:45Z", "2026-11-21T04:00Z"),  # the business's own
    ],
)
def test_the_day_and_hour_are_those_of_the_customers_zone(
    shop: Shop, zone: str | None, before: str, after: str
) -> None:
    shop.greeting()
    shop.customer(birthday="1990-11-21", timezone=zone)
    assert (shop.at(before).tick(), shop.at(after).tick()) == (0, 1)


def test_an_hour_that_the_clocks_skip_is_not_skipped(shop: Shop) -> None:
    shop.at("2026-03-28T04:00Z").greeting(send_at="02:30")
    shop.customer(birthday="--03-29", timezone="Europe/Berlin")
    assert (shop.at("2026-03-29T00:59Z").tick(), shop.at("2026-03-29T01:00Z").tick()) == (0, 1)


@pytest.mark.parametrize(("leap_day", "day"), [("02-28", "2027-02-28"), ("03-01", "2027-03-01")])
def test_29_february_is_greeted_every_year(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, leap_day: str, day: str
) -> None:
    monkeypatch.setenv("LEAP_DAY", leap_day)
    shop.forget_settings()
    shop.greeting()
    shop.customer(birthday="2000-02-29")
    for hour in ("2027-02-28T05:00Z", "2027-03-01T05:00Z", "2028-02-28T05:00Z", "2028-02-29T05:00Z"):
        shop.at(hour).tick()
        shop.deliver()
    assert shop.post.keys() == ["customer_sunita_birthdays_2027", "customer_sunita_birthdays_2028"]
    assert shop.message(shop.post.keys()[0]).created_at.startswith(day)


def test_a_greeting_ahead_of_the_occasion_belongs_to_the_year_of_the_occasion(shop: Shop) -> None:
    shop.greeting(offset_days=-3)
    shop.customer(birthday="1990-01-01")
    shop.at("2026-12-29T05:00Z").tick()
    shop.deliver()
    assert shop.post.keys() == ["customer_sunita_birthdays_2027"]


@pytest.mark.parametrize("zone", [None, "Asia/Karachi", "America/Los_Angeles"])
def test_the_anniversary_of_the_first_purchase_is_a_local_day_and_not_the_day_itself(
    shop: Shop, zone: str | None
) -> None:
    shop.at("2025-11-01T04:00Z").greeting("thanks", occasion="purchase_anniversary")
    bought = "2025-11-20T20:30:00.000000Z"  # 01:30 of the 21st in Karachi, noon of the 20th in Los Angeles
    shop.customer(timezone=zone, facts={**NO_FACTS, "purchases": Decimal(1), "first_purchase_at": bought})
    day = 20 if zone == "America/Los_Angeles" else 21
    for year in (2025, 2026):
        for time in [f"{date}T{hour}" for date in range(19, 23) for hour in ("04:30Z", "18:00Z")]:
            shop.at(f"{year}-11-{time}").tick()
            shop.deliver()
    [mail] = shop.post.accepted
    assert mail.key == "customer_sunita_thanks_2026"
    assert f"November {day}, 2025" in mail.text


def test_a_birthday_learned_at_noon_is_still_greeted(shop: Shop) -> None:
    shop.greeting()
    assert shop.at("2026-11-21T05:00Z").tick() == 0
    shop.customer(birthday="--11-21")
    assert shop.at("2026-11-21T08:00Z").tick() == 1


def test_after_the_latest_hour_nobody_is_greeted_and_the_reason_is_kept(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    shop.at("2026-11-21T15:00Z").tick()  # 20:00 in Karachi
    shop.deliver()
    message = shop.message(birthday_of("sunita"))
    assert (message.state, shop.post.accepted) == ("expired", [])
    assert "too late" in str(message.reason)
    assert shop.tick() == 0


def test_an_order_that_waited_until_the_next_day_is_not_sent_late(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    shop.tick()
    shop.wait(days=1).deliver()
    assert shop.message(birthday_of("sunita")).state == "expired"
    assert shop.post.accepted == []


def test_a_birthday_that_was_moved_meanwhile_waits_for_its_new_day(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    shop.tick()
    shop.customer(birthday="--11-25")
    shop.deliver()
    assert shop.post.accepted == []
    shop.at("2026-11-25T05:00Z").tick()
    shop.deliver()
    assert shop.post.keys() == ["customer_sunita_birthdays_2026"]


def test_a_rule_that_is_not_active_greets_nobody(shop: Shop) -> None:
    shop.greeting(active=False)
    shop.customer(birthday="--11-21")
    assert shop.tick() == 0


def test_a_rule_with_a_group_greets_only_its_members(shop: Shop) -> None:
    from crm.segments import service as segments  # noqa: PLC0415 - after the settings are in place

    rule = {"field": "language", "op": "eq", "value": "ur"}
    group = segments.register(name="Urdu", rule=rule, caller="manager", idempotency_key=None)
    shop.greeting(segment=group.segment_id)
    shop.customer("amina", birthday="--11-21", language="ur")
    shop.customer("ben", birthday="--11-21", language="en")
    assert shop.tick() == 1
    shop.deliver()
    assert shop.post.keys() == ["customer_amina_birthdays_2026"]
