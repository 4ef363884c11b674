"""Somebody is erased on pages, with a receipt that can be checked; whoever asks gets a copy of what is kept."""

from __future__ import annotations

from typing import Any

import pytest

from crm.audit.models import Attempt
from crm.core import clock
from crm.core.lease import Lease
from crm.privacy import requests
from crm.privacy.models import Asked
from tests.console.browser import Browser
from tests.console.filled import fields
from tests.imports.office import Office
from tests.support.flow import settle
from tests.support.world import Api

PLACE = "/console/erasures"
CANARY = "<b x=\"'>&{{7*7}}"
NAME = f"Erased نادیہ {CANARY}"


@pytest.fixture(scope="module")
def api(shop: None) -> Api:
    Lease.forget_all()
    return Api()


def made(api: Api, **more: Any) -> str:
    answer = api.post("/customers", {"name": NAME, **more})
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def erase(customer_id: str) -> str:
    return f"/console/customers/{customer_id}/erase"


def test_what_goes_and_what_stays_is_said_and_one_is_asked_to_be_sure(manager: Browser, api: Api) -> None:
    one = made(api)
    page = manager.get(erase(one))
    assert all(text in page.text for text in ("What goes", "What stays, and why", "35 days", NAME))
    assert "<b x" not in page.body
    answer = manager.post(erase(one), fields(page, erase(one)))
    assert (answer.status, "Say that you are sure" in answer.text or "say that you are sure" in answer.text) == (
        422,
        True,
    )
    assert api.get(f"/customers/{one}").status == 200
    in_urdu = Browser(accepted="ur").signed_in("manager").post(erase(one), fields(page, erase(one)))
    assert "say that you are sure" not in in_urdu.text


def test_an_erasure_runs_to_its_receipt_which_can_be_checked(manager: Browser, api: Api) -> None:
    one = made(api, email="erased.page@example.org")
    answer = manager.post(erase(one), {"csrf": manager.csrf, "sure": "yes"})
    assert answer.location == f"{PLACE}/{one}"
    page = manager.get(answer.location)
    assert ("Being erased" in page.text, '<noscript><meta http-equiv="refresh"' in page.body) == (True, True)
    part = manager.get(answer.location, hx_request="true")
    assert ('hx-trigger="every 2s"' in part.body, "hx-refresh" in part.headers) == (True, False)
    # Asked for again, it leads to the one that runs.
    assert manager.get(erase(one)).location == answer.location
    settle()
    Office.work()
    assert manager.get(answer.location, hx_request="true").headers["hx-refresh"] == "true"
    page = manager.get(answer.location)
    assert all(text in page.text for text in ("Receipt of an erasure", "The record 1", "In backups until", "manager"))
    assert NAME not in page.text
    # Links to them in old notes and in the audit lead to it, of who may see it.
    assert manager.get(f"/console/customers/{one}").location == answer.location
    assert Browser().signed_in("somebody", role="service").get(f"/console/customers/{one}").status == 404
    receipt = fields(page, PLACE)["receipt"]
    checked = manager.post(PLACE, {"csrf": manager.csrf, "do": "verify", "receipt": f"  {receipt[:9]}\n{receipt[9:]}"})
    assert "This receipt is ours and unchanged" in checked.text
    other = manager.post(PLACE, {"csrf": manager.csrf, "do": "verify", "receipt": CANARY})
    assert ("was not made here" in other.text, "<b x" in other.body) == (True, False)
    assert manager.post(PLACE, {"csrf": manager.csrf}).status == 400
    assert f'href="{PLACE}/{one}"' in manager.get(PLACE).body


def test_who_is_in_the_bin_is_erased_from_there(manager: Browser, api: Api) -> None:
    one = made(api)
    assert api.delete(f"/customers/{one}", headers={"if-match": "*"}).status == 204
    page = manager.get(erase(one))
    assert ("To the bin" in page.text, NAME in page.text) == (True, True)
    assert manager.post(erase(one), {"csrf": manager.csrf, "sure": "yes"}).status == 303
    assert manager.get(erase("nobody")).status == 404


def test_a_wish_to_be_forgotten_is_decided(manager: Browser, api: Api) -> None:
    one = made(api, email="wish.page@example.org")
    requests.ask(customer_id=one, what="erasure")
    asked = Asked.find(one, "erasure")
    assert asked
    asked.update(actions=[Asked.state.set("confirmed"), Asked.confirmed_at.set(clock.stamp())])
    requests.mail(customer_id=one, what="erasure")
    page = manager.get(PLACE)
    assert all(text in page.text for text in ("Who asked to be forgotten", NAME, "to be decided by"))
    assert "They asked for it themselves" in manager.get(erase(one)).text
    told = {"csrf": manager.csrf, "do": "refuse", "customer": one}
    assert manager.post(PLACE, {**told, "reason": " "}).status == 422
    answer = manager.post(PLACE, {**told, "reason": "The invoices"})
    assert (answer.status, "they are told why" in manager.get(answer.location).text) == (303, True)
    assert NAME not in manager.get(PLACE).text


def test_a_customer_gets_a_copy_on_paper_or_by_mail(manager: Browser, api: Api) -> None:
    one = made(api, email="copy.page@example.org", language="ur")
    path = f"/console/customers/{one}/copy"
    assert f'href="{path}"' in manager.get(f"/console/customers/{one}").body
    assert f'href="{path}/page"' in manager.get(path).body
    paper = manager.get(f"{path}/page")
    assert ('dir="rtl"' in paper.body, NAME in paper.text, "<b x" in paper.body) == (True, True, False)
    assert "sandbox" in paper.headers["content-security-policy"]
    # Who made it is noted.
    of_today = Attempt.query(f"AUDIT#READ#{clock.now():%Y-%m-%d}")
    assert [item.audit["route"] for item in of_today if (item.named or {}).get("customer_id") == one] == [
        "GET /console/customers/{customer_id}/copy/page"
    ]
    answer = manager.post(path, {"csrf": manager.csrf})
    assert "on its way" in manager.get(answer.location).text
    again = manager.post(path, {"csrf": manager.csrf})
    assert (again.status, "less than a day ago" in again.text) == (409, True)
    silent = f"/console/customers/{made(api)}/copy"
    assert "Hand them a print" in manager.get(silent).text
    assert manager.post(silent, {"csrf": manager.csrf}).status == 409


@pytest.mark.parametrize("role", ["sales", "service", "marketing", "till"])
def test_a_role_without_the_right_has_no_such_page(browser: Browser, api: Api, role: str) -> None:
    one = made(api)
    browser.signed_in(role)
    pages = [
        erase(one),
        PLACE,
        f"{PLACE}/{one}",
        f"/console/customers/{one}/copy",
        f"/console/customers/{one}/copy/page",
    ]
    assert [browser.get(page).status for page in pages] == [403] * 5
    assert browser.post(erase(one), {"csrf": browser.csrf, "sure": "yes"}).status == 403
    assert api.get(f"/customers/{one}").status == 200
