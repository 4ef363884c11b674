"""Mail of people whom nobody knows, on pages: it is read, given to a customer, made one of, or put aside."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.console.browser import Browser
from tests.inbox.test_inbox import arrive, letter
from tests.support.flow import project
from tests.support.world import Api

PAGE = "/console/inbox"
CANARY = "<b onclick=x>\"'&{{7*7}}"
AS_OWNER: dict[str, Any] = {"caller": "owner", "role": "owner"}


def come(number: int, sender: str = "Nadeem <nadeem@else.example>", *, results: str | None = None) -> str:
    """A mail comes in; the address of its page."""
    mail = letter(sender, results=results)
    mail.replace_header("Message-ID", f"<console-{number}@else.example>")
    mail.replace_header("Subject", f"سلام {number} {CANARY}")
    mail.add_attachment(b"a list", "text", "plain", filename="what is wanted.txt")
    arrive(mail, f"inbox/console-{number}")
    found = Api().get("/inbox", **AS_OWNER).body["items"]
    return next(f"{PAGE}/{one['id']}" for one in found if f" {number} " in one["subject"])


def customer(**fields: Any) -> str:
    made = Api().post("/customers", {"name": "Nadeem Ali", **fields}, query={"allow_duplicate": "true"}, **AS_OWNER)
    assert made.status == 201, made.body
    project((f"CUSTOMER#{made.body['id']}", "PROFILE"))
    return str(made.body["id"])


def said(who: str) -> str:
    return str(Api().get(f"/customers/{who}/interactions", **AS_OWNER).body)


@pytest.fixture(autouse=True)
def nothing_is_left(shop: None) -> None:
    for one in Api().get("/inbox", **AS_OWNER).body["items"]:
        assert Api().post(f"/inbox/{one['id']}/dismiss", **AS_OWNER).status == 200


def test_a_mail_is_read_and_its_text_and_files_are_nothing_but_text(manager: Browser) -> None:
    assert "Nothing waits." in manager.get(PAGE).text
    address = come(1)
    shown = manager.get(PAGE)
    assert f"سلام 1 {CANARY}" in shown.text
    assert "Nadeem nadeem@else.example 1 file" in shown.text
    page = manager.get(address)
    for text in (f"سلام 1 {CANARY}", "It is loud. Please call me.", "what is wanted.txt 1 kB", "Nobody answers for"):
        assert text in page.text, text
    assert "<b onclick" not in shown.body + page.body
    there = manager.get(f"{address}/attachments/0")
    assert (there.status, "crm-files" in there.body) == (200, True)
    for number in ("1", "-1", "x", "٠", "9" * 30):
        assert manager.get(f"{address}/attachments/{number}").status == 404, number
    assert manager.get(f"{PAGE}/{'a' * 26}").status == 404
    assert manager.get(f"{PAGE}?after=nonsense").location == PAGE
    # It stands on the page of what is to be looked after, too.
    assert f'href="{address}"' in manager.get("/console/health").body
    manager.accepted = "ur"
    assert "جو ای میلیں" in manager.get(PAGE).text


def test_a_mail_goes_to_who_has_the_address_or_is_found(manager: Browser) -> None:
    who = customer(email="nadeem@else.example")
    address = come(2)
    page = manager.get(address)
    assert "They have this address: Nadeem Ali" in page.text
    other = customer(name="Zulekha Finder")
    found = manager.get(f"{address}?who=zulekha")
    assert f'name="customer" value="{other}"' in found.body
    assert "Nobody fits." in manager.get(f"{address}?who=qqqqqq").text
    sent = {"csrf": manager.csrf, "action": "assign"}
    for wrong in ({}, {"customer": ""}, {"customer": "a" * 26}, {"customer": "x" * 3000}):
        assert manager.post(address, {**sent, **wrong}).status == 404
    answer = manager.post(address, {**sent, "customer": other})
    assert answer.location == f"{PAGE}?done=assign&customer={other}"
    assert f'href="/console/customers/{other}"' in manager.get(answer.location).body
    assert "سلام 2" in said(other)
    assert "It stands in the timeline of a customer. Zulekha Finder" in manager.get(address).text
    # Who comes too late sees what was said of it, and changes nothing.
    late = manager.post(address, {**sent, "customer": who})
    assert (late.status, "Somebody else was faster" in late.text, "With a customer" in late.text) == (409, True, True)
    assert said(who) == "{'items': [], 'next': None}"
    assert f"سلام 2 {CANARY}" in manager.get(f"{PAGE}?state=assigned").text
    assert manager.post(address, {"csrf": manager.csrf, "action": "burn"}).status == 400


def test_a_customer_is_made_of_who_wrote_unless_they_are_known_or_forgotten(manager: Browser) -> None:
    address = come(3, "Rukhsana <rukhsana@else.example>")
    sent = {"csrf": manager.csrf, "action": "register"}
    wrong = manager.post(address, {**sent, "name": "x" * 300})
    assert (wrong.status, 'id="name-wrong"' in wrong.body) == (422, True)
    answer = manager.post(address, {**sent, "name": "Rukhsana Bibi"})
    [who] = re.findall(r"customer=(\w+)", answer.location)
    made = Api().get(f"/customers/{who}", **AS_OWNER).body
    assert (made["name"], made["email"], made["tags"]) == ("Rukhsana Bibi", "rukhsana@else.example", ["lead"])
    assert "Rukhsana Bibi" in manager.get(answer.location).text
    again = come(4, "Rukhsana <rukhsana@else.example>")
    known = manager.post(again, sent)
    assert (known.status, "is known already: Rukhsana Bibi" in known.text) == (409, True)
    nobody = come(5, "no address at all")
    assert "The mail names no single address." in manager.get(nobody).text
    assert manager.forged(nobody, sent).status == 422


def test_a_name_that_came_too_late_is_given_back(manager: Browser) -> None:
    address = come(9, "Shirin <shirin@else.example>")
    assert manager.submit(address, address, action="dismiss").status == 303
    late = manager.submit(address, address, action="register", name="Ann")
    assert (late.status, "Somebody else was faster" in late.text) == (409, True)
    assert "What you have written It was not kept." in late.text
    assert '<pre class="as-typed" dir="auto" tabindex="0">Ann</pre>' in late.body
    # What the mail says itself nobody has written.
    assert "What you have written" not in manager.submit(address, address, action="register", name="Shirin").text


def test_what_is_put_aside_waits_no_more(manager: Browser) -> None:
    address = come(6)
    assert manager.post(address, {"csrf": manager.csrf, "action": "dismiss"}).location == f"{PAGE}?done=dismiss"
    assert "Nothing waits." in manager.get(PAGE).text
    assert f"سلام 6 {CANARY}" in manager.get(f"{PAGE}?state=dismissed").text
    assert "It was put aside. manager" in manager.get(address).text


def test_who_reaches_some_customers_sees_and_settles_the_mail_of_these_alone(manager: Browser) -> None:
    customer(email="hers@else.example", owner="somebody_else")
    mine = customer(name="Mine", owner="ida")
    hers, nobodys = come(7, "Hers <hers@else.example>"), come(8, "New <brand-new@else.example>")
    seller = Browser().signed_in("ida", role="sales")
    page = seller.get(PAGE)
    assert (" 8 " in page.text, " 7 " in page.text) == (True, False)
    for answer in (seller.get(hers), seller.get(f"{hers}/attachments/0"), seller.submit(PAGE, hers, action="dismiss")):
        assert answer.status == 404
    foreign = customer(name="Foreign", owner="somebody_else")
    sent = {"csrf": seller.csrf, "action": "assign"}
    assert seller.post(nobodys, {**sent, "customer": foreign}).status == 404
    assert seller.post(nobodys, {**sent, "customer": mine}).status == 303
    for role in ("till", "readonly", "marketing"):
        assert Browser().signed_in("somebody", role=role).get(PAGE).status == 403
