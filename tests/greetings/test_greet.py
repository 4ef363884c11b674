"""A greeting goes out once a year, on the customer's own day, at a decent hour, and says why if it does not."""

import pytest

from tests.support.shop import Shop, birthday_of


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


def test_a_customer_is_greeted_once_a_year_however_often_it_is_ordered(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    for hours in (0, 0, 1):
        shop.wait(hours=hours).tick()
    shop.deliver()
    shop.mailer(*[birthday_of("sunita").text()] * 3)
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
