"""SES's reports: late, twice, out of order, before our own mark, and from strangers."""

import json
from pathlib import Path
from typing import Any

import pytest

from crm.mail import events
from tests.support import faults
from tests.support.post import event
from tests.support.rows import all_items, count
from tests.support.shop import Shop, birthday_of

ORDER = birthday_of("sunita")


@pytest.fixture
def sent(shop: Shop) -> Shop:
    """A shop that has greeted Sunita."""
    shop.greeting()
    shop.customer(birthday="--11-21")
    shop.mailer(ORDER.text())
    return shop


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (["Send"], "accepted"),
        (["Send", "Delivery"], "delivered"),
        (["Delivery", "Send", "Delivery"], "delivered"),
        (["Bounce", "Delivery"], "bounced"),
        (["Complaint", "Delivery", "Send"], "complained"),
        (["Delivery", "Complaint"], "complained"),
        (["Reject"], "rejected"),
        (["Open", "Click", "DeliveryDelay"], "accepted"),
    ],
)
def test_reports_only_ever_raise_a_message(sent: Shop, kinds: list[str], state: str) -> None:
    mail = sent.post.accepted[0]
    assert sent.happen(*[event(mail, kind) for kind in kinds]) == set()
    assert sent.message(ORDER).state == state


def test_a_report_twice_is_noted_once(sent: Shop) -> None:
    mail = sent.post.accepted[0]
    sent.happen(event(mail, "Delivery"))
    before = sent.message(ORDER).history
    sent.happen(event(mail, "Delivery"), event(mail, "Delivery"))
    assert sent.message(ORDER).history == before


def test_no_report_brings_a_message_into_being(shop: Shop) -> None:
    for kind in ("Send", "Delivery", "Bounce", "Complaint"):
        assert shop.happen(event(ORDER.key, kind, bounceType="Permanent")) == set()
    assert all_items() == []


@pytest.mark.parametrize("body", ["", "[]", "null", '{"detail": 5}', '{"detail": {"eventType": "Send"}}', "{"])
def test_what_is_no_report_goes_to_the_dead_letters(sent: Shop, body: str) -> None:
    assert sent.happen(body) == {"0"}


@pytest.mark.parametrize("key", ["", "other", "customer_sunita", "customer_a b_c_2026", "customer_../x_y_2026"])
def test_reports_about_other_mail_are_let_go(sent: Shop, key: str) -> None:
    assert sent.happen(event(key, "Delivery")) == set()
    assert sent.message(ORDER).state == "accepted"


def test_what_a_strangers_server_says_is_kept_as_short_plain_text(sent: Shop) -> None:
    said = "<script>alert(1)</script>\r\nBcc: x@example.org\u202e" + "A" * 5000
    bounced: dict[str, Any] = {"bounceType": "Permanent", "bouncedRecipients": [{"diagnosticCode": said}]}
    sent.happen(event(sent.post.accepted[0], "Bounce", **bounced))
    reason = str(sent.message(ORDER).reason)
    assert len(reason) <= 300
    assert not set("\r\n\u202e") & set(reason)


@pytest.mark.parametrize(("kind", "suppressed"), [("Permanent", 1), ("Transient", 0), (None, 0)])
def test_only_a_hard_bounce_closes_the_address(sent: Shop, kind: str | None, suppressed: int) -> None:
    sent.happen(event(sent.post.accepted[0], "Bounce", bounceType=kind))
    assert count("suppression") == suppressed


def test_a_reminder_shares_the_fate_of_its_mail(shop: Shop) -> None:
    shop.customer()
    order = shop.reminder()
    shop.mailer(order.text())
    assert shop.state_of(order) == "sent"
    shop.happen(event(shop.post.accepted[0], "Bounce", bounceType="Permanent"))
    assert shop.state_of(order) == "failed"


def test_the_form_of_the_reports_is_that_of_the_corpus(sent: Shop) -> None:
    corpus = Path(__file__).parents[2] / "events" / "mail_events"
    states = []
    for name in ("send", "delivery", "bounce", "complaint", "reject"):
        body = json.loads((corpus / f"{name}.json").read_text())["Records"][0]["body"]
        found = events.read(body)
        assert found is not None
        states.append(found.state)
    assert states == ["accepted", "delivered", "bounced", "complained", "rejected"]


def test_the_taking_of_a_report_may_die_anywhere(quick_shop: Shop) -> None:
    shop = quick_shop
    shop.customer()
    for number, point in enumerate(faults.crash_points()):
        order = shop.reminder(reminder_id=f"r{number}")
        shop.mailer(order.text())
        report = event(shop.post.accepted[-1], "Bounce", bounceType="Transient")
        with point:
            shop.happen(report)
        assert shop.happen(report) == set()
        assert (shop.message(order).state, shop.state_of(order)) == ("bounced", "failed")
        assert [change["state"] for change in shop.message(order).history].count("bounced") == 1
