"""One customer on one page: what is known, what happened, what comes; a call logged in a line."""

from __future__ import annotations

import html
from dataclasses import dataclass

import pytest

from crm.access import roster
from crm.access.models import PARTITION, ROSTER, Roster
from crm.console import assets
from crm.console.customers import find
from crm.core import built
from crm.core.lease import Lease
from tests.console.browser import Browser
from tests.console.filling import filled
from tests.support.flow import settle
from tests.support.meter import metered
from tests.support.world import Api, know_the_roster

CANARY = "<script>alert('x')</script>\"'&{{7*7}}"
PERSON = {
    "name": f"Nadia {CANARY}",
    "phone": "+92 300 1234567",
    "birthday": "1990-02-28",
    "address": f"12 Mall Road {CANARY}",
    "language": "ur-PK",
    "income_band": "high",
    "source": f"fair {CANARY}",
    "tags": ["regular", f"t{CANARY}"],
    "owner": "sales",
    "consent": {"marketing": False},
    "custom": {"card_number": "99887766"},
}


@dataclass(frozen=True)
class Known:
    """A customer of whom all is known."""

    path: str
    id: str


@pytest.fixture(scope="module")
def nadia(shop: None) -> Known:
    api = Api()
    api.post("/staff", {"id": "manager", "name": "Mona"}, role="owner")
    group = {"name": f"Rich {CANARY}", "rule": {"field": "income_band", "op": "eq", "value": "high"}}
    tagged = {"name": "Regulars", "rule": {"field": "tags", "op": "contains", "value": "regular"}}
    assert {api.post("/segments", one).status for one in (group, tagged)} == {201}
    made = api.post("/customers", PERSON)
    assert made.status == 201, made.body
    path = f"/customers/{made.body['id']}"
    bought = {
        "amount": "1250.50",
        "payment_method": "gold card",
        "lines": [{"product": f"Lamp {CANARY}", "quantity": 1}],
    }
    api.post(f"{path}/purchases", bought)
    api.post(f"{path}/interactions", {"kind": "visit", "summary": f"Looked at lamps {CANARY}"})
    planned = {"customer_id": made.body["id"], "at": "2099-03-01T10:00", "subject": f"Lamp is in {CANARY}"}
    assert api.post("/reminders", {"to": "staff", "staff": "manager", **planned}).status == 201
    assert api.post("/reminders", {"to": "customer", **planned, "subject": "Your lamp"}).status == 201
    settle()
    Lease.forget_all()
    return Known(f"/console/customers/{made.body['id']}", made.body["id"])


def test_the_page_shows_who_it_is_what_happened_and_what_comes(manager: Browser, nadia: Known) -> None:
    page = manager.get(nadia.path)
    assert page.status == 200
    for text in ("+923001234567", "February 28, 1990", "1,250.50 USD", "Looked at lamps", "Lamp is in", "Your lamp"):
        assert text in page.text, text
    for text in ("Regulars", "Tags regular", "reminder to the staff · Mona", "mail to them", "اردو", "Sales"):
        assert text in page.text, text


def test_each_group_says_why(manager: Browser, nadia: Known) -> None:
    page = manager.get(nadia.path)
    rich = page.text.partition("Rich")[2]
    assert "income" in rich[:120].lower()
    manager.accepted = "he"
    assert "הכנסה" in manager.get(nadia.path).text


def test_what_people_wrote_stands_as_text_and_never_as_markup(manager: Browser, nadia: Known) -> None:
    for address in (nadia.path, "/console/find?q=nadia", "/console/find?q=%3Cscript%3Ealert%3C%2Fscript%3E"):
        for headers in ({}, {"hx_request": "true"}):
            body = manager.get(address, **headers).body
            assert "<script>alert" not in body
            assert "'&49" not in body
    # The name, the address, where they came from, a tag, the name of a group, a visit, a purchase, a reminder.
    assert manager.get(nadia.path).text.count(CANARY) >= 8


def test_the_page_costs_two_round_trips_and_sixty_kilobytes_at_most(manager: Browser, nadia: Known) -> None:
    manager.get(nadia.path)
    with metered() as cost:
        page = manager.get(nadia.path)
    assert cost.round_trips <= 2, cost.calls
    assert cost.beside.total() <= 2, cost.beside
    assert len(page.body.encode()) + (assets.STATIC / "console.css").stat().st_size < 60_000


