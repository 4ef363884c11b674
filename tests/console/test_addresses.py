"""What the gateway sends to the pages: every address below /console, by every method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm.console.routes import Found, Routes
from tests.console.browser import Browser

if TYPE_CHECKING:
    from tests.support.shop import Shop

NOWHERE = (
    "/console/no-such-page",
    "/console/customer",
    "/console/find/too/deep",
    "/console/{customer_id}",
    "/console//",
)


@pytest.mark.parametrize("address", NOWHERE)
def test_an_address_that_is_no_page_is_answered_by_a_page(quick_shop: Shop, address: str) -> None:
    for browser in (Browser(accepted="ur"), Browser(accepted="ur").signed_in()):
        page = browser.get(address)
        assert (page.status, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert 'lang="ur"' in page.body
        assert 'href="/console"' in page.body


@pytest.mark.parametrize(
    "named", ["customer", "customer_id", "from", "greeting", "occurrence", "questionnaire", "staff"]
)
def test_what_is_named_at_a_length_that_no_name_has_is_not_there(quick_shop: Shop, named: str) -> None:
    # DynamoDB takes no key of that length, and has an error of its own for it.
    owner = Browser().signed_in("owner")
    assert owner.get(f"/console/find?q=a&{named}={'a' * 3000}").status == 404
    form = {"csrf": owner.csrf, "language": "en", named: "a" * 3000, "text": "Ask kindly"}
    sent = owner.post("/console/language", form)
    assert (sent.status, "Ask kindly" in sent.body) == (404, True)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_no_page_takes_another_method_than_those_of_links_and_forms(quick_shop: Shop, method: str) -> None:
    owner = Browser().signed_in("owner")
    assert owner.ask(method, "/console/settings", {"csrf": owner.csrf, "block": "money"}).status == 404


def test_whoever_asks_for_the_head_of_a_page_gets_that_of_the_page(quick_shop: Shop) -> None:
    owner = Browser().signed_in("owner")
    head, page = owner.ask("HEAD", "/console/settings"), owner.get("/console/settings")
    assert (head.status, head.headers) == (200, page.headers)
    # Asked for so, a form's address is none: it changes nothing without the form.
    assert owner.ask("HEAD", "/console/sign-out").status == 404


def test_a_word_in_an_address_goes_before_an_argument(quick_shop: Shop) -> None:
    owner = Browser().signed_in("owner")
    # A reminder called `new` is the form for one; a slash that was hidden in an argument is no argument's.
    assert owner.get("/console/reminders/new").status == 200
    assert owner.get("/console/customers/a%2Fedit").status == 404
    assert owner.get("/console/customers/{customer_id}").status == 404


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_pages_that_fit_the_one_with_the_earlier_word_is_taken(turned: bool) -> None:
    routes = ["GET /console/{thing}/edit", "GET /console/groups/{segment_id}"]
    found = Routes(routes[::-1] if turned else routes).find("GET", "/console/groups/edit")
    assert found == Found("GET /console/groups/{segment_id}", {"segment_id": "edit"})


def test_a_name_longer_than_any_is_nobodys(quick_shop: Shop) -> None:
    assert Browser().signed_in("owner").get(f"/console/customers/{'a' * 300}").status == 404
