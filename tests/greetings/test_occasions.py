"""Every occasion reaches the mail, with what a template may ask of it, once for whatever number of rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm.templates import editing
from tests.support.shop import NO_FACTS, Shop, birthday_of

KNOWN: dict[str, Any] = {"name": "Sunita", "created_at": "2024-11-01T04:00:00.000000Z"}


def facts(**known: Any) -> dict[str, Any]:
    return {**NO_FACTS, **known}


def sent(shop: Shop, day: str = "2026-11-21") -> list[str]:
    shop.at(f"{day}T05:00Z").tick()
    shop.deliver()
    return shop.post.keys()


@pytest.mark.parametrize(
    ("rule", "customer", "occurrence"),
    [
        ({"occasion": "joined_anniversary", "template": "thank_you"}, {"joined_on": "2023-11-21"}, "2026"),
        (
            {"occasion": "custom_anniversary", "field": "installed_on", "template": "maintenance"},
            {"custom": {"installed_on": "2023-11-21"}},
            "2026",
        ),
        (
            {"occasion": "last_purchase_anniversary", "template": "purchase_anniversary"},
            {"facts": facts(last_purchase_at="2023-11-21T04:00:00.000000Z")},
            "2026",
        ),
        (
            {"occasion": "days_after", "event": "last_contact", "offset_days": 30, "template": "follow_up"},
            {"facts": facts(last_contact_at="2026-10-22T04:00:00.000000Z")},
            "2026-10-22",
        ),
        (
            {"occasion": "days_after", "event": "registered", "offset_days": 750, "template": "welcome"},
            {},
            "2024-11-01",
        ),
    ],
)
def test_an_occasion_is_greeted_on_its_day_and_no_other(
    shop: Shop, rule: dict[str, Any], customer: dict[str, Any], occurrence: str
) -> None:
    shop.at("2026-11-19T04:00Z").greeting("rule", **rule)
    shop.customer(**KNOWN, **customer)
    assert sent(shop, "2026-11-20") == []
    assert sent(shop, "2026-11-21") == [f"customer_sunita_rule_{occurrence}"]
    assert sent(shop, "2026-11-22") == [f"customer_sunita_rule_{occurrence}"]


def test_two_rules_about_one_birthday_send_one_card(shop: Shop) -> None:
    shop.at("2026-11-20T04:00Z").greeting()
    shop.greeting("second", name="Also birthdays")
    shop.customer(birthday="--11-21")
    assert len(sent(shop)) == 1
    states = {shop.message(birthday_of("sunita", rule=rule)).reason_code for rule in ("birthdays", "second")}
    assert states == {None, "same_occasion"}


def test_two_rules_about_days_after_one_event_send_two(shop: Shop) -> None:
    shop.at("2026-11-19T04:00Z")
    for days in (3, 30):
        fields: dict[str, Any] = {"event": "first_purchase", "offset_days": days, "template": "thank_you"}
        shop.greeting(f"after{days}", occasion="days_after", **fields)
    shop.customer(**KNOWN, facts=facts(first_purchase_at="2026-11-18T04:00:00.000000Z"))
    assert sent(shop, "2026-11-21") == ["customer_sunita_after3_2026-11-18"]
    assert sent(shop, "2026-12-18") == ["customer_sunita_after3_2026-11-18", "customer_sunita_after30_2026-11-18"]


def test_marketing_goes_to_who_asked_for_it(shop: Shop) -> None:
    shop.at("2026-11-20T04:00Z").greeting(purpose="marketing")
    shop.customer("yes", birthday="--11-21", consent={"marketing": True})
    shop.customer("silent", birthday="--11-21")
    assert sent(shop) == ["customer_yes_birthdays_2026"]
    assert shop.message(birthday_of("silent")).reason_code == "no_consent"


def test_a_message_says_what_it_was_decided_on(shop: Shop) -> None:
    shop.at("2026-11-20T04:00Z").greeting(offset_days=-1)
    shop.customer(birthday="1990-11-22", timezone="Asia/Kathmandu")
    sent(shop)
    decision = shop.message(birthday_of("sunita")).decision
    assert decision
    assert {name: decision[name] for name in ("rule", "rule_name", "rule_version", "occasion", "send_at")} == {
        "rule": "birthdays",
        "rule_name": "Birthdays",
        "rule_version": 1,
        "occasion": "birthday",
        "send_at": "09:00",
    }
    assert (decision["occasion_on"], decision["planned_on"]) == ("2026-11-22", "2026-11-21")
    assert decision["timezone"] == "Asia/Kathmandu"


@pytest.mark.parametrize(("language", "said"), [("en", "1,250.50"), ("ur", "۱٬۲۵۰٫۵۰"), ("bn", "১,২৫০.৫০")])
def test_a_template_can_say_what_a_large_purchase_came_to(shop: Shop, language: str, said: str) -> None:
    text = {"subject": "Thank you", "heading": "Thanks", "body": "It came to {amount|}."}
    editing.add(name="large", texts={"en": text, language: text}, caller="bilal", idempotency_key=None)
    large = {"occasion": "large_purchase_anniversary", "min_amount": Decimal(1000), "template": "large"}
    shop.at("2026-11-19T04:00Z").greeting("rule", **large)
    bought = [{"at": "2023-11-21T04:00:00.000000Z", "amount": Decimal("1250.5")}]
    shop.customer(**{**KNOWN, "language": language}, facts=facts(largest_purchases=bought))
    assert sent(shop) == ["customer_sunita_rule_2026-11-21"]
    assert f"It came to {said} USD." in shop.post.accepted[0].text.replace("\u2068", "").replace("\u2069", "")
