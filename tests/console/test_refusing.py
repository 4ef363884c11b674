"""Whoever is signed in finds the menu on a page that says what went wrong, as far as their role goes."""

from __future__ import annotations

import re

import pytest
from botocore.exceptions import ClientError

from crm.access import roster
from crm.access.models import PARTITION, ROSTER, Roster
from crm.console import menu
from crm.console.sessions import Session
from crm.core.errors import Conflict, InvalidFields
from crm.core.lease import Lease
from crm.core.reason import Reason
from tests.console.browser import Browser, Shown
from tests.support.meter import metered
from tests.support.world import know_the_roster

NOWHERE, HOME, EXPORTS = "/console/nowhere", "/console", "/console/exports"
BUSY = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException", "Message": "x"}}, "Query")


def led(page: Shown) -> list[str]:
    """Where the menu of a page leads."""
    found = re.findall(r'<nav class="menu[^"]*".*?</nav>', page.body, re.DOTALL)
    return [address for one in found for address in re.findall(r'href="([^"]+)"', one)]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Conflict(Reason("load the page anew")), 409),
        (InvalidFields.one("/x", Reason("load the page anew")), 422),
        (ValueError("a bug"), 500),
        (BUSY, 503),
    ],
)
def test_whatever_goes_wrong_on_a_page_one_gets_on_from_there(
    manager: Browser, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    wanted = led(manager.get(EXPORTS))
    assert EXPORTS in wanted

    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr("crm.console.files.exports.show", fail)
    page = manager.get(EXPORTS)
    assert (page.status, led(page)) == (status, wanted)
    assert 'action="/console/find"' in page.body


def test_no_page_and_a_form_of_elsewhere_have_it_too(manager: Browser) -> None:
    tops = led(manager.get(HOME))
    assert (manager.get(NOWHERE).status, led(manager.get(NOWHERE))) == (404, tops)
    foreign = manager.post(EXPORTS, {"csrf": "another's"})
    assert (foreign.status, set(tops) <= set(led(foreign))) == (403, True)


def test_it_leads_where_the_role_may_go(browser: Browser) -> None:
    page = browser.signed_in("sales").get("/console/keys")
    assert page.status == 403
    assert led(page) == led(browser.get(HOME))
    assert "/console/keys" not in led(page)
    assert browser.post("/console/sign-out", {"csrf": page.csrf}).status == 303


def test_nobody_in_particular_and_who_was_let_go_have_none(browser: Browser) -> None:
    assert (browser.get(NOWHERE).status, led(browser.get(NOWHERE))) == (404, [])
    gone = browser.signed_in("jan", role="sales")
    assert led(gone.get(NOWHERE))
    try:
        roster.remember(Roster(PARTITION, ROSTER, version=1, members={"jan": {"role": "sales", "inactive": True}}))
        assert (gone.get(NOWHERE).status, led(gone.get(NOWHERE))) == (404, [])
    finally:
        know_the_roster()


def test_it_is_in_the_language_that_was_chosen(browser: Browser) -> None:
    session = Session.begun(who="manager", groups=["manager"], signed_in=1_700_000_000, language="ur")
    browser._keep([session.cookie])
    assert '<html lang="ur"' in browser.get(NOWHERE).body


def test_it_costs_no_round_trip_where_the_roster_is_known_and_is_not_waited_for_twice_where_it_fails(
    manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.get(HOME)
    Lease.forget_all()
    with metered() as cost:
        assert led(manager.get(NOWHERE))
    assert cost.round_trips == 0, cost.calls
    tried = []

    def fail() -> Roster:
        tried.append(1)
        raise BUSY

    monkeypatch.setattr(Roster, "read", fail)
    roster.forget()
    for address, status in ((EXPORTS, 503), (NOWHERE, 404)):
        tried.clear()
        page = manager.get(address)
        assert (page.status, led(page), len(tried)) == (status, [], 1), address


def test_where_the_menu_itself_is_what_went_wrong_the_page_does_without(
    manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(menu, "_menu", fail)
    page = manager.get(EXPORTS)
    assert (page.status, led(page), "Something went wrong here" in page.text) == (500, [], True)
