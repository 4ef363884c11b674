"""A customer's fields are changed on the page: only what somebody changed, and nothing of what others did is lost."""

from __future__ import annotations

from typing import Any

import pytest

from crm.core.lease import Lease
from tests.console.browser import Browser, Shown
from tests.console.filled import fields
from tests.support.flow import settle
from tests.support.world import Api

CANARY = "<b x=\"'>&{{7*7}}"
URDU = "نادیہ\nگلی ۵"


@pytest.fixture(scope="module")
def api(shop: None) -> Api:
    api = Api()
    for who in ("edna", "egon"):
        api.post("/staff", {"id": who, "name": who.title(), "role": "sales"}, role="owner")
    garden = {"name": "patio", "type": "yes_no", "labels": {"en": f"Patio {CANARY}"}, "help": {"en": "Ask kindly."}}
    feet = {"name": "feet", "type": "number", "labels": {"en": "Feet"}, "help": {}}
    for one in (garden, feet):
        assert api.post("/fields", one, role="owner").status == 201
    settle()
    Lease.forget_all()
    return api


def made(api: Api, **more: Any) -> str:
    answer = api.post("/customers", {"name": f"Edwina {CANARY}", "tags": ["tea", "a, b"], **more})
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def path(customer_id: str) -> str:
    return f"/console/customers/{customer_id}/edit"


def form(browser: Browser, customer_id: str, block: str) -> dict[str, str]:
    page = browser.get(f"{path(customer_id)}?block={block}")
    assert page.status == 200, page.text
    return fields(page, path(customer_id))


