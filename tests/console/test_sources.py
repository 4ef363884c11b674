"""Whose word each value of a customer is stands on a page, without what its reader does not see."""

from __future__ import annotations

import re
from html import unescape

import pytest

from crm.audit.models import Attempt
from crm.changes.models import OPEN, Sources
from crm.core import clock
from crm.core.author import Author
from crm.core.lease import Lease
from crm.core.table import DocumentsAttribute
from crm.customers import service as customer_service
from crm.customers.models import Profile
from tests.console.browser import Browser
from tests.support.world import Api

_ROW = re.compile(r'<tr><th scope="row"><bdi>([^<]*)</bdi></th>(.*?)</tr>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
CANARY = "<b x=\"'>&{{7*7}}"
RTL = "سونیا (ذریعہ)"


@pytest.fixture(scope="module")
def sonia(shop: None) -> str:
    """Entered by one, with a value put right by another."""
    api = Api()
    told = {
        "name": RTL,
        "address": f"Old Road {CANARY}",
        "birthday": "1990-05-17",
        "income_band": "high",
        "language": "ur",
        "tags": ["sourced"],
        "age_noted": 36,
        "consent": {"marketing": False},
    }
    made = api.post("/customers", told, caller="soren")
    assert made.status == 201, made.body
    one = str(made.body["id"])
    changed = api.patch(f"/customers/{one}", {"language": "he"}, headers={"if-match": "*"}, caller="sina")
    assert changed.status == 200
    Lease.forget_all()
    return one


def test_each_value_says_who_said_it_and_how(manager: Browser, sonia: str) -> None:
    page = manager.get(f"/console/customers/{sonia}/sources")
    assert page.status == 200
    assert f'href="/console/customers/{sonia}/sources"' in manager.get(f"/console/customers/{sonia}").body
    assert "<b x" not in page.body
    row = {unescape(label): " ".join(unescape(_TAG.sub(" ", rest)).split()) for label, rest in _ROW.findall(page.body)}
    assert row["Address"].startswith(f"Old Road {CANARY}")
    assert "entered by the staff · soren" in row["Address"]
    assert "עברית" in row["Language"]
    assert "entered by the staff · sina" in row["Language"]
    assert row["What they allow: Offers"].startswith("No ")
    assert "36" in row["Age"]
    # Whoever looked is noted.
    of_today = Attempt.query(f"AUDIT#READ#{clock.now():%Y-%m-%d}")
    assert [item.audit["route"] for item in of_today if (item.named or {}).get("customer_id") == sonia] == [
        "GET /console/customers/{customer_id}/sources"
    ]


def test_a_role_sees_no_value_that_is_hidden_from_it(browser: Browser, sonia: str) -> None:
    service = browser.signed_in("service").get(f"/console/customers/{sonia}/sources")
    assert (service.status, "sourced" in service.text, "high" in service.text) == (200, True, False)
    till = Browser().signed_in("till")
    assert till.get(f"/console/customers/{sonia}/sources").status == 403
    assert "/sources" not in till.get(f"/console/customers/{sonia}").body
    assert Browser().signed_in("manager").get("/console/customers/nobody/sources").status == 404


def test_what_somebody_said_otherwise_stands_beside_the_value(manager: Browser) -> None:
    api = Api()
    one = str(api.post("/customers", {"name": RTL, "email": "kept@sources.example"}).body["id"])
    said = {"email": "other@sources.example", "address": f"Other Road {CANARY}"}
    for _ in range(2):
        customer_service.change(
            customer_id=one,
            fields=said,
            author=Author("stranger", way="questionnaire", of="f1"),
            expected_version=None,
            on_conflict="note",
        )
        # The address was not known, and is taken; the second time it is what is known.
        said = {"email": "other@sources.example", "address": "Third Road"}
    page = manager.get(f"/console/customers/{one}/sources")
    row = {unescape(label): " ".join(unescape(_TAG.sub(" ", rest)).split()) for label, rest in _ROW.findall(page.body)}
    assert row["E-mail"].startswith("kept@sources.example")
    assert re.search(r"Somebody said otherwise: other@sources.example · .*stranger", row["E-mail"]), row["E-mail"]
    assert row["Address"].startswith(f"Other Road {CANARY}")
    assert "Somebody said otherwise: Third Road" in row["Address"]
    assert "<b x" not in page.body
    # Decided, nothing is said otherwise any more.
    taken = {"field": "/email", "take": "other", "index": 0}
    decided = api.post(f"/customers/{one}/conflicts", taken, headers={"if-match": "*"})
    assert decided.status == 200, decided.body
    page = manager.get(f"/console/customers/{one}/sources")
    assert ("kept@sources.example" in page.text, "other@sources.example" in page.text) == (False, True)


def test_what_is_left_beside_a_value_that_is_not_to_be_decided_is_not_shown(manager: Browser) -> None:
    """The profile says what is: it and what was said are read apart, and somebody may decide in between."""
    api = Api()
    one = str(api.post("/customers", {"name": RTL, "email": "stands@sources.example"}).body["id"])
    heard = Sources.keyed(one)
    for field in ("/email", "/name"):
        said = [{"way": "questionnaire", "at": clock.stamp(), "value": f"left {field}"}]
        heard.update([DocumentsAttribute(attr_name=f"{OPEN}{field}").set(said), Sources.entity.set(Sources)])
    Profile(f"CUSTOMER#{one}", "PROFILE").update([Profile.conflicts.set({"/email"})])
    page = manager.get(f"/console/customers/{one}/sources")
    assert ("left /email" in page.text, "left /name" in page.text) == (True, False)
    shown = {field["field"]: field["conflicts"] for field in api.get(f"/customers/{one}/sources").body["fields"]}
    assert ([said["value"] for said in shown["/email"]], shown["/name"]) == (["left /email"], [])


def test_what_a_customer_said_themselves_is_nobodys_of_the_staff(manager: Browser) -> None:
    """No name stands with it, as with all that the system does by itself."""
    one = str(Api().post("/customers", {"name": RTL, "email": "own@sources.example"}).body["id"])
    for said in ({"address": "Own Road"}, {"address": "Other Road"}):
        author = Author("", way="questionnaire", of="f1")
        customer_service.change(customer_id=one, fields=said, author=author, expected_version=None, on_conflict="note")
    page = manager.get(f"/console/customers/{one}/sources")
    assert page.status == 200
    row = {unescape(label): " ".join(unescape(_TAG.sub(" ", rest)).split()) for label, rest in _ROW.findall(page.body)}
    assert row["Address"].startswith("Own Road")
    assert "Somebody said otherwise: Other Road" in row["Address"]
    assert row["Address"].count("from a questionnaire") == 2
