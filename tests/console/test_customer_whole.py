"""The rest of a customer's page: own fields, whom they belong to, what they allow and since when, what comes, mails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm.console import assets, reads
from crm.console.customers import record, timeline
from crm.core import clock
from crm.core.lease import Lease
from crm.customers.models import Profile
from crm.mail.models import Message
from crm.reminders.models import ABOUT, About
from tests.console.browser import Browser
from tests.support.flow import settle
from tests.support.meter import metered
from tests.support.world import Api

CANARY = "<img src=x onerror=alert(1)>"
URDU = "سارہ خان"


@pytest.fixture(scope="module")
def sara(shop: None) -> str:
    """A customer with a firm, a friend out of others' reach, own fields, a birthday to come and mails."""
    api = Api()
    shoe: dict[str, Any] = {
        "name": "shoe",
        "type": "number",
        "labels": {"en": f"Shoe {CANARY}", "ur": "جوتا"},
        "help": {},
    }
    kinds: dict[str, Any] = {"name": "finish", "type": "choice", "labels": {"en": "Finish"}, "help": {}}
    kinds["choices"] = [{"value": "matt", "labels": {"en": "Matt", "ur": "دھندلا"}}]
    secret: dict[str, Any] = {
        "name": "debt",
        "type": "money",
        "labels": {"en": "Debt"},
        "help": {},
        "visible_to": ["manager"],
    }
    for one in (shoe, kinds, secret):
        assert api.post("/fields", one, role="owner").status == 201
    fields: dict[str, Any] = {"name": URDU, "birthday": "1990-05-01", "email": "sara@shop.example", "owner": "asma"}
    fields |= {"custom": {"shoe": 38, "finish": "matt", "debt": "99.50"}, "gender": "female"}
    made = api.post("/customers", fields)
    assert made.status == 201, made.body
    sara = str(made.body["id"])
    firm = api.post("/customers", {"name": f"Khan & Sons {CANARY}", "kind": "organisation", "owner": "asma"}).body["id"]
    friend = api.post("/customers", {"name": "Ghost Friend", "owner": "omar"}).body["id"]
    told = {"kind": "member_of", "customer": firm, "roles": ["payer"], "title": f"Head {CANARY}"}
    for relation in (told, {"kind": "household", "customer": friend}):
        assert api.post(f"/customers/{sara}/relations", relation).status == 201
    rule = {"name": f"Card {CANARY}", "occasion": "birthday", "send_at": "09:00", "active": True}
    assert api.post("/greetings", rule).status == 201
    change = {"consent": {"marketing": True}}
    assert api.patch(f"/customers/{sara}", change, headers={"if-match": "*"}, caller="asma").status == 200
    _mail(sara, "no_address", "withheld")
    for number in range(6):
        call = {"kind": "call", "summary": f"Call {number}", "at": f"2026-01-01T00:{number:02}:00Z"}
        assert api.post(f"/customers/{sara}/interactions", call).status == 201
    settle()
    Lease.forget_all()
    return sara


def _mail(customer_id: str, code: str, *states: str, year: str = "2026") -> None:
    now = clock.stamp()
    counts: dict[str, Any] = {"revision": 1, "attempts": 0, "doubts": 0, "created_at": now, "updated_at": now}
    fate: dict[str, Any] = {"state": states[-1], "reason": "x", "reason_code": code, "purpose": "greeting"}
    fate["history"] = [{"state": state, "at": now} for state in ("due", *states)]
    Message(f"CUSTOMER#{customer_id}", f"MAIL#birthday#{year}", **fate, **counts).save()


def path(customer_id: str) -> str:
    return f"/console/customers/{customer_id}"


def test_it_shows_own_fields_whom_they_belong_to_and_what_comes(manager: Browser, sara: str) -> None:
    page = manager.get(path(sara))
    assert page.status == 200
    for text in (f"Shoe {CANARY} 38", "Finish Matt", "Debt 99.50 USD", "Ghost Friend", f"Khan & Sons {CANARY}"):
        assert text in page.text, text
    for text in (f"Head {CANARY}", "pays", "lives in the same household", f"Card {CANARY}", "May 1,", "female"):
        assert text in page.text, text
    assert "<img" not in page.body
    manager.accepted = "ur"
    page = manager.get(path(sara))
    assert all(text in page.text for text in ("جوتا", "دھندلا"))


def test_what_comes_stands_in_the_order_of_its_days(manager: Browser, sara: str) -> None:
    for day, subject in (("2099-03-01", "Far away"), (str(clock.now().date() + timedelta(days=1)), "Tomorrow")):
        told = {"subject": subject, "at": f"{day}T10:00", "customer_id": sara, "to": "staff", "staff": "asma"}
        assert Api().post("/reminders", told).status == 201
    settle()
    coming = manager.get(path(sara)).text.partition("Coming")[2].partition("What happened")[0]
    assert coming.index("Tomorrow") < coming.index("Card") < coming.index("Far away")


def test_it_says_whose_word_a_consent_is_and_since_when(manager: Browser, sara: str) -> None:
    said = manager.get(path(sara)).text.partition("What they allow")[2].partition("Coming")[0]
    assert "entered by the staff · Asma" in said.partition("Offers")[2]
    assert "not asked" in said.partition("Offers")[0]