def test_who_reaches_some_customers_costs_no_more(browser: Browser, nadia: Known) -> None:
    browser.signed_in("sales")
    assert browser.get(nadia.path).status == 200
    with metered() as cost:
        assert browser.get(nadia.path).status == 200
    assert cost.round_trips <= 2, cost.calls


def test_who_does_not_reach_a_customer_finds_nobody_there(browser: Browser, nadia: Known) -> None:
    browser.signed_in("omar", role="sales")
    for address in (nadia.path, "/console/customers/nobody", f"/console/customers/{'a' * 26}"):
        page = browser.get(address)
        assert (page.status, "Nadia" in page.text) == (404, False)
        assert "There is no such page" in page.text
    assert "Nobody fits." in browser.get("/console/find?q=nadia").text
    assert "Nadia" not in browser.get("/console/find?q=nadia", hx_request="true").text
    form = {"csrf": browser.get("/console").csrf, "summary": "x", "once": "a"}
    assert browser.post(f"{nadia.path}/interactions", form).status == 404


def test_fields_that_a_role_does_not_see_are_not_on_its_page(browser: Browser, nadia: Known) -> None:
    page = browser.signed_in("till").get(nadia.path)
    assert page.status == 200
    for text in ("February 28", "Mall Road", "fair", "Rich", "Offers", "Looked at lamps", "Lamp is in"):
        assert text not in page.text, text
    assert "+923001234567" in page.text
    page = browser.signed_in("service").get(nadia.path)
    assert "Rich" not in page.text
    assert "gold card" not in page.text
    assert "Looked at lamps" in page.text


def test_a_group_by_what_a_role_does_not_see_is_none_of_its_groups(browser: Browser, nadia: Known) -> None:
    rights = ["customers.read", "segments.read"]
    own = {"clerk": {"says": "Sees most.", "all": rights, "hidden": ["/income_band"], "version": 1}}
    told = {"cleo": {"role": "clerk"}}
    roster.remember(Roster(PARTITION, ROSTER, version=1, members=told, roles=own, teams={}))
    try:
        page = browser.signed_in("cleo", role="clerk").get(nadia.path)
        assert ("Regulars" in page.text, "Rich" in page.text) == (True, False)
        # What happened is another permission.
        assert "Looked at lamps" not in page.text
    finally:
        know_the_roster()


def test_a_call_is_logged_in_a_line_and_once(manager: Browser, nadia: Known) -> None:
    page = manager.get(nadia.path)
    form = {"csrf": page.csrf, "once": page.body.partition('name="once" value="')[2].partition('"')[0]}
    for _ in range(2):
        answer = manager.post(f"{nadia.path}/interactions", {**form, "summary": " Wants the blue one ", "kind": "call"})
        assert (answer.status, answer.location) == (303, f"{nadia.path}?done=logged")
    assert manager.get(answer.location).text.count("Wants the blue one") == 1
    [call] = [one for one in Api().get(f"/customers/{nadia.id}/interactions").body["items"] if one["kind"] == "call"]
    assert (call["summary"], call["recorded_by"]) == ("Wants the blue one", "manager")


def test_a_reminder_is_one_choice_more(manager: Browser, nadia: Known) -> None:
    page = manager.get(nadia.path)
    form = {"csrf": page.csrf, "summary": "Ask again about the lamp", "days": "7", "once": "once-a"}
    answer = manager.post(f"{nadia.path}/interactions", form)
    assert answer.location.endswith("?done=reminded")
    assert manager.get(answer.location).text.count("Ask again about the lamp") == 2
    [made] = [
        one
        for one in Api().get("/reminders", query={"staff": "manager"}).body["items"]
        if one["subject"] == "Ask again about the lamp"
    ]
    assert made["customer_id"] == nadia.id


def test_who_is_not_in_the_list_of_the_staff_logs_and_is_told(browser: Browser, nadia: Known) -> None:
    browser.signed_in("ghost", role="manager")
    form = {"csrf": browser.get(nadia.path).csrf, "summary": "Rang back", "days": "1", "once": "once-b"}
    answer = browser.post(f"{nadia.path}/interactions", form)
    assert "you are not in the list of the staff" in browser.get(answer.location).text


