"""The page on which customers choose: each purpose alone, looking changes nothing, and staff see whose word it is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crm.core import clock
from crm.customers.models import Profile
from crm.mail import links
from crm.mail.links import Link
from crm.suppressions import service as suppressions
from crm.suppressions.models import Suppression
from tests.mail.test_render import LANGUAGES, Well
from tests.support import faults
from tests.support.rows import all_items
from tests.support.shop import Shop, birthday_of
from tests.support.visitor import visit
from tests.support.world import Api

FORM = {"content-type": "application/x-www-form-urlencoded"}


def path(customer_id: str = "sunita") -> str:
    return links.preferences(Link(customer_id, "greeting")).removeprefix("https://crm.example")


def chosen(page: str) -> dict[str, str]:
    """What is ticked on the page, by purpose."""
    return dict(re.findall(r'<input type="radio" name="(\w+)" value="(\w+)" checked>', page))


def save(form: str, customer_id: str = "sunita", **request: Any) -> dict[str, Any]:
    return visit("POST", path(customer_id), raw=form, headers=FORM, **request)


def test_every_mail_to_a_customer_leads_to_the_page_and_looking_changes_nothing(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21")
    shop.mailer(birthday_of("sunita").text())
    mail = shop.post.accepted[0]
    [address] = set(re.findall(r"https://crm\.example(/preferences/[\w.-]+)", mail.text))
    assert f'href="https://crm.example{address}"' in mail.html
    before = all_items()
    for _ in range(3):
        assert chosen(visit("GET", address)["body"]) == {"greeting": "yes", "marketing": "no", "service": "yes"}
    assert all_items() == before


def test_answers_are_kept_and_shown_and_hold_for_the_next_mail(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21", consent={"service": True})
    page = save("greeting=no&marketing=yes&service=yes")
    assert page["status"] == 200
    assert "Saved" in page["body"]
    assert chosen(page["body"]) == {"greeting": "no", "marketing": "yes", "service": "yes"}
    shop.tick()
    shop.deliver()
    assert shop.post.accepted == []
    assert shop.message(birthday_of("sunita")).state == "withheld"


def test_staff_see_the_answer_its_time_and_how_it_came(shop: Shop, api: Api) -> None:
    shop.customer()
    save("marketing=yes&greeting=yes&service=yes")
    told = api.get("/customers/sunita").body
    assert told["consent"] == {"greeting": True, "marketing": True, "service": True}
    assert told["own_answers"]["marketing"] == {"allowed": True, "at": clock.stamp(), "how": "preferences_page"}


def test_the_same_answers_again_write_nothing(shop: Shop) -> None:
    shop.customer()
    save("greeting=no")
    before = all_items()
    shop.wait(minutes=5)
    assert "Saved" in save("greeting=no")["body"]
    assert all_items() == before


def test_a_no_stands_under_the_address_and_a_yes_takes_it_back(shop: Shop) -> None:
    shop.customer()
    save("greeting=no&marketing=no&service=yes")
    assert suppressions.read("sunita@example.org").refused == {"greeting", "marketing"}
    # Somebody who was entered anew, or twice, meets the same refusal.
    shop.customer("again", email="Sunita@example.org")
    assert chosen(visit("GET", path("again"))["body"]) == {"greeting": "no", "marketing": "no", "service": "yes"}
    save("greeting=yes&service=no", "again")
    assert suppressions.read("sunita@example.org").refused == {"marketing", "service"}
    save("marketing=yes&service=yes", "again")
    assert suppressions.read("sunita@example.org").refused == frozenset()


def test_a_no_that_staff_had_noted_is_still_theirs_to_say(shop: Shop, api: Api) -> None:
    shop.customer(consent={"greeting": False})
    save("greeting=no")
    assert suppressions.read("sunita@example.org").refused == {"greeting"}
    assert api.get("/customers/sunita").body["own_answers"]["greeting"]["allowed"] is False


def test_somebody_without_an_address_can_answer_as_well(shop: Shop, api: Api) -> None:
    shop.customer(email=None)
    assert "Saved" in save("greeting=no")["body"]
    assert api.get("/customers/sunita").body["consent"]["greeting"] is False
    assert {item["pk"]["S"] for item in all_items()} == {"CUSTOMER#sunita"}


def test_two_answers_for_one_address_at_once_both_count(shop: Shop) -> None:
    shop.customer()
    shop.customer("again", email="sunita@example.org")
    visit("GET", path())  # the signing key is read once
    with faults.interrupted(at=3, by=lambda: save("marketing=no", "again")) as calls:
        save("greeting=no")
    assert calls[2] == "TransactWriteItems"
    assert suppressions.read("sunita@example.org").refused == {"greeting", "marketing"}


@pytest.mark.parametrize(
    "form",
    [
        "",
        "List-Unsubscribe=One-Click",
        "greeting=maybe",
        "greeting=",
        "owner=yes&version=7&pk=x",
        "%FF%FE=%00",
        "&" * 5_000,
        '{"greeting": "no"}',
        "greetings=no",
        "x=" + "y" * 13_000 + "&greeting=no",
    ],
)
def test_a_form_that_answers_nothing_changes_nothing(shop: Shop, form: str) -> None:
    shop.customer()
    before = all_items()
    page = save(form)
    assert page["status"] == 200
    assert "Saved" not in page["body"]
    assert all_items() == before


def test_one_answer_leaves_the_others(shop: Shop, api: Api) -> None:
    shop.customer(consent={"marketing": True})
    save("service=no")
    assert api.get("/customers/sunita").body["consent"] == {"greeting": None, "marketing": True, "service": False}


@pytest.mark.parametrize("raw", ["Z3JlZXRpbmc9bm8=", "not base64!", "//4="])
def test_a_body_in_base64_is_read_and_a_broken_one_answers_nothing(shop: Shop, raw: str) -> None:
    shop.customer()
    page = save(raw, is_base64=True)
    assert page["status"] == 200
    assert ("Saved" in page["body"]) == raw.startswith("Z3")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_in_the_customers_language_and_can_be_used_without_a_mouse(shop: Shop, language: str) -> None:
    shop.customer(language=language, name="<b>Eve</b>")
    for page in (visit("GET", path()), save("greeting=no")):
        direction = "rtl" if language in ("ur", "he") else "ltr"
        assert f'<html lang="{language}" dir="{direction}">' in page["body"]
        assert Well().check(re.sub(r"<input[^>]*>", "", page["body"]))
        assert page["body"].count("<fieldset") == page["body"].count("<legend>") == 3
        # Each radio stands inside its label, so both are one target.
        assert len(re.findall(r"<label><input type=\"radio\"[^>]*> [^<]+</label>", page["body"])) == 6
        assert not re.search(r"<script|src=|https?://|Eve|sunita|tabindex|onclick", page["body"])
        assert page["headers"]["Cache-Control"] == "no-store"
        assert "default-src 'none'" in page["headers"]["Content-Security-Policy"]


def test_a_forgotten_customer_has_nothing_to_choose_and_does_not_come_back(shop: Shop) -> None:
    for page in (visit("GET", path("gone")), save("greeting=yes", "gone")):
        assert page["status"] == 200
        assert "no longer hold any data" in page["body"]
    assert all_items() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_broken_link_is_a_friendly_404(shop: Shop, method: str) -> None:
    page = visit(method, "/preferences/k1.Z3JlZXRpbmc6YWJj.AAAAAAAAAAAAAAAAAAAAAA")
    assert page["status"] == 404
    assert "This link does not work" in page["body"]


@pytest.mark.parametrize("call", ["GetItem", "TransactWriteItems"])
def test_a_store_that_is_down_says_try_again_and_changes_nothing(shop: Shop, call: str) -> None:
    shop.customer()
    before = all_items()
    with faults.refusing(call, error=faults.down(call)):
        page = save("greeting=no")
    assert page["status"] == 503
    assert page["headers"]["Retry-After"] == "60"
    assert "Nothing was changed" in page["body"]
    assert all_items() == before


@pytest.mark.parametrize("address", [path, lambda: path().replace("preferences", "unsubscribe")])
def test_whoever_presses_again_after_a_fault_has_what_they_asked_for(shop: Shop, api: Api, address: Any) -> None:
    shop.customer()
    for crash in faults.crash_points():
        Profile.keyed("sunita").delete()
        Suppression.keyed("sunita@example.org").delete()
        shop.customer(consent={"marketing": True})
        with crash:
            visit("POST", address(), raw="greeting=no&marketing=no", headers=FORM)
        assert visit("POST", address(), raw="greeting=no&marketing=no", headers=FORM)["status"] == 200
        told = api.get("/customers/sunita").body
        assert told["consent"] == {"greeting": False, "marketing": False, "service": None}
        assert told["version"] == 2
        assert set(told["own_answers"]) == {"greeting", "marketing"}


def test_a_lost_answer_of_the_store_records_the_choice_once(shop: Shop, api: Api) -> None:
    shop.customer()
    with faults.losing_answer(operations=["TransactWriteItems"]):
        assert save("greeting=no")["status"] == 200
    assert api.get("/customers/sunita").body["version"] == 2


def test_what_staff_change_in_the_same_moment_is_kept(shop: Shop, api: Api) -> None:
    shop.customer()

    def staff() -> None:
        assert api.patch("/customers/sunita", {"name": "Sunita R."}, headers={"if-match": "*"}).status == 200

    visit("GET", path())
    with faults.interrupted(at=3, by=staff) as calls:
        save("greeting=no")
    assert calls[2] == "TransactWriteItems"
    told = api.get("/customers/sunita").body
    assert (told["name"], told["consent"]["greeting"], told["version"]) == ("Sunita R.", False, 3)