def test_it_costs_no_more_than_before(manager: Browser, sara: str) -> None:
    manager.get(path(sara))
    with metered() as cost:
        page = manager.get(path(sara))
    assert cost.round_trips <= 2, cost.calls
    assert cost.beside.total() <= 2, cost.beside
    assert len(page.body.encode()) + (assets.STATIC / "console.css").stat().st_size < 60_000


def test_it_shows_the_same_of_who_is_related_to_many(
    manager: Browser, sara: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = manager.get(path(sara)).text
    # They have two: more than may stand beside what is newest in one read.
    monkeypatch.setattr(record, "_FEW_BESIDE", 1)
    many = manager.get(path(sara)).text
    assert ("Ghost Friend" in many, "Call 5 " in many) == (True, True)
    assert many == few


def test_it_shows_the_same_as_if_all_that_is_kept_were_read(
    manager: Browser, sara: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = manager.get(path(sara)).text
    monkeypatch.setattr(record, "_told", tuple)
    assert manager.get(path(sara)).text == some


def test_others_out_of_reach_and_hidden_fields_are_left_out(
    browser: Browser, sara: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_MOST", 3)
    page = browser.signed_in("asma", role="sales").get(path(sara))
    assert ("Khan & Sons" in page.text, "Ghost Friend" in page.text) == (True, False)
    assert "Debt" not in page.text
    till = browser.signed_in("till").get(path(sara))
    # Where they may not look there is no link either.
    assert ("block=who" in till.body, "block=own" in till.body, 'id="older"' in till.body) == (True, False, False)
    assert till.status == 200
    for text in ("Shoe", "Finish", "entered by the staff", "May 1", "no e-mail address", "female"):
        assert text not in till.text, text
    # Of a greeting that a role is not to know nothing is said at all.
    service = browser.signed_in("service").get(path(sara))
    assert "Card" not in service.text.partition("Coming")[2].partition("Mails")[0]


def test_however_many_reminders_there_were_those_that_are_open_stand_there(manager: Browser, sara: str) -> None:
    """What stands with a customer for a reminder outlives it; one read takes a hundred keys of both tables."""
    told = {"subject": "Still open", "at": "2099-03-02T10:00", "customer_id": sara, "to": "staff", "staff": "asma"}
    assert Api().post("/reminders", told).status == 201
    settle()
    before = manager.get(path(sara)).text
    assert "Still open" in before
    # Those before and behind, in the order of their ids, are gone.
    ids = [f"{edge}{number:025}" for edge in "0z" for number in range(2 * reads.MOST)]
    about = [About(f"CUSTOMER#{sara}", f"{ABOUT}{one}#asma") for one in ids]
    try:
        for one in about:
            one.save()
        page = manager.get(path(sara))
        assert (page.status, page.text) == (200, before)
    finally:
        for one in about:
            one.delete()


def test_what_happened_before_is_a_link_away_with_and_without_script(
    manager: Browser, sara: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_MOST", 3)
    page = manager.get(path(sara))
    assert [f"Call {number} " in page.text for number in range(6)] == [False] * 3 + [True] * 3
    older = page.body.partition('<li id="older"><a href="')[2].partition('"')[0]
    whole, part = manager.get(older), manager.get(older, hx_request="true")
    for found in (whole, part):
        assert all(f"Call {number} " in f"{found.text} " for number in range(3))
        assert ("Call 3 " in found.text, 'id="older"' in found.body) == (False, False)
    monkeypatch.setattr(timeline, "_MOST", 2)
    assert 'id="older"' in manager.get(older).body
    assert (URDU in whole.text, "<html" in part.body) == (True, False)
    # Somebody else's link opens nothing.
    other = Browser().signed_in("asma", role="sales")
    assert other.get(older).location == older.partition("?")[0]


def test_a_mail_says_why_it_did_not_go_and_what_to_do(manager: Browser, browser: Browser, sara: str) -> None:
    page = manager.get(path(sara))
    assert "not sent: no e-mail address is known" in page.text
    address = f"/console/messages/customer_{sara}_birthday_2026"
    assert address in page.body
    mail = manager.get(address)
    assert all(text in mail.text for text in ("Ask for their e-mail address", "no e-mail address is known", "not sent"))
    assert Browser().signed_in("omar", role="sales").get(address).status == 404
    own = browser.signed_in("till").get(address)
    assert own.status == 403


def test_an_old_value_that_fits_its_field_no_more_is_shown_as_text(manager: Browser, shop: None) -> None:
    api = Api()
    made = api.post("/customers", {"name": "Old Hand"}).body["id"]
    api.post("/fields", {"name": "page", "type": "link", "labels": {"en": "Page"}, "help": {}}, role="owner")
    api.post("/fields", {"name": "since", "type": "date", "labels": {"en": "Since"}, "help": {}}, role="owner")
    Lease.forget_all()
    odd = {"page": "javascript:alert(1)", "since": "long ago"}
    stored = Profile.read(made)
    stored.custom = odd
    stored.save()
    page = manager.get(path(made))
    assert all(text in page.text for text in ("Page javascript:alert(1)", "Since long ago"))
    assert 'href="javascript' not in page.body


def test_a_mail_says_once_what_two_steps_of_the_program_are_to_who_reads(manager: Browser, sara: str) -> None:
    _mail(sara, "bounced", "claimed", "accepted", "delivered", "bounced", year="2027")
    page = manager.get(f"/console/messages/customer_{sara}_birthday_2027").text.partition("What became of it")[2]
    assert [page.count(words) for words in ("on its way", "sent", "came back")] == [1, 1, 1]