@pytest.mark.parametrize(
    ("form", "at", "why"),
    [
        ({"summary": " "}, "summary", "say in a line what it was about"),
        ({"summary": "x" * 2001}, "summary", "must have at most 2000 characters"),
        ({"summary": "x\0y"}, "summary", "must"),
        ({"kind": "purchase"}, "kind", "choose one of the list"),
        ({"once": ""}, "", "load the page anew"),
    ],
)
def test_a_line_that_is_not_taken_stands_on_the_page_as_it_was_written(
    manager: Browser, nadia: Known, form: dict[str, str], at: str, why: str
) -> None:
    sent = {"csrf": manager.get(nadia.path).csrf, "summary": f"x {CANARY}", "kind": "visit", "days": "7", "once": "c"}
    answer = manager.post(f"{nadia.path}/interactions", {**sent, **form})
    assert (answer.status, "What happened" in answer.text, why in answer.text) == (422, True, True)
    if at:
        assert f'<a href="#{at}"><strong>' in answer.body
    assert ('id="summary-wrong"' in answer.body) == (at == "summary")
    assert '<option value="7" selected>' in answer.body
    assert ('<option value="visit" selected>' in answer.body) == (at != "kind")
    assert html.escape(form.get("summary", sent["summary"]), quote=False)[:9] in answer.body
    assert "<script>alert" not in answer.body
    told = filled(answer, f"{nadia.path}/interactions", summary="Came by at last", kind="visit", days="")
    assert manager.post(f"{nadia.path}/interactions", told).location == f"{nadia.path}?done=logged"


def test_another_line_by_a_form_that_was_taken_is_given_back_and_can_be_sent(manager: Browser, nadia: Known) -> None:
    form = {"csrf": manager.get(nadia.path).csrf, "kind": "call", "once": "sent-once"}
    address = f"{nadia.path}/interactions"
    assert manager.post(address, {**form, "summary": "The first"}).status == 303
    again = manager.post(address, {**form, "summary": "The second"})
    assert (again.status, "has been sent already" in again.text) == (422, True)
    assert manager.post(address, filled(again, address)).location == f"{nadia.path}?done=logged"
    text = manager.get(nadia.path).text
    assert ("The first" in text, "The second" in text) == (True, True)


def test_whose_line_is_not_taken_sees_no_more_of_the_customer_than_before(browser: Browser, nadia: Known) -> None:
    own = {"scribe": {"says": "Logs.", "own": ["customers.read"], "all": ["activity.write"], "version": 1}}
    told = {"sven": {"role": "scribe"}}
    roster.remember(Roster(PARTITION, ROSTER, version=1, members=told, roles=own, teams={}))
    try:
        browser.signed_in("sven", role="scribe")
        form = {"csrf": browser.csrf, "kind": "call", "once": "e", "summary": "Long words " * 200}
        answer = browser.post(f"{nadia.path}/interactions", form)
        assert (answer.status, "Something is missing or not right" in answer.text) == (422, True)
        assert ("Nadia" in answer.text, "Long words" in answer.text) == (False, True)
    finally:
        know_the_roster()


def test_what_cannot_be_kept_is_refused_and_not_a_failure_of_ours(manager: Browser, nadia: Known) -> None:
    sent = {"csrf": manager.csrf, "summary": "Rang\x07back", "kind": "call", "once": "e"}
    answer = manager.post(f"{nadia.path}/interactions", sent)
    assert (answer.status, "must not contain control characters" in answer.text) == (422, True)


def test_a_reminder_is_about_one_line_of_what_was_pasted(manager: Browser, nadia: Known) -> None:
    sent = {"csrf": manager.csrf, "summary": "Pasted\r\nin two lines", "days": "1", "once": "once-f"}
    assert manager.post(f"{nadia.path}/interactions", sent).location.endswith("?done=reminded")
    subjects = [one["subject"] for one in Api().get("/reminders", query={"staff": "manager"}).body["items"]]
    assert "Pasted in two lines" in subjects


def test_a_role_that_changes_nothing_is_offered_nothing(browser: Browser, nadia: Known) -> None:
    page = browser.signed_in("readonly").get(nadia.path)
    assert 'name="summary"' not in page.body
    form = {"csrf": page.csrf, "summary": "x", "kind": "call", "once": "d"}
    answer = browser.post(f"{nadia.path}/interactions", form)
    assert (answer.status, "Your role does not allow this" in answer.text) == (403, True)


