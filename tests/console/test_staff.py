"""The staff on pages: who works here, entering, changing and letting go, and what is refused in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from crm.access import roster
from crm.access.models import Roster
from crm.catalogues import wording
from crm.staff import accounts
from crm.staff.models import Account
from crm.staff.pool import Refused
from infra.build import catalogues
from tests.audit import chains
from tests.console.browser import Browser, Shown
from tests.console.filling import filled
from tests.support.flow import do_jobs, project
from tests.support.world import Api, know_the_roster

pytestmark = pytest.mark.usefixtures("roles_seen_anew")
STAFF = "/console/staff"
CANARY = "<b onclick=x>\"'&{{7*7}}"
RTL = "سارہ خان"


@pytest.fixture(scope="module", autouse=True)
def members(shop: None) -> Iterator[None]:
    """An owner, a manager, two who sell, one who looks; a team."""
    api, as_owner = Api(), {"role": "owner", "caller": "boss"}
    api.post("/teams", {"id": "north", "name": f"North {CANARY}"}, **as_owner)
    for name, role in (
        ("boss", "owner"),
        ("lead", "manager"),
        ("amna", "sales"),
        ("bina", "sales"),
        ("viewer", "readonly"),
    ):
        told = {"id": name, "name": f"{RTL} {name}", "role": role, "language": "ur", "email": f"{name}@shop.example"}
        assert api.post("/staff", told, **as_owner).status == 201
    yield
    know_the_roster()


@pytest.fixture
def lead() -> Browser:
    return Browser().signed_in("lead", role="manager")


def member(staff_id: str) -> dict[str, Any]:
    return dict(Api().get(f"/staff/{staff_id}", role="owner", caller="boss").body)


def changed(browser: Browser, staff_id: str, **typed: str) -> Shown:
    """What comes of the form on a member's page with this typed into it."""
    address = f"{STAFF}/{staff_id}"
    return browser.post(address, filled(browser.get(address), address, **typed))


def test_the_list_tells_role_team_language_and_who_is_away(boss: Browser) -> None:
    assert (
        changed(
            boss, "bina", team__north="yes", away_from="2020-01-01", away_until="2099-05-04", substitute="amna"
        ).status
        == 303
    )
    roster.forget()
    page = boss.get(STAFF)
    line = page.text[page.text.index(f"{RTL} bina") :]
    assert f"bina sales North {CANARY} اردو away, back on May 4, 2099; stands in: {RTL} amna" in " ".join(line.split())
    assert "<b onclick" not in page.body
    boss.accepted = "he"
    assert "בהיעדרות" in boss.get(STAFF).text


def test_somebody_is_entered_once_and_what_is_wrong_stands_beside_its_field(lead: Browser) -> None:
    page = lead.get(STAFF)
    # A manager cannot make an owner.
    assert 'value="manager"' in page.body
    assert 'value="owner"' not in page.body
    once = re.findall(r'name="once" value="([^"]+)"', page.body)[-1]
    told = {
        "csrf": page.csrf,
        "once": once,
        "id": "hira",
        "name": CANARY,
        "role": "till",
        "language": "ne",
        "email": "",
    }
    for _ in range(2):
        assert lead.post(STAFF, told).location == f"{STAFF}/hira?done=entered"
    shown = lead.get(f"{STAFF}/hira?done=entered")
    assert "nobody was invited" in shown.text
    assert shown.text.count(CANARY) >= 2
    assert "<b onclick" not in shown.body
    wrong = lead.post(STAFF, {**told, "once": "b", "id": "Hira Ali", "email": "x", "name": " "})
    assert wrong.status == 422
    for field in ("id", "name", "email"):
        assert f'id="{field}-wrong"' in wrong.body, field
    assert 'value="Hira Ali"' in wrong.body
    taken = lead.post(STAFF, {**told, "once": "c", "name": "Another"})
    assert (taken.status, "somebody has this short name already" in taken.text) == (422, True)
    sent = lead.post(STAFF, {**told, "id": "hirah"})
    assert (sent.status, "this form has been sent already" in sent.text) == (422, True)
    unmarked = lead.post(STAFF, {**told, "once": "", "id": "hirah"})
    assert (unmarked.status, "load the page anew" in unmarked.text) == (422, True)
    above = lead.post(STAFF, {**told, "once": "d", "id": "rex", "role": "owner"})
    assert (above.status, "this role may more than yours" in above.text) == (422, True)


