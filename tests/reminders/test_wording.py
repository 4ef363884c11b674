"""What the mails of reminders say, and at which hour they may come."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.shop import NO_FACTS, Shop
from tests.support.world import Api

YEAR = {"event": "last_purchase", "period": "P1Y", "time": "10:00"}
THANKS = {"to": "customer", "customer_id": "sunita", "subject": "Thanks", "after": YEAR}
VISIT = {"to": "customer", "customer_id": "sunita", "at": "2026-12-01T05:00", "subject": "Your visit"}


@pytest.fixture
def desk(shop: Shop) -> Shop:
    facts = {"last_purchase_at": "2026-02-28T06:00:00Z"}
    shop.customer(timezone="Asia/Kathmandu", facts={**NO_FACTS, **facts})
    return shop


def send(shop: Shop, at: str) -> Any:
    shop.at(at).tick()
    shop.deliver()
    return shop.post.accepted[-1] if shop.post.accepted else None


def test_a_thank_you_a_year_after_the_purchase_speaks_of_the_purchase(desk: Shop, api: Api) -> None:
    made = api.post("/reminders", {**THANKS, "template": "purchase_anniversary"}).body
    assert (made["at"], made["template"]) == ("2027-02-28T10:00", "purchase_anniversary")
    mail = send(desk, made["due_at"])
    assert "February 28, 2026" in mail.text
    assert "A year with us" in mail.text
    assert "Sunita Rai" in mail.text


@pytest.mark.parametrize("template", ["thank_you", "follow_up", "maintenance", "welcome", "birthday", "reminder"])
def test_every_template_for_customers_can_be_used(desk: Shop, api: Api, template: str) -> None:
    made = api.post("/reminders", {**VISIT, "template": template})
    assert made.status == 201
    mail = send(desk, made.body["due_at"])
    assert mail.to == "sunita@example.org"
    assert "{" not in mail.text + mail.subject


@pytest.mark.parametrize("template", ["reminder_staff", "digest", "nothing", "x" * 61])
def test_what_is_no_template_for_customers_is_refused_by_name(desk: Shop, api: Api, template: str) -> None:
    refused = api.post("/reminders", {**VISIT, "template": template})
    assert [error["pointer"] for error in refused.body["errors"]] == ["/template"]
    path = api.post("/reminders", VISIT).headers["location"]
    refused = api.patch(path, {"template": template}, headers={"if-match": "1"})
    assert [error["pointer"] for error in refused.body["errors"]] == ["/template"]


def test_a_reminder_to_staff_has_its_own_words(desk: Shop, api: Api) -> None:
    desk.member("manager")
    assert api.post("/reminders", {**VISIT, "to": "staff", "template": "thank_you"}).status == 422
    path = api.post("/reminders", {**VISIT, "to": "staff"}).headers["location"]
    assert api.patch(path, {"template": "thank_you"}, headers={"if-match": "1"}).status == 422


def test_an_early_hour_that_was_chosen_is_kept_and_a_late_mail_waits_for_the_morning(desk: Shop, api: Api) -> None:
    api.post("/reminders", VISIT)
    assert send(desk, "2026-11-30T23:15Z").subject == "Your visit"  # 05:00 in Kathmandu
    late = api.post("/reminders", {**VISIT, "at": "2026-12-02T20:00", "subject": "Late"}).headers["location"]
    assert send(desk, "2026-12-02T20:15Z").subject == "Your visit"  # 02:00: it came through six hours too late
    assert api.get(late).body["state"] == "pending"
    assert send(desk, "2026-12-03T01:30Z").subject == "Late"  # 07:15
    assert len(desk.post.accepted) == 2