def stored(api: Api, customer_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/customers/{customer_id}").body
    return found


def test_each_block_is_changed_and_what_nobody_touched_stays(manager: Browser, api: Api) -> None:
    one = made(api, phone="+923001234599", custom={"feet": 38})
    told = {
        "who": {"name": f" Edwina K {CANARY} ", "address": URDU, "birthday": "۱۹۹۰-۰۲-۲۸", "language": "ur"},
        "habits": {"age_noted": "٣٦", "income_band": "high"},
        "care": {"owner": "edna", "tags": "tea\r\n چائے \n"},
        "consent": {"consent.marketing": "yes", "consent.greeting": "no"},
        "own": {"custom.patio": "no", "custom.feet": "۳۹"},
    }
    for block, changed in told.items():
        answer = manager.post(path(one), {**form(manager, one, block), **changed})
        assert answer.status == 303, (block, answer.text)
        assert answer.location.startswith(f"/console/customers/{one}?done=changed&version=")
    now = stored(api, one)
    assert (now["name"], now["address"], now["birthday"], now["phone"]) == (
        f"Edwina K {CANARY}", URDU, "1990-02-28", "+923001234599",
    )  # fmt: skip
    assert (now["age_noted"]["years"], now["income_band"], now["language"]) == (36, "high", "ur")
    assert (now["owner"], now["tags"]) == ("edna", ["tea", "چائے"])
    assert now["consent"] == {"marketing": True, "greeting": False, "service": None}
    assert now["custom"] == {"patio": False, "feet": 39}
    # Sent again as it stands nothing is written; what is emptied goes.
    version = now["version"]
    assert manager.post(path(one), form(manager, one, "who")).location == f"/console/customers/{one}"
    assert stored(api, one)["version"] == version
    empty = {**form(manager, one, "who"), "phone": "", "address": " "}
    assert manager.post(path(one), empty).status == 303
    assert (stored(api, one)["phone"], stored(api, one)["address"]) == (None, None)


def test_it_stands_in_place_for_a_script_and_as_a_page_without(manager: Browser, api: Api) -> None:
    one = made(api)
    page = manager.get(f"/console/customers/{one}").body
    assert f'hx-get="{path(one)}?block=who"' in page
    part, whole = (manager.get(f"{path(one)}?block=own", **head) for head in ({"hx_request": "true"}, {}))
    assert ("<html" in part.body, "<html" in whole.body) == (False, True)
    assert all("Ask kindly." in one.text and f"Patio {CANARY}" in one.text for one in (part, whole))
    assert manager.get(f"{path(one)}?block=nothing").status == 404


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(manager: Browser, api: Api) -> None:
    one = made(api)
    answer = manager.post(path(one), {**form(manager, one, "who"), "name": "", "phone": "12", "address": URDU})
    assert answer.status == 422
    assert "must be a phone number with its country code" in answer.text
    assert (again := fields(answer, path(one)))["address"] == URDU
    assert (again["phone"], 'aria-invalid="true"' in answer.body) == ("12", True)
    assert stored(api, one)["version"] == 1
    for changed in ({"custom.feet": "many"}, {"custom.patio": "perhaps"}):
        assert manager.post(path(one), {**form(manager, one, "own"), **changed}).status == 422
    aged = manager.post(path(one), {**form(manager, one, "habits"), "age_noted": "٩" * 5000})
    assert (aged.status, fields(aged, path(one))["age_noted"]) == (422, "٩" * 5000)
    long = manager.post(path(one), {**form(manager, one, "own"), "custom.feet": "9" * 5000})
    assert (long.status, '<a href="#custom.feet">' in long.body) == (422, True)
    assert fields(long, path(one))["custom.feet"] == "9" * 5000
    assert manager.post(path(one), {"csrf": manager.csrf, "block": "who"}).status == 400
    assert manager.post(path(one), {"csrf": manager.csrf}).status == 400


def contest(browser: Browser, api: Api, one: str) -> Shown:
    """Somebody changes phone and address while the manager does."""
    opened = form(browser, one, "who")
    theirs = {"phone": "+923009999999", "address": f"Theirs {CANARY}", "language": "he"}
    assert api.patch(f"/customers/{one}", theirs, headers={"if-match": "*"}, caller="edna").status == 200
    mine = {"phone": "+923008888888", "address": "Mine", "birthday": "--05-01"}
    return browser.post(path(one), {**opened, **mine})


def test_who_was_faster_is_shown_field_by_field_and_one_chooses(manager: Browser, api: Api) -> None:
    one = made(api)
    answer = contest(manager, api, one)
    assert answer.status == 409
    assert all(text in answer.text for text in ("+923009999999", f"Theirs {CANARY}"))
    again = fields(answer, path(one))
    assert (again["phone"], again["address"], again["birthday"]) == ("+923008888888", "Mine", "--05-01")
    # What only the other one changed is no choice, and stays.
    assert ("take.phone" in again, "take.language" in again, again["language"]) == (True, False, "he")
    assert stored(api, one)["phone"] == "+923009999999"
    assert manager.post(path(one), {**again, "take.address": "theirs"}).status == 303
    now = stored(api, one)
    assert (now["phone"], now["address"]) == ("+923008888888", f"Theirs {CANARY}")
    assert (now["birthday"], now["language"]) == ("--05-01", "he")


def test_two_who_change_different_fields_both_have_their_way(manager: Browser, api: Api) -> None:
    one = made(api)
    opened = form(manager, one, "who")
    assert api.patch(f"/customers/{one}", {"address": "North"}, headers={"if-match": "*"}).status == 200
    assert manager.post(path(one), {**opened, "language": "bn"}).status == 303
    assert (stored(api, one)["address"], stored(api, one)["language"]) == ("North", "bn")


def test_a_number_of_somebody_else_is_told_and_taken_if_one_says_so(manager: Browser, api: Api) -> None:
    other = made(api, phone="+923007770001", owner="edna")
    one = made(api)
    changed = {**form(manager, one, "who"), "phone": "+923007770001"}
    answer = manager.post(path(one), changed)
    assert (answer.status, f'href="/console/customers/{other}"' in answer.body) == (409, True)
    assert manager.post(path(one), {**fields(answer, path(one)), "allow_duplicate": "yes"}).status == 303
    assert stored(api, one)["phone"] == "+923007770001"


def test_a_change_is_undone_from_the_page_that_says_it_was_made(manager: Browser, browser: Browser, api: Api) -> None:
    one = made(api, address="Old", owner="edna")
    location = manager.post(path(one), {**form(manager, one, "who"), "address": "New"}).location
    undo = f"/console/customers/{one}/undo"
    told = fields(manager.get(location), undo)
    done = manager.post(undo, told)
    assert (done.location, stored(api, one)["address"]) == (f"/console/customers/{one}?done=undone", "Old")
    assert "It is as it was before." in manager.get(done.location).text
    # It was changed again since: nothing is taken back.
    assert api.patch(f"/customers/{one}", {"address": "Newer"}, headers={"if-match": "*"}).status == 200
    assert manager.post(undo, told).location.endswith("?done=changed_since")
    assert stored(api, one)["address"] == "Newer"
    assert manager.post(undo, {**told, "version": "x"}).status == 422
    version = stored(api, one)["version"]
    service = browser.signed_in("service").get(f"/console/customers/{one}?done=changed&version={version}")
    assert ("Saved." in service.text, undo in service.body) == (True, False)


def test_a_role_changes_only_what_it_sees_and_nobody_gives_customers_beyond_reach(browser: Browser, api: Api) -> None:
    one = made(api, owner="edna", income_band="high", birthday="1990-01-01", custom={"feet": 40})
    till = browser.signed_in("till")
    told = form(till, one, "who")
    assert ("name" in told, "birthday" in told, "address" in told) == (True, False, False)
    assert [till.get(f"{path(one)}?block={block}").status for block in ("consent", "own", "care")] == [404, 404, 200]
    assert "owner" not in form(till, one, "care")
    assert till.post(path(one), {**told, "language": "ne", "birthday": "2000-01-01"}).status == 303
    assert (stored(api, one)["language"], stored(api, one)["birthday"]) == ("ne", "1990-01-01")
    service = Browser().signed_in("service")
    habits = form(service, one, "habits")
    assert ("income_band" in habits, "gender" in habits) == (False, True)
    assert "high" not in service.get(f"{path(one)}?block=habits").text
    edna = Browser().signed_in("edna", role="sales")
    care = form(edna, one, "care")
    page = edna.get(f"{path(one)}?block=care").body
    assert ('value="edna"' in page, 'value="egon"' in page) == (True, False)
    answer = edna.post(path(one), {**care, "owner": "egon"})
    assert (answer.status, stored(api, one)["owner"]) == (422, "edna")
    egon = Browser().signed_in("egon", role="sales")
    assert egon.get(path(one)).status == 404
    assert egon.post(path(one), {**care, "csrf": egon.csrf}).status == 404
    assert Browser().signed_in("readonly").get(path(one)).status == 403
