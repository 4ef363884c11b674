"""The way out: looking changes nothing, one click acts, and the page tells nobody anything."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crm.core import signing
from crm.mail import unsubscribe
from crm.mail.recipients import load
from tests.support import faults
from tests.support.rows import all_items
from tests.support.shop import Shop, birthday_of
from tests.support.world import Context, http_event


def visit(method: str, path: str, **request: Any) -> dict[str, Any]:
    from handlers import public  # noqa: PLC0415 - after the settings are in place

    answer = public.handler(http_event(method, path, caller=None, **request), Context())
    headers = {name: ",".join(values) for name, values in (answer.get("multiValueHeaders") or {}).items()}
    return {"status": answer["statusCode"], "body": answer["body"], "headers": {**headers, **answer.get("headers", {})}}


def path(customer_id: str = "sunita", purpose: str = "greeting") -> str:
    return unsubscribe.link(customer_id, purpose=purpose).removeprefix("https://crm.example")


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
    assert first == second
    assert first["status"] == 200
    assert consent() == {"greeting": False, "marketing": False, "service": True}


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
    for token in (signing.sign("cursor:x", b"greeting:sunita"), signing.sign("unsubscribe", b"everything:sunita")):
        assert visit("POST", f"/unsubscribe/{token}")["status"] == 404
    assert consent() is None


def test_the_page_does_not_say_whether_there_is_such_a_customer(shop: Shop) -> None:
    shop.customer()
    for method in ("GET", "POST"):
        assert visit(method, path("gone")) == visit(method, path("sunita"))
    assert len(all_items()) == 1


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