def test_fields_are_changed_and_another_ones_change_is_never_lost(boss: Browser) -> None:
    page = boss.get(f"{STAFF}/amna")
    assert changed(boss, "amna", signature="سلام\nAmna", digest_at="۰۷:۳۰", reminders="digest").location.endswith(
        "?done=changed"
    )
    now = member("amna")
    assert (now["signature"], now["digest_at"], now["reminders"]) == ("سلام\nAmna", "07:30", "digest")
    wrong = changed(boss, "amna", away_from="2030-01-02", away_until="2030-01-01", timezone="Lahore", name="")
    assert wrong.status == 422
    assert 'id="timezone-wrong"' in wrong.body
    assert 'id="name-wrong"' in wrong.body
    late = changed(boss, "amna", away_from="2030-01-02", away_until="2030-01-01")
    assert (late.status, 'id="away_until-wrong"' in late.body) == (422, True)
    old = filled(page, f"{STAFF}/amna", signature="Other")
    again = boss.post(f"{STAFF}/amna", old)
    assert (again.status, "Somebody else has set this meanwhile to: سلام" in again.text) == (409, True)
    assert member("amna")["signature"] == "سلام\nAmna"


def test_nobody_touches_whose_role_may_more(lead: Browser, boss: Browser) -> None:
    page = lead.get(f"{STAFF}/boss")
    main = page.body.partition("<main")[2].partition("handover-title")[0]
    assert ("only somebody who may as much" in page.text, "<form" in main) == (True, False)
    before = member("boss")
    sent = {"csrf": lead.csrf, "once": "x"}
    own = filled(boss.get(f"{STAFF}/boss"), f"{STAFF}/boss", email="evil@x.example")
    for action in ("change", "leave", "return", "invite"):
        answer = lead.post(f"{STAFF}/boss", {**own, **sent, "action": action})
        assert (answer.status, "may more than yours" in answer.text) == (403, True), action
    assert lead.post(f"{STAFF}/boss/sign-out", sent).status == 403
    assert member("boss") == before
    assert changed(lead, "amna", role="owner").status == 403
    chains.link()
    told = boss.get("/console/audit?event=denied&staff=lead").text
    assert "POST /console/staff/{staff_id}/sign-out" in told


def test_the_last_owner_stays(boss: Browser) -> None:
    page = boss.post(f"{STAFF}/boss", {"csrf": boss.csrf, "action": "leave"})
    assert (page.status, "somebody has to be the owner" in page.text) == (422, True)
    assert member("boss")["inactive"] is None


def test_letting_go_and_signing_out_are_asked_once_more(boss: Browser) -> None:
    for ask, words in (("leave", "Let them go?"), ("sign-out", "Sign them out everywhere?")):
        page = boss.get(f"{STAFF}/bina?ask={ask}")
        assert words in page.text
        # What is being asked is not offered beside its own question.
        assert f'href="{STAFF}/bina?ask={ask}"' not in page.body
    assert "Let them go?" not in boss.get(f"{STAFF}/bina?ask=x").text
    bina = Browser().signed_in("bina", role="sales")
    assert bina.get("/console").status == 200
    assert boss.post(f"{STAFF}/bina/sign-out", {"csrf": boss.csrf, "once": "s"}).location.endswith("?done=signed_out")
    roster.forget()
    assert bina.get("/console").status == 303
    # Everybody signs themselves out, and nobody another one.
    amna = Browser().signed_in("amna", role="sales")
    assert amna.post(f"{STAFF}/viewer/sign-out", {"csrf": amna.csrf, "once": "t"}).status == 403
    assert amna.post(f"{STAFF}/amna/sign-out", {"csrf": amna.csrf, "once": "t"}).status == 303


