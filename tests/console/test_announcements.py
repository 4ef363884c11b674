"""Announcements on a page: one is written, to whom it goes, who has read it, and it is taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.console.browser import Browser
from tests.console.filling import filled
from tests.support.world import Api, know_the_roster

pytestmark = pytest.mark.usefixtures("roles_seen_anew")
PAGE = "/console/announcements"
CANARY = "</textarea><script>alert('x')</script>\"'&{{7*7}}"


@pytest.fixture(scope="module", autouse=True)
def team(shop: None) -> Iterator[None]:
    """Two who sell, one of them in a team."""
    api, as_owner = Api(), {"role": "owner", "caller": "owner"}
    api.post("/teams", {"id": "south", "name": f"South {CANARY}"}, **as_owner)
    for name, teams in (("tariq", ["south"]), ("usman", [])):
        told = {"id": name, "name": name, "role": "sales", "teams": teams}
        assert api.post("/staff", told, **as_owner).status == 201
    yield
    know_the_roster()


def test_one_is_told_to_a_team_read_and_taken_back(manager: Browser) -> None:
    page = manager.get(PAGE)
    assert "<script>alert" not in page.body
    told = filled(page, PAGE, title=f"رمضان {CANARY}", text=f"کل\n{CANARY}", team__south="yes", until="2099-01-01")
    for _ in range(2):
        answer = manager.post(PAGE, told)
        assert answer.status == 303
    shown = manager.get(answer.location)
    assert "It stands on the first page" in shown.text
    assert shown.text.count(f"رمضان {CANARY}") == 2
    assert f"South {CANARY}" in shown.text
    assert "<script>alert" not in shown.body
    assert "Has not read it tariq Take it back" in shown.text
    assert "shown until January 1, 2099" in shown.text
    one = re.findall(r"one=(\w+)", answer.location)[0]
    assert Api().post(f"/announcements/{one}/read", caller="tariq", role="sales").status == 200
    assert "Has read it tariq" in manager.get(f"{PAGE}?one={one}").text
    taken = manager.post(PAGE, {"csrf": manager.csrf, "action": "withdraw", "announcement": one})
    assert taken.location == f"{PAGE}?done=withdrawn"
    assert "withdrawn" in manager.get(PAGE).text
    assert manager.get(f"{PAGE}?one={'a' * 26}").status == 404


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(manager: Browser) -> None:
    manager.accepted = "ur"
    wrong = filled(manager.get(PAGE), PAGE, title="", text=CANARY, until="2020-01-01", team__south="yes", mail="yes")
    page = manager.post(PAGE, wrong)
    assert page.status == 422
    assert 'id="title-wrong"' in page.body
    assert CANARY in page.text
    assert "<script>alert" not in page.body
    assert len(re.findall(r'id="(?:team.south|mail)"[^>]* checked', page.body)) == 2
    late = manager.post(PAGE, {**wrong, "title": "x"})
    assert (late.status, 'id="until-wrong"' in late.body) == (422, True)
    nowhere = manager.post(PAGE, {**wrong, "title": "x", "until": "", "team.gone": "yes"})
    assert (nowhere.status, "ایسی کوئی ٹیم نہیں" in nowhere.text) == (422, True)
    for once in ({"once": ""}, {"once": "x" * 41}):
        anew = manager.post(PAGE, {**wrong, "title": "x", "until": "", **once})
        assert (anew.status, 'id="title"' in anew.body) == (422, True)
    assert manager.post(PAGE, {"csrf": manager.csrf}).status == 400


def test_only_who_may_tell_the_team_something_opens_the_page() -> None:
    for role in ("sales", "readonly", "till"):
        browser = Browser().signed_in("usman", role=role)
        assert browser.get(PAGE).status == 403
        assert browser.post(PAGE, {"csrf": browser.csrf, "action": "tell"}).status == 403
