"""Nobody hears of who is in the bin, nor they of us; who is back is not sent what was missed."""

from __future__ import annotations

from functools import partial

import pytest

from crm.customers.models import Deleted, Profile
from crm.mail import links
from crm.mail.links import Link
from crm.reminders import hiding
from crm.reminders.models import Reminder
from tests.privacy.binned import ANY, restore
from tests.support import faults, flow
from tests.support.rows import all_items
from tests.support.shop import Shop, birthday_of
from tests.support.visitor import visit
from tests.support.world import Api


def test_who_says_no_while_in_the_bin_has_still_said_no_when_restored(shop: Shop) -> None:
    shop.customer(consent={"greeting": True, "marketing": True})
    api = Api()
    api.delete("/customers/sunita", headers=ANY)
    token = links.token(Link("sunita", "marketing"))
    assert visit("POST", f"/unsubscribe/{token}", body="List-Unsubscribe=One-Click")["status"] == 200
    restore(api, "sunita")
    assert Profile.read("sunita").consent["marketing"] is False


# -- mail


def silenced() -> None:
    """The stream tells of the deletion or restoration."""
    flow.project(*[key for key in flow.all_keys() if key[1] == "PROFILE"], ("CUSTOMER#sunita", "DELETED"))
    flow.do_jobs()


def deleted(api: Api) -> None:
    assert api.delete("/customers/sunita", headers=ANY).status == 204


def test_no_greeting_goes_to_who_is_in_the_bin_and_none_for_a_missed_day_after_the_restoration(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    deleted(Api())
    shop.mailer(birthday_of("sunita").text())
    shop.tick()
    shop.deliver()
    shop.wait(days=1)
    restore(Api(), "sunita")
    shop.tick()
    shop.deliver()
    assert (shop.post.accepted, shop.message(birthday_of("sunita")).state) == ([], "expired")
    shop.at("2027-11-21T04:00Z").tick()
    shop.deliver()
    assert len(shop.post.accepted) == 1


@pytest.mark.parametrize("told", ["before the stream", "after the stream"])
def test_a_reminder_to_who_is_in_the_bin_is_silent_and_missed(shop: Shop, told: str) -> None:
    shop.customer()
    order, api = shop.reminder(due_at="2026-11-21T10:00:00.000000Z"), Api()
    deleted(api)
    if told == "after the stream":
        silenced()
        assert (api.get("/reminders").body["items"], api.get("/reminders/visit").status) == ([], 404)
    shop.at("2026-11-21T10:15Z").tick()
    shop.deliver()
    silenced()
    shop.wait(days=2)
    restore(api, "sunita")
    silenced()
    shop.tick()
    shop.deliver()
    assert (shop.post.accepted, shop.state_of(order)) == ([], "withheld")
    assert (Reminder.read(order.pk, "visit") or order).reason == hiding.MISSED  # type: ignore[union-attr]


def test_a_series_goes_on_after_the_restoration(shop: Shop) -> None:
    shop.customer()
    api = Api()
    body = {"to": "customer", "customer_id": "sunita", "at": "2026-11-22T10:00", "timezone": "UTC", "subject": "Pills"}
    path = api.post("/reminders", {**body, "repeat": "FREQ=DAILY"}).headers["location"]
    deleted(api)
    silenced()
    shop.at("2026-11-24T11:00Z")
    restore(api, "sunita")
    silenced()
    found = api.get(path).body
    assert (found["state"], found["at"], found["last"]["state"]) == ("pending", "2026-11-25T10:00", "withheld")
    shop.tick()
    shop.deliver()
    assert shop.post.accepted == []
    shop.at("2026-11-25T10:00Z").tick()
    shop.deliver()
    assert len(shop.post.accepted) == 1


@pytest.mark.parametrize("way", ["single", "digest"])
def test_staff_are_told_nothing_of_who_is_in_the_bin_and_at_once_of_who_is_back(shop: Shop, way: str) -> None:
    shop.customer()
    shop.member("manager", timezone="UTC", **({"reminders": "digest"} if way == "digest" else {}))
    api = Api()
    body = {"to": "staff", "customer_id": "sunita", "at": "2026-11-22T10:00", "subject": "Call Sunita"}
    api.post("/reminders", body)
    deleted(api)
    shop.at("2026-11-22T10:00Z").tick()
    shop.deliver()
    assert shop.post.accepted == []
    silenced()
    assert "Sunita" not in str(api.get("/reminders", query={"staff": "manager"}).body)
    shop.at("2026-11-23T11:00Z").tick()
    shop.deliver()
    restore(api, "sunita")
    silenced()
    shop.tick()
    shop.deliver()
    assert len(shop.post.accepted) == 1
    assert "Call Sunita" in shop.post.accepted[0].text + shop.post.accepted[0].subject


def test_silence_follows_whatever_was_last_whoever_dies_in_between(quick_shop: Shop) -> None:
    api = Api()
    quick_shop.customer()
    quick_shop.member("manager", timezone="UTC")
    for number in range(2):
        quick_shop.reminder(reminder_id=f"r{number}", due_at="2027-01-01T10:00:00.000000Z")
    about = {"to": "staff", "customer_id": "sunita", "at": "2026-12-22T10:00", "subject": "Call Sunita"}
    api.post("/reminders", about)
    for act, wanted in ((lambda: deleted(api), 3), (lambda: restore(api, "sunita"), 0)) * 2:
        act()
        for crash in faults.crash_points():
            with crash:
                hiding.follow(customer_id="sunita")
        assert sum("silent" in item for item in all_items()) == wanted


def test_a_deletion_between_a_look_and_the_claim_keeps_the_mail_back(quick_shop: Shop) -> None:
    for call in range(1, 40):
        shop = quick_shop.at("2026-11-21T04:00Z")
        shop.post.accepted.clear()
        shop.customer(f"c{call}")
        shop.member("manager", timezone="UTC")
        order = shop.reminder("STAFF#manager", f"r{call}", customer_id=f"c{call}", subject="Call Sunita")
        with faults.interrupted(at=call, by=partial(Api().delete, f"/customers/c{call}", headers=ANY)) as calls:
            shop.mailer(order.text())
        if len(calls) < call:
            assert call > 5
            return
        claimed = "TransactWriteItems" in calls[: call - 1]
        assert bool(shop.post.accepted) is claimed, f"at call {call} of {calls}"
        assert Deleted.find(f"c{call}")
    raise AssertionError("the mailer makes more calls than expected")