def test_whoever_was_merged_into_another_leads_there(manager: Browser) -> None:
    api = Api()
    into, gone = (api.post("/customers", {"name": name}).body for name in ("Ziauddin", "Ziaudin"))
    merge = {"into": into["id"], "from": gone["id"], "into_version": 1, "from_version": 1}
    assert api.post("/merges", merge).status in {201, 202}
    settle()
    assert manager.get(f"/console/customers/{gone['id']}").location == f"/console/customers/{into['id']}"


def test_anybody_is_found_by_a_part_of_name_or_number(manager: Browser, nadia: Known) -> None:
    for wanted in ("nad", "0300-123", "+92300", "۰۳۰۰"):
        part = manager.get(f"/console/find?q={wanted}", hx_request="true")
        assert nadia.id in part.body, wanted
        assert "<html" not in part.body


def test_why_somebody_was_found_is_marked_and_where_it_is_not_shown_it_is_said(manager: Browser, nadia: Known) -> None:
    # The language was chosen in English, the digits in Urdu; the canary in the name stays text.
    for wanted, marked in (
        ("adi", "N<mark>adi</mark>a"),
        ("۴۵۶۷", "+92300123<mark>4567</mark>"),
        ("0300", "+92<mark>300</mark>1"),
    ):
        part = manager.get(f"/console/find?q={wanted}", hx_request="true").body
        assert (marked in part, "<script>alert" in part) == (True, False), (wanted, part)
    by_card = manager.get("/console/find?q=99887766", hx_request="true")
    assert ("<mark>" in by_card.body, "fits by a card" in by_card.text) == (False, True)
    assert "fits by" not in manager.get("/console/find?q=nadya", hx_request="true").text


def test_it_says_when_there_are_more_and_while_parts_are_not_found_yet(
    manager: Browser, nadia: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    Api().post("/customers", {"name": "Nadira Omar"})
    settle()
    monkeypatch.setattr(find, "_MOST", 1)
    assert "There are more. Type more letters." in manager.get("/console/find?q=nad", hx_request="true").text
    # As on pages with a box of their own.
    assert "There are more. Type more letters." in manager.get(f"{nadia.path}/merge?who=nad").text
    # Not straight to the first of several.
    assert manager.get("/console/find?q=nad").status == 200
    monkeypatch.undo()
    monkeypatch.setattr(built, "are_of", lambda _: False)
    early = manager.get("/console/find?q=adi", hx_request="true").text
    assert ("parts inside of words are not found yet" in early, "Nobody fits." in early) == (True, True)
    assert "not found yet" not in manager.get("/console/find?q=na", hx_request="true").text


def test_enter_leads_straight_to_the_one_who_fits(manager: Browser, nadia: Known) -> None:
    assert manager.get("/console/find?q=nadia").location == nadia.path
    assert "Nobody fits." in manager.get("/console/find?q=zzzzqqq").text
    assert "Type a few letters" in manager.get("/console/find?q=!!").text
    assert manager.get("/console/find").status == 200
    similar = manager.get("/console/find?q=nadya")
    assert (similar.status, "Similar names" in similar.text) == (200, True)


def test_a_role_of_an_own_business_without_customers_has_no_box(browser: Browser, nadia: Known) -> None:
    own = {"poster": {"says": "Writes texts.", "all": ["templates.read"], "version": 1}}
    told = {"pia": {"role": "poster"}}
    roster.remember(Roster(PARTITION, ROSTER, version=1, members=told, roles=own, teams={}))
    try:
        page = browser.signed_in("pia", role="poster").get("/console")
        assert (page.status, 'name="q"' in page.body) == (200, False)
        assert browser.get("/console/find?q=nadia").status == 403
    finally:
        know_the_roster()


def test_what_is_found_stands_below_the_heading_and_nothing_asked_says_what_to_do(
    manager: Browser, nadia: Known
) -> None:
    page = manager.get("/console/find?q=zzzzqqq").body
    assert page.index("<h1>Find</h1>") < page.index('id="found"') < page.index("Nobody fits.")
    assert "Type a few letters" in manager.get("/console/find").text
    # Of one letter only beginnings are looked for: that nobody fits would be said too soon.
    assert "Nobody fits." not in manager.get("/console/find?q=q").text
    assert "Type a few letters" not in manager.get(nadia.path).text
