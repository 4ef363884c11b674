"""Own roles by a form: made, changed beside others, never above what one holds, deleted after asking once more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crm.access import rules
from infra.build import catalogues
from tests.audit import chains
from tests.console.browser import Browser, Shown
from tests.console.filling import filled
from tests.support.world import Api, know_the_roster

pytestmark = pytest.mark.usefixtures("roles_seen_anew")
ROLES = "/console/roles"
NEW = f"{ROLES}/-new"
CANARY = "</p><script>alert('x')</script>\"'&{{7*7}}%s"
RTL = "گودام"
OWNER: dict[str, Any] = {"role": "owner", "caller": "boss"}
ANY = {"if-match": "*"}


@pytest.fixture(scope="module", autouse=True)
def chief(shop: None) -> Iterator[None]:
    """A role that makes roles, and may less than an owner; who has it."""
    may = ["roles.manage", "staff.read", "customers.read", "customers.write"]
    assert Api().post("/roles", {"id": "chief", "all": may, "hidden": ["/gender"]}, **OWNER).status == 201
    assert Api().post("/staff", {"id": "cem", "name": "Cem", "role": "chief"}, **OWNER).status == 201
    yield
    know_the_roster()


def stored(role_id: str) -> dict[str, Any]:
    return dict(Api().get(f"/roles/{role_id}", **OWNER).body)


def saved(browser: Browser, address: str, page: Shown | None = None, **typed: str) -> Shown:
    """What comes of the form there with this typed into it."""
    return browser.post(address, {**filled(page or browser.get(address), address, **typed), "action": "save"})


def test_a_role_is_made_as_it_was_filled_in(boss: Browser) -> None:
    typed = {"id": "shelf", "says": f"{RTL} {CANARY}", "may__customers__read": "team", "may__customers__write": "own"}
    more = {"may__fields__read": "all", "hide__gender": "yes", "purpose": "service", "unowned": "yes"}
    for _ in range(2):
        answer = saved(boss, NEW, None, **typed, **more)
        assert answer.location == f"{ROLES}?done=made", answer.text
    found = stored("shelf")
    assert (found["own"], found["team"], found["all"]) == (["customers.write"], ["customers.read"], ["fields.read"])
    assert (found["hidden"], found["purpose"], found["unowned"]) == (["/gender"], "service", True)
    assert found["says"] == f"{RTL} {CANARY}"
    for language in ("", *catalogues.LANGUAGES):
        boss.accepted = language
        for page in (boss.get(answer.location), boss.get(f"{ROLES}/shelf")):
            assert "<script>alert" not in page.body
            assert page.status == 200
        assert 'value="team" selected' in page.body
        assert f'dir="{"rtl" if language in {"ur", "he"} else "ltr"}">' in page.body
        assert (rules.policy().permissions["customers.read"] in page.text) == (not language)


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(boss: Browser) -> None:
    assert saved(boss, NEW, id="twice").status == 303
    for wrong in ("twice", "till", "A B", ""):
        page = saved(boss, NEW, id=wrong, says=CANARY, may__tags__write="all")
        assert (page.status, 'id="id-wrong"' in page.body, f'value="{wrong}"' in page.body) == (422, True, True)
        assert "<script>alert" not in page.body
        assert filled(page, NEW)["may.tags.write"] == "all"
    forged = saved(boss, NEW, id="odd", may__tags__write="some")
    assert (forged.status, 'id="may.tags.write-wrong"' in forged.body) == (422, True)
    assert boss.post(NEW, {"csrf": boss.csrf, "action": "save"}).status == 400
    assert boss.post(NEW, {"csrf": boss.csrf}).status == 400


def test_a_new_one_begins_like_another(boss: Browser) -> None:
    page = boss.get(f"{NEW}?like=till")
    assert saved(boss, NEW, page, id="till2").status == 303
    assert saved(boss, NEW, boss.get(f"{NEW}?like=marketing"), id="posters").status == 303
    for made, like in (("till2", "till"), ("posters", "marketing")):
        ours, theirs = stored(made), stored(like)
        for name in ("own", "team", "all", "hidden"):
            assert sorted(ours[name]) == theirs[name], name
        assert (ours["purpose"], ours["unowned"]) == (theirs["purpose"], theirs["unowned"])


def test_another_ones_change_is_never_lost_and_of_the_same_both_are_shown(boss: Browser) -> None:
    address = f"{ROLES}/beside"
    api = Api()
    made = {"id": "beside", "own": ["customers.read"], "hidden": ["/custom/gone"]}
    assert api.post("/roles", made, **OWNER).status == 201
    page = boss.get(address)
    assert (
        api.patch("/roles/beside", {"own": [], "team": ["customers.read"], "says": CANARY}, headers=ANY, **OWNER).status
        == 200
    )
    assert saved(boss, address, page, hide__phone="yes").status == 303
    after = stored("beside")
    assert (after["hidden"], after["team"], after["says"]) == (["/phone", "/custom/gone"], ["customers.read"], CANARY)
    asked = saved(boss, address, page, may__customers__read="all", hide__phone="yes")
    assert (asked.status, "Somebody else has set this meanwhile to: of the team" in asked.text) == (409, True)
    assert stored("beside") == after
    assert saved(boss, address, asked).status == 303
    assert (stored("beside")["team"], stored("beside")["all"]) == ([], ["customers.read"])


def test_nobody_gives_more_than_they_hold_or_changes_what_may_more(boss: Browser) -> None:
    cem = Browser().signed_in("cem", role="sales")
    page = cem.get(NEW)
    assert ('id="may.customers.write"' in page.body, 'id="may.keys.manage"' in page.body) == (True, False)
    beyond = saved(cem, NEW, page, id="mine", may__keys__manage="all")
    assert (beyond.status, "nobody gives more than they may themselves" in beyond.text) == (403, True)
    assert Api().get("/roles/mine", **OWNER).status == 404
    assert saved(cem, NEW, id="mine", may__customers__read="own").status == 303
    assert saved(cem, f"{ROLES}/mine", may__keys__manage="all").status == 403
    assert Api().post("/roles", {"id": "above", "all": ["keys.manage"]}, **OWNER).status == 201
    seen = cem.get(f"{ROLES}/above")
    assert ("only somebody who may as much" in seen.text, "before" in seen.body) == (True, False)
    assert saved(cem, f"{ROLES}/above", boss.get(f"{ROLES}/above"), csrf=cem.csrf, says="x").status == 403
    assert (stored("above")["says"], stored("mine")["all"]) == ("", [])
    assert "/gender" in stored("mine")["hidden"]
    chains.link()
    assert "POST /console/roles/{role_id}" in boss.get("/console/audit?event=denied&staff=cem").text


def test_deleting_is_asked_once_more_and_a_role_in_use_stays(boss: Browser) -> None:
    address, api = f"{ROLES}/leaving", Api()
    assert (
        api.post("/roles", {"id": "leaving", "own": ["customers.read"], "all": ["fields.read"]}, **OWNER).status == 201
    )
    asked = boss.get(f"{address}?delete=1")
    assert "Delete this role?" in asked.text
    sent = {**filled(asked, address), "action": "delete"}
    assert api.post("/staff", {"id": "lea", "name": "Lea", "role": "leaving"}, **OWNER).status == 201
    refused = boss.post(address, sent)
    assert (refused.status, 'href="/console/staff/lea"' in refused.body) == (409, True)
    assert 'value="delete"' not in refused.body
    assert api.patch("/staff/lea", {"role": "till"}, headers=ANY, **OWNER).status == 200
    assert api.patch("/roles/leaving", {"says": "x"}, headers=ANY, **OWNER).status == 200
    late = boss.post(address, sent)
    assert (late.status, "Nothing was deleted: this is how it is now." in late.text) == (412, True)
    assert boss.post(address, {**sent, "version": "x"}).status == 422
    key = {"name": f"Till {CANARY}", "role": "leaving", "rate": 5, "valid_days": 30}
    made = api.post("/keys", key, **OWNER)
    assert made.status == 201
    held = boss.post(address, {**filled(late, address), "action": "delete"})
    assert (held.status, CANARY in held.text, "<script>alert" in held.body) == (409, True, False)
    assert f'href="/console/keys/{made.body["id"]}"' in held.body
    assert 'value="delete"' not in held.body
    assert api.delete(f"/keys/{made.body['id']}", **OWNER).status == 204
    cem = Browser().signed_in("cem", role="sales")
    weak = cem.post(address, {**filled(late, address), "action": "delete", "csrf": cem.csrf})
    assert (weak.status, api.get("/roles/leaving", **OWNER).status) == (403, 200)
    done = boss.post(address, {**filled(late, address), "action": "delete"})
    assert done.location == f"{ROLES}?done=deleted"
    assert "The role was deleted." in boss.get(done.location).text
    assert boss.get(address).status == 404


def test_only_who_makes_roles_opens_the_form(boss: Browser) -> None:
    for role in ("manager", "readonly", "till"):
        browser = Browser().signed_in("nobody", role=role)
        assert [browser.get(one).status for one in (NEW, f"{ROLES}/chief")] == [403, 403]
        assert browser.post(NEW, {"csrf": browser.csrf, "action": "save"}).status == 403
    assert f'href="{ROLES}/' not in Browser().signed_in("nobody", role="manager").get(ROLES).body
    assert f'href="{ROLES}/chief"' in boss.get(ROLES).body
    assert [boss.get(f"{ROLES}/{one}").status for one in ("till", "none", "%3Cb%3E")] == [404, 404, 404]
