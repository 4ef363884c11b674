"""The list of customers on a page: in an order, by group, owner, tag and language, page by page; and to print."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crm.console.customers import overview
from crm.core.lease import Lease
from tests.console.browser import Browser
from tests.support.flow import settle
from tests.support.world import Api

PAGE = "/console/customers"
CANARY = "<b onclick=x>\"'&{{7*7}}"
AS_OWNER: dict[str, Any] = {"caller": "owner", "role": "owner"}


def names(body: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/console/customers/\w+"><bdi>(\w+)', body)


@pytest.fixture(scope="module")
def group(shop: None) -> str:
    """A group of three, of whom two are looked after by somebody, and its id."""
    api = Api()
    told = [
        {"name": f"Zara {CANARY}", "phone": "+923007650001", "owner": "jan", "language": "ur"},
        {"name": "Yusuf", "owner": "jan", "language": "bn"},
        {"name": "Xenia", "language": "ur"},
    ]
    ids = [api.post("/customers", {**one, "tags": ["listed"]}, **AS_OWNER).body["id"] for one in told]
    bought = {"amount": "12.50", "lines": [{"product": "Tea", "amount": "12.50"}]}
    assert api.post(f"/customers/{ids[0]}/purchases", bought, **AS_OWNER).status == 201
    assert api.post(f"/customers/{ids[0]}/interactions", {"kind": "call", "summary": "x"}, **AS_OWNER).status == 201
    rule = {"field": "tags", "op": "contains", "value": "listed"}
    made = api.post("/segments", {"name": f"Listed {CANARY}", "rule": rule}, **AS_OWNER)
    assert made.status == 201, made.body
    settle()
    Lease.forget_all()
    return str(made.body["id"])


def test_it_is_narrowed_and_ordered_as_the_api_does(manager: Browser, group: str) -> None:
    page = manager.get(f"{PAGE}?tag=listed")
    assert names(page.body) == ["Xenia", "Yusuf", "Zara"]
    assert f"Zara {CANARY} +923007650001" in page.text
    assert re.search(r"Zara .{20,40} November \d+, 2026 Jan 12.50 ", page.text), page.text
    assert "Xenia never nobody 0.00" in page.text
    assert "<b onclick" not in page.body
    assert names(manager.get(f"{PAGE}?tag=listed&owner=jan").body) == ["Yusuf", "Zara"]
    assert names(manager.get(f"{PAGE}?tag=LISTED&language=ur").body) == ["Xenia", "Zara"]
    assert names(manager.get(f"{PAGE}?segment={group}").body) == ["Xenia", "Yusuf", "Zara"]
    assert names(manager.get(f"{PAGE}?segment={group}&sort=last_contact").body)[-1] == "Zara"
    newest = manager.get(f"{PAGE}?sort=newest")
    assert names(newest.body)[:3] == ["Xenia", "Yusuf", "Zara"]
    assert f'href="/console/exports?segment={group}"' in manager.get(f"{PAGE}?segment={group}").body
    assert f"Listed {CANARY}" in page.text
    assert manager.get(f"{PAGE}?sort=next_reminder&language=ur").status == 200


def test_what_no_list_answers_says_what_to_do_instead(manager: Browser, group: str) -> None:
    for asked in (f"segment={group}&tag=listed", f"segment={group}&sort=newest", "segment=gone", "tag=a&sort=newest"):
        page = manager.get(f"{PAGE}?{asked}")
        assert (page.status, "a group can ask for anything" in page.text) == (422, True), asked
        assert "/console/new-group" in page.body
    manager.accepted = "ur"
    assert "گروہ" in manager.get(f"{PAGE}?tag=a&sort=newest").text
    assert "Nobody fits." in Browser().signed_in("manager").get(f"{PAGE}?tag=nobody-has-it").text


def test_it_goes_on_page_by_page(manager: Browser, group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "_ON_A_PAGE", 2)
    page = manager.get(f"{PAGE}?tag=listed")
    assert names(page.body) == ["Xenia", "Yusuf"]
    further = re.findall(r'href="(/console/customers\?[^"]*after=[^"]*)"', page.body)[0].replace("&amp;", "&")
    assert names(manager.get(further).body) == ["Zara"]
    # A place of others, or of another list.
    assert Browser().signed_in("asma", role="sales").get(further).location == f"{PAGE}?sort=name&tag=listed"
    assert manager.get(further.replace("listed", "other")).location == f"{PAGE}?sort=name&tag=other"


def test_who_reaches_some_sees_these_alone_and_asks_for_nothing_that_is_hidden(group: str) -> None:
    # Whom nobody owns a seller reaches.
    seller = Browser().signed_in("asma", role="sales")
    assert names(seller.get(f"{PAGE}?tag=listed").body) == ["Xenia"]
    assert names(seller.get(f"{PAGE}?owner=jan").body) == []
    assert names(Browser().signed_in("jan", role="sales").get(f"{PAGE}?owner=jan").body) == ["Yusuf", "Zara"]
    marketing = Browser().signed_in("mara", role="marketing").get(f"{PAGE}?tag=listed")
    assert (names(marketing.body), "+923007650001" in marketing.body) == (["Xenia", "Yusuf", "Zara"], False)
    api = Api()
    hidden = {"id": "tagless", "says": "Sees no tags.", "hidden": ["/tags", "/language"], "all": ["customers.read"]}
    assert api.post("/roles", hidden, **AS_OWNER).status == 201
    assert api.post("/staff", {"id": "tam", "name": "Tam", "role": "tagless"}, **AS_OWNER).status == 201
    page = Browser().signed_in("tam", role="").get(f"{PAGE}?tag=nobody-has-it")
    assert (page.status, 'name="tag"' in page.body, 'name="segment"' in page.body) == (200, False, False)
    assert names(page.body) != []
