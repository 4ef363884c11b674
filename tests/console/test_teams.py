"""Teams on pages: made, named anew, who is in them, deleted after asking once more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crm.access import roster
from infra.build import catalogues
from tests.console.browser import Browser, Shown
from tests.console.filling import filled
from tests.support.world import Api, know_the_roster

TEAMS = "/console/teams"
CANARY = "</p><script>alert('x')</script>\"'&{{7*7}}%s"
RTL = "شمالی ٹیم"
OWNER: dict[str, Any] = {"role": "owner", "caller": "boss"}


@pytest.fixture(scope="module", autouse=True)
def tundra(shop: None) -> Iterator[None]:
    """A team, who is in it, and somebody who may more than a manager."""
    api = Api()
    assert api.post("/roles", {"id": "overseer", "all": ["roles.manage", "staff.manage"]}, **OWNER).status == 201
    assert api.post("/teams", {"id": "tundra", "name": "Tundra"}, **OWNER).status == 201
    for who, role in (("nadia", "sales"), ("chefin", "overseer")):
        told = {"id": who, "name": who.title(), "role": role, "teams": ["tundra"] if who == "nadia" else []}
        assert api.post("/staff", told, **OWNER).status == 201
    yield
    know_the_roster()


@pytest.fixture
def lead(shop: None) -> Browser:
    roster.forget()
    return Browser().signed_in("manager")


def teams() -> dict[str, Any]:
    roster.forget()
    return {one["id"]: one for one in Api().get("/teams", **OWNER).body["items"]}


def did(browser: Browser, address: str, action: str, **typed: str) -> Shown:
    return browser.post(address, {"csrf": browser.csrf, "action": action, **typed})


def test_a_team_is_made_and_people_put_in_and_taken_out(lead: Browser) -> None:
    address = f"{TEAMS}/delta"
    sent = {"csrf": lead.csrf, "id": "delta", "name": f"{RTL} {CANARY}"}
    for _ in range(2):
        assert lead.post(TEAMS, sent).location == f"{address}?done=made"
    page = lead.get(f"{address}?done=made")
    assert "Nobody is in it yet." in page.text
    for _ in range(2):
        assert did(lead, address, "put_in", member="nadia").location == f"{address}?done=put_in"
    assert teams()["delta"]["members"] == ["nadia"]
    assert Api().get("/staff/nadia", **OWNER).body["teams"] == ["tundra", "delta"]
    shown = [lead.get(TEAMS), lead.get(address)]
    assert all(f"{RTL} {CANARY}" in one.text and "Nadia" in one.text for one in shown)
    assert not any("<script>alert" in one.body for one in shown)
    assert did(lead, address, "take_out", member="nadia").location == f"{address}?done=taken_out"
    assert (teams()["delta"]["members"], teams()["tundra"]["members"]) == ([], ["nadia"])
    assert (did(lead, address, "put_in", member="nobody_here").status, did(lead, address, "burn").status) == (422, 400)


def test_a_name_is_changed_and_both_are_shown_where_another_was_faster(lead: Browser) -> None:
    address = f"{TEAMS}/named"
    assert Api().post("/teams", {"id": "named", "name": "First"}, **OWNER).status == 201
    page = lead.get(address)

    def saved(name: str) -> Shown:
        return lead.post(address, {**filled(page, address, name=name), "action": "rename"})

    assert saved("Second").location == f"{address}?done=renamed"
    both = saved("Third")
    assert (both.status, "Second" in both.text, 'value="Third"' in both.body, teams()["named"]["name"]) == (
        409,
        True,
        True,
        "Second",
    )
    page = both
    assert saved("Third").location == f"{address}?done=renamed"
    page = lead.get(address)
    wrong = saved("")
    assert (wrong.status, 'id="name-wrong"' in wrong.body, teams()["named"]["name"]) == (422, True, "Third")


def test_deleting_is_asked_once_more_and_a_team_with_somebody_in_it_stays(lead: Browser) -> None:
    assert "take them out first" in lead.get(f"{TEAMS}/tundra?ask=delete").text
    refused = did(lead, f"{TEAMS}/tundra", "delete", version="1")
    assert (refused.status, "Nothing was deleted" in refused.text) == (409, True)
    assert Api().post("/teams", {"id": "gone", "name": "Gone"}, **OWNER).status == 201
    address = f"{TEAMS}/gone"
    asked = lead.get(f"{address}?ask=delete")
    sent = {**filled(asked, address), "action": "delete"}
    assert did(lead, address, "delete", version="").status == 422
    renamed = Api().patch("/teams/gone", {"name": "Going"}, headers={"if-match": "*"}, **OWNER)
    assert renamed.status == 200
    stale = lead.post(address, {"csrf": lead.csrf, "version": "1", "action": "delete"})
    assert (stale.status, "gone" in teams(), sent["action"]) == (412, True, "delete")
    again = lead.get(f"{address}?ask=delete")
    version = again.body[again.body.index('name="version" value="') :].split('"')[3]
    assert did(lead, address, "delete", version=version).location == f"{TEAMS}?done=deleted"
    assert ("gone" in teams(), lead.get(address).status) == (False, 404)


def test_what_is_wrong_stands_beside_its_field(lead: Browser) -> None:
    for wrong in ("tundra", "A B", ""):
        page = lead.post(TEAMS, {"csrf": lead.csrf, "id": wrong, "name": "Another"})
        assert (page.status, 'id="id-wrong"' in page.body, 'value="Another"' in page.body) == (422, True, True)


def test_nobody_moves_those_who_may_more_and_who_only_looks_sees_no_forms(lead: Browser) -> None:
    address = f"{TEAMS}/tundra"
    page = lead.get(address)
    assert ('value="nadia"' in page.body, 'value="chefin"' in page.body) == (True, False)
    refused = did(lead, address, "put_in", member="chefin")
    assert (refused.status, "may more than yours" in refused.text) == (403, True)
    assert "chefin" not in teams()["tundra"]["members"]
    looks = Browser().signed_in("viewer", role="readonly")
    for one in (TEAMS, address):
        page = looks.get(one)
        assert (page.status, f'action="{one}"' in page.body) == (200, False)
    assert did(looks, address, "take_out", member="nadia").status == 403
    assert Browser().signed_in("counter", role="till").get(TEAMS).status == 403
    assert f'href="{TEAMS}"' in looks.get("/console/staff").body


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_it_speaks_the_readers_language(lead: Browser, language: str) -> None:
    lead.accepted = language
    for address in (TEAMS, f"{TEAMS}/tundra", f"{TEAMS}/tundra?ask=delete"):
        page = lead.get(address)
        assert (page.status, "Teams" in page.text, "in it" in page.text) == (200, False, False)