def test_whose_time_is_over_leaves_and_their_customers_are_counted_given_and_given_back(boss: Browser) -> None:
    api = Api()
    mine = [api.post("/customers", {"name": f"Of Amna {n}", "owner": "amna"}).body["id"] for n in range(3)]
    assert boss.post(f"{STAFF}/amna", {"csrf": boss.csrf, "action": "leave"}).location == f"{STAFF}/amna?done=left"
    assert "hand them over below" in boss.get(f"{STAFF}/amna?done=left").text

    def owners() -> set[str]:
        return {api.get(f"/customers/{one}").body["owner"] for one in mine}

    def sent(page: Shown, action: str, **typed: str) -> Shown:
        form = page.body[page.body.index(f'value="{action}"') - 400 : page.body.index(f'value="{action}"') + 400]
        told = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) | typed
        answer = boss.post(f"{STAFF}/amna/handover", {**told, "csrf": boss.csrf, "action": action})
        assert answer.status == 303, answer.text
        assert 'hx-trigger="load delay:2s"' in boss.get(answer.location).body
        project(("HANDOVERS", f"HANDOVER#{answer.location.partition('handover=')[2]}"))
        do_jobs()
        return boss.get(answer.location)

    nobody = boss.post(
        f"{STAFF}/amna/handover", {"csrf": boss.csrf, "action": "preview", "to": "member.bina2", "once": "z"}
    )
    assert (nobody.status, "there is no such member of staff" in nobody.text) == (422, True)
    trial = sent(boss.get(f"{STAFF}/amna"), "preview", to="member.lead")
    assert "3 customers would be handed over. Nothing is changed yet." in trial.text
    assert owners() == {"amna"}
    given = sent(trial, "give")
    assert ("3 customers were handed over." in given.text, owners()) == (True, {"lead"})
    back = sent(given, "undo")
    assert ("3 customers were given back." in back.text, owners()) == (True, {"amna"})
    # Of somebody else's customers it is nothing, nor of one who may not hand over.
    named = re.findall(r'name="handover" value="(\w+)"', given.body)[0]
    for address in (f"{STAFF}/lead?handover={named}", f"{STAFF}/amna?handover={'a' * 26}"):
        assert [boss.get(address, **how).status for how in ({}, {"hx_request": "true"})] == [404, 404]
    viewer = Browser().signed_in("viewer", role="readonly")
    assert "given back" not in viewer.get(f"{STAFF}/amna?handover={named}").text
    assert boss.post(f"{STAFF}/amna", {"csrf": boss.csrf, "action": "return"}).location.endswith("?done=returned")
    assert boss.post(f"{STAFF}/amna", {"csrf": boss.csrf, "action": "x"}).status == 400


def test_who_may_only_look_sees_who_works_here_and_nothing_to_change(shop: None) -> None:
    viewer = Browser().signed_in("viewer", role="readonly")
    page = viewer.get(STAFF)
    assert (page.status, "Enter somebody" in page.text) == (200, False)
    shown = viewer.get(f"{STAFF}/lead")
    assert (shown.status, "Account" in shown.text, "Hand over" in shown.text) == (200, False, False)
    assert viewer.post(STAFF, {"csrf": viewer.csrf}).status == 403
    till = Browser().signed_in("counter", role="till")
    assert till.get(STAFF).status == 403
    assert viewer.get(f"{STAFF}/nobody").status == 404


def test_another_invitation_is_asked_for_once(boss: Browser) -> None:
    for _ in range(2):
        answer = boss.post(f"{STAFF}/lead", {"csrf": boss.csrf, "action": "invite", "once": "i"})
        assert answer.location.endswith("?done=invited")
    version = member("lead")["version"]
    assert version == 2
    assert Roster.read().members["lead"]["role"] == "manager"


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_why_an_account_waits_is_said_in_the_readers_language(boss: Browser, language: str) -> None:
    for kind in (*accounts._REASONS, "NewException"):
        Account.read("amna").keep(state=accounts.UNDELIVERED, reason=accounts._why(Refused(kind)))
        reason = Account.read("amna").reason
        said = wording.reason(language, reason)
        boss.accepted = language
        page = boss.get(f"{STAFF}/amna")
        assert said
        assert said != reason
        assert said in page.text
        assert 'lang="en"' not in page.body.partition("<main")[2]
