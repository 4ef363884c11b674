"""Somebody new is entered once, and nobody twice without being told who may be the same."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.core.lease import Lease
from crm.own_fields import service as own_fields
from tests.console.browser import Browser, Shown
from tests.console.filled import fields
from tests.support.flow import settle
from tests.support.world import Api

CANARY = "<b x=\"'>&{{7*7}}"
HERE = "/console/add"
URDU = "عائشہ صدیقی"


@pytest.fixture(scope="module")
def ayesha(shop: None) -> str:
    made = Api().post("/customers", {"name": URDU, "phone": "+923005557701", "email": "ayesha@shop.example"})
    assert made.status == 201, made.body
    settle()
    Lease.forget_all()
    return str(made.body["id"])


def add(browser: Browser, **typed: str) -> Shown:
    return browser.post(HERE, {**fields(browser.get(HERE), HERE), **typed})


def known(name: str) -> list[dict[str, Any]]:
    settle()
    return [one for one in Api().get("/customers", query={"search": name}).body["items"] if one["name"] == name]


def test_a_name_is_enough_and_a_form_sent_twice_enters_one(manager: Browser, ayesha: str) -> None:
    opened = fields(manager.get(HERE), HERE)
    typed = {**opened, "name": f"Zubair {CANARY}", "tags": "tea\nchai", "consent.marketing": "no", "language": "ur"}
    first, second = manager.post(HERE, typed), manager.post(HERE, typed)
    assert (first.status, first.location) == (303, second.location)
    assert first.location.endswith("?done=added")
    page = manager.get(first.location)
    assert all(text in page.text for text in ("Added.", f"Zubair {CANARY}", "chai", "اردو"))
    customer = Api().get(f"/customers/{first.location.split('/')[-1].partition('?')[0]}").body
    assert (customer["tags"], customer["consent"]["marketing"]) == (["tea", "chai"], False)
    # The same form with something else in it is no second customer.
    other = manager.post(HERE, {**typed, "name": "Zubair Two", "seen": "yes"})
    assert (other.status, "this form has been sent already" in other.text) == (422, True)
    # The form that stands there then is another one.
    assert fields(other, HERE)["once"] != opened["once"]
    assert manager.post(HERE, {"csrf": manager.csrf, "name": "X"}).status == 422


@pytest.mark.parametrize("typed", [{"name": f" {URDU} "}, {"name": "صدیقی عائشہ"}, {"name": "عايشه صديقي"}])
def test_who_may_be_the_same_is_shown_before_and_added_anyway_if_one_says_so(
    manager: Browser, ayesha: str, typed: dict[str, str]
) -> None:
    answer = add(manager, **typed)
    assert answer.status == 409
    assert f'href="/console/customers/{ayesha}"' in answer.body
    assert "Is it one of these?" in answer.text
    assert fields(answer, HERE)["name"] == typed["name"].strip()


def test_none_of_them_is_added(manager: Browser, ayesha: str) -> None:
    answer = add(manager, name=URDU)
    assert manager.post(HERE, {**fields(answer, HERE), "seen": "yes"}).status == 303
    assert len(known(URDU)) == 2


def test_a_known_number_or_address_is_told_in_any_digits(manager: Browser, ayesha: str) -> None:
    for typed in ({"phone": "+۹۲ ۳۰۰ ۵۵۵۷۷۰۱"}, {"email": "Ayesha@Shop.example"}):
        answer = add(manager, name="Quite Different", **typed)
        assert (answer.status, f'href="/console/customers/{ayesha}"' in answer.body) == (409, True)
    again = {**fields(answer, HERE), "allow_duplicate": "yes"}
    assert manager.post(HERE, again).status == 303


def test_while_typing_a_script_is_told_who_may_be_the_same(manager: Browser, ayesha: str) -> None:
    for query in (f"name={URDU}", "phone=0300-5557701", "email=ayesha@shop"):
        part = manager.get(f"{HERE}?{query}", hx_request="true")
        assert (part.status, ayesha in part.body, "<html" in part.body) == (200, True, False), query
    # Who only holds what was typed inside of a word is somebody else.
    others = ("phone=05557701", "email=sha@shop.example", "name=yesha")
    for query in ("name=zz", "name=Nobody+Known", "phone=12", "", "name=%21%21%21", *others):
        assert ayesha not in manager.get(f"{HERE}?{query}", hx_request="true").body


def test_whom_one_does_not_reach_one_is_not_told_of(browser: Browser, manager: Browser, ayesha: str) -> None:
    api = Api()
    told = {"name": "Rukhsana Anwar", "phone": "+923005557709", "owner": "anil"}
    theirs = api.post("/customers", told).body["id"]
    settle()
    sales = browser.signed_in("omar", role="sales")
    address = f"{HERE}?name=Rukhsana+Anwar"
    assert theirs in manager.get(address, hx_request="true").body
    assert theirs not in sales.get(address, hx_request="true").body
    answer = add(sales, name="Rukhsana Anwar", phone="+923005557709")
    assert (answer.status, answer.location.endswith("?done=added")) == (303, True)
    # It is theirs: else they would not see whom they entered.
    made = api.get(f"/customers/{answer.location.split('/')[-1].partition('?')[0]}").body
    assert made["owner"] == "omar"
    assert add(sales, name="Somebody", owner="anil").status == 422


def test_what_is_wrong_stands_beside_its_field(manager: Browser, ayesha: str) -> None:
    answer = add(manager, name="Wrong One", phone="12", birthday="31.12.", tags="a\n\u0007b", address=f"12 {CANARY}")
    assert answer.status == 422
    assert all(f'id="{name}-wrong"' in answer.body for name in ("phone", "birthday", "tags"))
    assert fields(answer, HERE)["address"] == f"12 {CANARY}"
    manager.accepted = "ur"
    assert "ملک کے کوڈ" in add(manager, name="Wrong One", phone="12").text


def test_a_required_field_of_the_business_is_asked_for(manager: Browser, ayesha: str) -> None:
    api = Api()
    field = {"name": "plot", "type": "text", "labels": {"en": "Plot"}, "help": {}, "required": True}
    assert api.post("/fields", field, role="owner").status == 201
    Lease.forget_all()
    try:
        answer = add(manager, name="Wants A Plot")
        assert (answer.status, 'id="custom.plot-wrong"' in answer.body) == (422, True)
        assert add(manager, name="Wants A Plot", **{"custom.plot": "7"}).status == 303
    finally:
        own_fields.remove(name="plot", expected_version=None)
        Lease.forget_all()


def test_a_role_is_asked_for_what_it_sees_and_who_may_not_is_refused(browser: Browser, ayesha: str) -> None:
    till = fields(browser.signed_in("till").get(HERE), HERE)
    assert ("phone" in till, "birthday" in till, "consent.marketing" in till) == (True, False, False)
    assert browser.post(HERE, {**till, "name": "From The Till"}).status == 303
    reader = Browser().signed_in("readonly")
    assert (reader.get(HERE).status, "Add a customer" in reader.get("/console").text) == (403, False)
    assert "Add a customer" in browser.get("/console").text


def test_a_number_without_code_is_one_of_the_business_own_country(manager: Browser, ayesha: str) -> None:
    assert "without it, it is one of your own country" in manager.get(HERE).text
    made = add(manager, name="Imran Aziz", phone="٠٣٠٠-٥٥٥٧٧٠٢")
    assert made.status == 303
    assert "+923005557702" in manager.get(made.location).text
    # One that does not exist there is not guessed, and the code of another country counts.
    assert "must be a phone number with its country code" in add(manager, name="Nobody", phone="12").text
    # One of a line behind it is not dropped without a word, with the code or without.
    for extended in ("0300 5557704 ext 12", "+92 300 5557704 x12"):
        refused = add(manager, name="Nobody", phone=extended)
        assert (refused.status, fields(refused, HERE)["phone"]) == (422, extended)
        assert "has an extension (12); leave the extension out, and write it in a note" in refused.text
    abroad = add(manager, name="Dina Levi", phone="00972 50 123 4567")
    assert "+972501234567" in manager.get(abroad.location).text


def test_of_what_country_the_business_is_nobody_guesses(
    manager: Browser, ayesha: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.console.house.zone", lambda: ZoneInfo("UTC"))
    assert "of your own country" not in manager.get(HERE).text
    refused = add(manager, name="Imran Aziz", phone="0300 5557703")
    assert (refused.status, "must be a phone number with its country code" in refused.text) == (422, True)


def test_what_is_left_empty_or_too_long_is_said_in_plain_words(manager: Browser, ayesha: str) -> None:
    assert "must not be empty" in add(manager, name=" ").text
    assert "must have at most 200 characters" in add(manager, name="x" * 201).text
