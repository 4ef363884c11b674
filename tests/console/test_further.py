"""A list that goes on says so in one way, leads on part by part to its end, and back to its beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from crm.core.paging import PageRequest
from tests.audit import chains
from tests.console.browser import Browser
from tests.console.greeted import forget_rules
from tests.support.flow import settle
from tests.support.world import Api

_ON = re.compile(r'<a class="button" href="([^"]+)">(?:Further ones|Further|Earlier)</a>')
_BACK = re.compile(r'<a href="([^"]+)">Back to the beginning</a>')
OWNER: dict[str, Any] = {"caller": "owner", "role": "owner"}


@pytest.fixture(scope="module")
def lists(shop: None) -> Iterator[None]:
    """Two of each."""
    api = Api()
    for one in ("first", "second"):
        assert api.post("/keys", {"name": f"Further {one}", "role": "till"}, **OWNER).status == 201
        rule = {"name": f"Further {one}", "occasion": "birthday", "send_at": "09:30"}
        assert api.post("/greetings", rule, **OWNER).status == 201
        assert api.post("/customers", {"name": f"Further {one}"}).status == 201
    settle()
    chains.link()
    yield
    forget_rules(api)


@pytest.mark.parametrize(
    "place",
    [
        *("/console/keys", "/console/greetings", "/console/staff"),
        *("/console/customers?sort=newest", "/console/audit?event=done"),
    ],
)
def test_a_list_that_goes_on_leads_on_and_back(lists: None, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    real = PageRequest.__init__

    def one_at_a_time(self: PageRequest, scope: str, limit: int = 1, *more: Any, **named: Any) -> None:
        real(self, scope, 1, *more, **named)

    monkeypatch.setattr(PageRequest, "__init__", one_at_a_time)
    browser = Browser().signed_in("owner", role="owner")
    seen, page = list[str](), browser.get(place)
    first = page.text
    assert _BACK.search(page.body) is None
    while found := _ON.search(page.body):
        address = unescape(found[1])
        assert address.startswith(place)
        assert address not in seen
        seen.append(address)
        page = browser.get(address)
        assert page.status == 200, page.text
        back = _BACK.search(page.body)
        assert back, page.text
        assert (unescape(back[1]), browser.get(unescape(back[1])).text) == (place, first)
    assert seen, page.text
