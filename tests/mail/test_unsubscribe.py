"""The way out: looking changes nothing, one click acts, and the page tells nobody anything."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crm.core import clock, signing
from crm.mail import links
from crm.mail.links import Link
from crm.mail.recipients import load
from tests.support import faults
from tests.support.rows import all_items
from tests.support.shop import Shop, birthday_of
from tests.support.visitor import visit
from tests.support.world import Api


def path(customer_id: str = "sunita", purpose: str = "greeting") -> str:
    return links.unsubscribe(Link(customer_id, purpose)).removeprefix("https://crm.example")


def undo(page: str) -> Any:
    """Where the button to bring it back leads, and what it sends; None where there is none."""
    found = re.search(r'<form method="post" action="\.\./(preferences/[^"]+)">(.*?)</form>', page)
    if not found:
        return None
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', found[2])
    return f"/{found[1]}", "&".join(f"{name}={value}" for name, value in fields)


def consent(customer_id: str = "sunita") -> Any:
    customer = load(kind="customer", recipient_id=customer_id)
    assert customer
    return customer.profile.get("consent")


def test_the_link_in_a_mail_leads_out_and_looking_changes_nothing(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21", language="he")
    shop.mailer(birthday_of("sunita").text())
    [link] = set(re.findall(r"https://crm\.example(/unsubscribe/\S+)", shop.post.accepted[0].text))
    before = all_items()
    for _ in range(3):
        page = visit("GET", link)
        assert page["status"] == 200
        assert '<form method="post">' in page["body"]
        assert "/preferences/" in page["body"]
        assert '<html lang="he" dir="rtl">' in page["body"]
    assert all_items() == before
    assert visit("POST", link)["status"] == 200
    assert consent() == {"greeting": False, "marketing": False}
    shop.at("2027-11-21T05:00Z").tick()
    shop.deliver()
    assert len(shop.post.accepted) == 1
    assert shop.message(birthday_of("sunita", 2027)).state == "withheld"


@pytest.mark.parametrize(
    "request_",
    [
        {"raw": "List-Unsubscribe=One-Click", "headers": {"content-type": "application/x-www-form-urlencoded"}},
        {
            "raw": "LS14DQo=",
            "is_base64": True,
            "headers": {"content-type": 'multipart/form-data; boundary="x"'},
        },
        {"raw": ""},
    ],
    ids=["one click", "multipart", "page"],
)
def test_every_way_to_press_the_button_acts_and_again_does_no_harm(shop: Shop, request_: dict[str, Any]) -> None:
    shop.customer(consent={"service": True})
    first, second = (visit("POST", path(), **request_) for _ in range(2))
    assert (first["status"], second["status"]) == (200, 200)
    assert "Done" in first["body"]
    assert "Done" in second["body"]
    assert consent() == {"greeting": False, "marketing": False, "service": True}


def test_refusing_offers_leaves_greetings_and_reminders(shop: Shop) -> None:
    shop.customer(consent={"marketing": True})
    visit("POST", path(purpose="marketing"))
    assert consent() == {"marketing": False}


def test_whoever_pressed_it_by_mistake_gets_back_what_was(shop: Shop) -> None:
    shop.customer(consent={"marketing": True})
    done = visit("POST", path(), raw="page=1")
    assert consent() == {"greeting": False, "marketing": False}
    action, form = undo(done["body"])
    assert visit("POST", action, raw=form)["status"] == 200
    assert consent() == {"marketing": True}


def test_there_is_nothing_to_bring_back_where_nothing_was_changed(shop: Shop) -> None:
    shop.customer(consent={"greeting": False, "marketing": False})
    assert undo(visit("POST", path())["body"]) is None


def test_staff_see_whose_word_it_was_and_how_it_came(shop: Shop, api: Api) -> None:
    shop.customer()
    visit("POST", path(), raw="page=1")
    told = api.get("/customers/sunita").body
    own = {"allowed": False, "at": clock.stamp(), "how": "unsubscribe_page"}
    assert told["own_answers"] == {"greeting": own, "marketing": own}
    assert told["version"] == 2
    api.patch("/customers/sunita", {"consent": {"greeting": True}}, headers={"if-match": "2"})
    told = api.get("/customers/sunita").body
    assert (told["consent"]["greeting"], told["own_answers"]["greeting"]["allowed"]) == (True, False)


def test_refusing_service_mail_refuses_all(shop: Shop) -> None:
    shop.customer()
    visit("POST", path(purpose="service"))
    assert consent() == {"greeting": False, "marketing": False, "service": False}


@pytest.mark.parametrize("token", ["x", "k1.a.b", "..", "k1.Z3JlZXRpbmc6YWJj.AAAAAAAAAAAAAAAAAAAAAA"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_broken_link_is_a_friendly_404(shop: Shop, method: str, token: str) -> None:
    page = visit(method, f"/unsubscribe/{token}")
    assert page["status"] == 404
    assert "This link does not work" in page["body"]


def test_a_token_made_for_something_else_opens_nothing(shop: Shop) -> None:
    shop.customer()
    for token in (signing.sign("cursor:x", b"Gsunita"), signing.sign("link", b"Xsunita")):
        assert visit("POST", f"/unsubscribe/{token}")["status"] == 404
    assert consent() is None


def test_after_an_erasure_the_link_says_that_nothing_more_comes_and_brings_nobody_back(shop: Shop) -> None:
    page = visit("POST", path("gone"))
    assert page["status"] == 200
    assert "You will get no more greetings" in page["body"]
    assert all_items() == []


def test_the_page_loads_nothing_and_is_kept_nowhere(shop: Shop) -> None:
    shop.customer(name="<b>Eve</b>", language="ur")
    page = visit("GET", path())
    headers = {name.lower(): value for name, value in page["headers"].items()}
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert not re.search(r"<script|src=|https?://|Eve|sunita", page["body"])
    assert headers["content-type"].startswith("text/html")


def test_a_store_that_is_down_says_try_again_and_changes_nothing(shop: Shop) -> None:
    before = all_items()
    with faults.refusing("GetItem", "TransactWriteItems", error=faults.down("GetItem")):
        for method in ("GET", "POST"):
            answer = visit(method, path())
            assert answer["status"] == 503
            assert answer["headers"]["Retry-After"] == "60"
            assert "<h1" in answer["body"]
    assert all_items() == before
