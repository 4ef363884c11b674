"""The menu leads to what somebody may open, and nowhere else."""

from __future__ import annotations

import re

import pytest

from crm.console import menu
from crm.console.menu import Entry
from tests.console.browser import Browser

LINK = re.compile(r'<li><a href="([^"]+)"(?: aria-current="(\w+)")?>')


def has(monkeypatch: pytest.MonkeyPatch, *entries: Entry) -> None:
    """The menu has these entries; a process looks at them once for each set of permissions."""
    monkeypatch.setattr(menu, "ENTRIES", entries)
    menu._menu.cache_clear()


@pytest.fixture(autouse=True)
def three_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    routes = {"GET /console": "My day", "GET /console/find": "Find", "GET /staff": "Staff"}
    has(monkeypatch, *(Entry(route, word) for route, word in routes.items()))


def test_an_entry_is_shown_to_who_may_open_it_and_says_where_they_are(manager: Browser) -> None:
    assert LINK.findall(manager.get("/console").body) == [("/console", "page"), ("/console/find", ""), ("/staff", "")]
    assert [here for _, here in LINK.findall(manager.get("/console/find?q=zzqq").body)] == ["", "page", ""]


def test_what_somebody_may_not_open_is_no_entry(browser: Browser) -> None:
    till = browser.signed_in("counter", role="till")
    assert [address for address, _ in LINK.findall(till.get("/console").body)] == ["/console", "/console/find"]


def test_a_page_that_stands_under_no_entry_is_marked_as_none(manager: Browser) -> None:
    assert not any(here for _, here in LINK.findall(manager.get("/console/customers/nobody").body))
    assert not any(here for _, here in LINK.findall(manager.get("/console/audit").body))


def test_what_stands_below_an_entry_is_a_row_of_its_own_to_who_is_there(
    manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = (Entry("GET /console/roles", "Roles"), Entry("GET /console/audit", "Audit"))
    both = (Entry("GET /console", "My day"), Entry("GET /console/staff", "Staff", below=below))
    has(monkeypatch, *both)
    staff, roles = "/console/staff", "/console/roles"
    assert LINK.findall(manager.get("/console").body) == [("/console", "page"), (staff, "")]
    there = LINK.findall(manager.get(roles).body)
    assert there == [("/console", ""), (staff, "true"), (staff, ""), (roles, "page")]
    # A page below one of them leaves the row out.
    assert LINK.findall(manager.get(f"{staff}/sales").body) == [("/console", ""), (staff, "true")]
    # One whose first page is closed to somebody leads to what is open to them.
    closed = Entry("GET /console/audit", "Audit", below=(Entry("GET /console/staff", "Staff"),))
    has(monkeypatch, both[0], closed)
    assert LINK.findall(manager.get("/console").body) == [("/console", "page"), (staff, "")]
    assert LINK.findall(manager.get(f"{staff}/sales").body)[1:] == [(staff, "true")]
