"""Reminders in the browser: set for oneself, a colleague or a customer; changed, put off, done, given away, deleted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import pytest

from crm.core.lease import Lease
from tests.console.browser import Browser, Shown
from tests.support.flow import settle
from tests.support.world import Api

CANARY = "<script>alert('x')</script>\"'&"
LIST = "/console/reminders"
NEW = f"{LIST}/new"


@dataclass(frozen=True)
class Known:
    """Customers of the team and of nobody's in it."""

    near: str
    far: str


@pytest.fixture(scope="module")
def known(shop: None) -> Known:
    api = Api()
    api.post("/staff", {"id": "manager", "name": "Mona"}, role="owner")
    for name in ("sales", "zara"):
        api.post("/staff", {"id": name, "name": name.title(), "role": "sales"}, role="owner")
    made = [
        api.post("/customers", {"name": f"{name} {CANARY}", "email": f"{name}@example.com", "owner": owner}).body["id"]
        for name, owner in (("near", "sales"), ("distant", "somebody_else"))
    ]
    settle()
    Lease.forget_all()
    return Known(*made)


def value(page: Shown, name: str) -> str:
    """What stands in a field of the form."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]* value="([^"]*)"', page.body)
    if name == "message":
        found = re.search(r'<textarea id="message"[^>]*>\n?(.*?)</textarea>', page.body, re.DOTALL)
    if name in ("for", "repeat"):
        chosen = re.search(rf'<select id="{name}".*?</select>', page.body, re.DOTALL)
        assert chosen
        found = re.search(r'value="([^"]*)" selected', chosen[0]) or re.search(r'value="([^"]*)"', chosen[0])
    assert found, (name, page.text)
    return unescape(found[1])


def form_of(page: Shown, **typed: str) -> dict[str, str]:
    """The form as it stands on the page, with what somebody typed over it."""
    names = ["csrf", "once", "subject", "message", "date", "time", "repeat"]
    names += [name for name in ("version", "customer_id", "for") if f'name="{name}"' in page.body]
    return {"action": "save", **{name: value(page, name) for name in names}, **typed}


def made(browser: Browser, subject: str, *, page: str = NEW, **typed: str) -> str:
    """Set a reminder by the form; its id."""
    form = form_of(browser.get(page), **{"subject": subject, "date": "2099-03-01", **typed})
    answer = browser.post(NEW, form)
    assert (answer.status, answer.location) == (303, f"{LIST}?done=made"), answer.text
    settle()
    found = Api().get("/reminders", query={"limit": "200"}).body["items"]
    return str(next(one["id"] for one in found if one["subject"] == subject))


def listed(browser: Browser, subject: str, show: str = "mine") -> bool:
    return subject in browser.get(f"{LIST}?show={show}").text


def test_a_reminder_for_oneself_is_set_once_and_listed_as_text(manager: Browser, known: Known) -> None:
    form = form_of(
        manager.get(NEW), subject=f"Bank {CANARY}", message=f"Bring\r\nthe key {CANARY}", repeat="FREQ=WEEKLY"
    )
    for _ in range(2):
        assert manager.post(NEW, {**form, "date": "2099-03-02"}).location == f"{LIST}?done=made"
    settle()
    page = manager.get(f"{LIST}?done=made")
    assert page.text.count(f"Bank {CANARY}") >= 1
    for text in ("The reminder is set.", "every week", "to me", "waits", "March 2, 2099 · 9:00 AM", "the key"):
        assert text in page.text, text
    assert "<script>alert" not in page.body
    found = [
        one for one in Api().get("/reminders", query={"staff": "manager"}).body["items"] if "Bank" in one["subject"]
    ]
    assert [one["message"] for one in found] == [f"Bring\nthe key {CANARY}"]
    manager.accepted = "ur"
    assert "ہر ہفتے" in manager.get(LIST).text


def test_a_customer_is_written_to_and_a_colleague_reminded_of_them(manager: Browser, known: Known) -> None:
    page = manager.get(f"{NEW}?customer_id={known.near}")
    assert f"near {CANARY}" in page.text
    for whom, subject in (("customer", "Your lamp is in"), ("sales", "Ring about the lamp")):
        reminder = made(
            manager, subject, page=f"{NEW}?customer_id={known.near}", **{"for": whom, "unless_contact": "yes"}
        )
        told = Api().get(f"/reminders/{reminder}").body
        expected = ("customer", None) if whom == "customer" else ("staff", "sales")
        assert (told["to"], told["staff"], told["customer_id"]) == (*expected, known.near)
        assert told["unless_contact"]
    assert listed(manager, "Your lamp is in", "everybody")
    assert not listed(manager, "Ring about the lamp")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("subject", ""),
        ("date", "2020-01-01"),
        ("date", "<b>"),
        ("time", ""),
        ("repeat", "FREQ=SECONDLY"),
        ("for", "me"),
    ],
)
def test_what_is_not_taken_stays_in_the_form_with_the_reason_beside_it(
    browser: Browser, known: Known, field: str, typed: str
) -> None:
    # Who is none of the staff's list cannot be reminded.
    browser.signed_in("ghost" if field == "for" else "manager", role="manager")
    form = form_of(browser.get(NEW), subject=f"Kept {CANARY}", message="Kept, too", date="2099-03-01")
    page = browser.post(NEW, {**form, field: typed})
    assert page.status == 422
    shown = "date" if field == "time" else field
    assert f'id="{shown}-wrong"' in page.body, page.text
    assert value(page, "message") == "Kept, too"
    assert value(page, "once") == form["once"]
    assert "<script>alert" not in page.body


def test_it_is_changed_put_off_done_taken_back_given_away_and_deleted(manager: Browser, known: Known) -> None:
    reminder = made(manager, "Count the till")
    path = f"{LIST}/{reminder}"
    form = form_of(manager.get(path), subject="Count both tills", time="10:30")
    assert manager.post(path, form).location == f"{LIST}?done=saved"
    told = Api().get(f"/reminders/{reminder}").body
    assert (told["subject"], told["at"], told["version"]) == ("Count both tills", "2099-03-01T10:30", 2)

    def press(action: str, once: str, **more: str) -> str:
        return manager.post(path, {"csrf": manager.csrf, "once": once, "action": action, **more}).location

    for _ in range(2):
        assert press("snooze", "a", span="P1W") == f"{LIST}?done=snoozed"
    assert Api().get(f"/reminders/{reminder}").body["at"] < "2099"
    done = press("complete", "b")
    assert done == f"{LIST}?done=completed&undo={reminder}"
    assert 'value="reopen"' in manager.get(done).body
    assert listed(manager, "Count both tills", "done")
    assert "Not done after all" in manager.get(path).text
    assert press("complete", "c") == f"{LIST}?done=stale"
    assert press("reopen", "d") == f"{LIST}?done=reopened"
    assert press("reassign", "e", staff="zara") == f"{LIST}?done=given"
    assert Api().get(f"/reminders/{reminder}").body["staff"] == "zara"
    asked = manager.get(f"{path}?delete=1")
    assert "cannot be brought back" in asked.text
    assert press("delete", "f", version="1") == f"{LIST}?done=stale"
    assert press("delete", "f", version=value(asked, "version")) == f"{LIST}?done=deleted"
    assert manager.get(path).status == 404


def test_of_two_who_change_it_the_slower_sees_both(manager: Browser, known: Known) -> None:
    path = f"{LIST}/{made(manager, 'Order paper')}"
    page = manager.get(path)
    mine, theirs = form_of(page, subject="Order ink"), form_of(page, subject="Order pens")
    assert manager.post(path, theirs).status == 303
    both = manager.post(path, mine)
    assert both.status == 412
    for text in ("Theirs, as it is now", "Order pens", "Order ink"):
        assert text in both.text, text
    assert manager.post(path, form_of(both)).status == 303
    assert Api().get(f"{path.removeprefix('/console')}").body["subject"] == "Order ink"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "run"},
        {"action": "complete"},
        {"action": "complete", "once": "x" * 50},
        {"action": "snooze", "once": "x", "span": "P9999Y"},
        {"action": "delete"},
        {"action": "save", "subject": "x", "date": "2099-03-01", "time": "10:00", "version": "x"},
    ],
)
def test_a_form_that_no_page_makes_changes_nothing(manager: Browser, known: Known, form: dict[str, str]) -> None:
    before = Api().get("/reminders", query={"limit": "200"}).body["items"]
    path = f"{LIST}/{before[0]['id']}"
    assert manager.post(path, {"csrf": manager.csrf, **form}).status == 422
    assert Api().get("/reminders", query={"limit": "200"}).body["items"] == before


def test_what_is_out_of_reach_is_as_if_it_were_not_there(browser: Browser, known: Known) -> None:
    owner = Browser().signed_in("manager")
    theirs = made(owner, "Only for the manager")
    far = made(owner, "Mail to who is far", page=f"{NEW}?customer_id={known.far}", **{"for": "customer"})
    browser.signed_in("sales")
    for reminder in (theirs, far):
        assert browser.get(f"{LIST}/{reminder}").status == 404
        told = {"csrf": browser.csrf, "once": "z", "action": "complete"}
        assert browser.post(f"{LIST}/{reminder}", told).status == 404
    page = browser.get(f"{LIST}?show=everybody")
    assert ("Only for the manager" in page.text, "Mail to who is far" in page.text) == (False, False)
    assert browser.get(f"{NEW}?customer_id={known.far}").status == 404
    form = form_of(browser.get(NEW), subject="Reaches too far", date="2099-03-01")
    assert browser.post(NEW, {**form, "for": "manager"}).status == 404
    assert browser.post(NEW, {**form, "customer_id": known.far, "for": "customer"}).status == 404
    assert "Mona" not in re.findall(r'<select id="for".*?</select>', browser.get(NEW).body, re.DOTALL)[0]
    mine = made(browser, "Mine to give")
    given = {"csrf": browser.csrf, "once": "y", "action": "reassign", "staff": "manager"}
    assert browser.post(f"{LIST}/{mine}", given).status == 404
    assert browser.signed_in("till").get(LIST).status == 403


def test_of_whom_a_reminder_is_about_only_who_reaches_them_reads_the_name(browser: Browser, known: Known) -> None:
    owner = Browser().signed_in("manager")
    about = made(owner, "About who is far", page=f"{NEW}?customer_id={known.far}", **{"for": "sales"})
    browser.signed_in("sales")
    for address in (LIST, f"{LIST}/{about}", f"{LIST}/{about}?delete=1"):
        page = browser.get(address)
        assert "About who is far" in page.text
        assert ("distant" in page.text, known.far in page.body) == (False, False)
    assert f"distant {CANARY}" in owner.get(f"{LIST}/{about}").text
