"""Who is entered twice is found, looked at field by field, made one, and taken apart; nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.access import rules
from crm.core import clock
from crm.core.lease import Lease
from crm.duplicates.models import Pair, pair_of
from tests.console.browser import Browser, Shown
from tests.console.filled import fields
from tests.merges import merging
from tests.merges.merging import buy, carry, talk
from tests.support.flow import settle
from tests.support.meter import metered
from tests.support.world import Api

CANARY = "<b x=\"'>&{{7*7}}"
ANY = {"if-match": "*"}


@pytest.fixture(scope="module")
def api(shop: None) -> Api:
    api = Api()
    for who in ("merle", "mungo"):
        api.post("/staff", {"id": who, "name": who.title(), "role": "sales"}, role="owner")
    shed = {"name": "shed", "type": "yes_no", "labels": {"en": f"Shed {CANARY}"}, "help": {}}
    assert api.post("/fields", shed, role="owner").status == 201
    settle()
    Lease.forget_all()
    return api


@pytest.fixture
def sales_may_merge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another test of this shop may hide a field from sales, which takes merging from them."""
    monkeypatch.setattr(rules, "seeing", lambda role, _: role)


def new(api: Api, name: str, **more: Any) -> str:
    return merging.new(api, f"{name} {CANARY}", **more)


def path(into: str) -> str:
    return f"/console/customers/{into}/merge"


def preview(browser: Browser, into: str, old: str) -> Shown:
    return browser.get(f"{path(into)}?from={old}")


def form(browser: Browser, into: str, old: str, **wins: str) -> dict[str, str]:
    """The form of the preview; `phone="from"` chooses the other one's."""
    found = fields(preview(browser, into, old), path(into))
    return {**found, **{f"wins/{name}": side for name, side in wins.items()}}


def stored(api: Api, customer_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/customers/{customer_id}").body
    return found


def propose(one: str, other: str) -> str:
    """As the finder would, in the night."""
    pair = pair_of(one, other)
    Pair.keyed(
        pair, score=90, reasons=["same_phone", "near_name"], state="open", found_at="2026-01-01T00:00:00Z"
    ).save()
    settle()
    return pair


@pytest.mark.usefixtures("sales_may_merge")
def test_who_may_be_the_same_is_listed_with_why_and_one_says_that_they_are_not(manager: Browser, api: Api) -> None:
    one, other = new(api, "Marla", phone="+923004440001", owner="merle"), new(api, "Marlaa", owner="mungo")
    pair = propose(one, other)
    page = manager.get("/console/duplicates")
    assert all(text in page.text for text in (f"Marla {CANARY}", "the same phone", "a similar name", "alike: 90 %"))
    assert f"{path(one)}?from={other}" in page.body or f"{path(other)}?from={one}" in page.body
    # Of two teams nobody sees both, and so neither.
    for who in ("merle", "mungo"):
        sales = Browser().signed_in(who, role="sales")
        assert "Marla" not in sales.get("/console/duplicates").text
        assert sales.post(f"/console/duplicates/{pair}", {"csrf": sales.csrf, "action": "different"}).status == 404
    decide = f"/console/duplicates/{pair}"
    done = manager.post(decide, fields(page, decide))
    assert done.status == 303
    after = manager.get(done.location)
    assert ("You will not be asked again." in after.text, "Marlaa" in after.text) == (True, False)
    settle()
    assert "it was noted that these two are not the same" in preview(manager, one, other).text
    back = manager.post(decide, fields(after, decide))
    settle()
    assert "Marlaa" in manager.get(back.location).text
    assert manager.post(decide, {"csrf": manager.csrf}).status == 400
    assert manager.post("/console/duplicates/x_y", {"csrf": manager.csrf, "action": "perhaps"}).status == 404


def test_two_are_looked_at_made_one_and_taken_apart_again(manager: Browser, api: Api) -> None:
    one = new(api, "Mina", phone="+923004440002", address="Old Lane", consent={"marketing": True})
    other = new(api, "Minna", email="minna@shop.example", address="New Road", tags=["silk"], custom={"shed": True})
    buy(api, other, "12.50")
    talk(api, other)
    settle()
    page = preview(manager, one, other)
    assert page.status == 200
    shown = ("Old Lane", "New Road", "minna@shop.example", f"Shed {CANARY}", "1 purchase", "1 contact that was logged")
    assert [text for text in shown if text not in page.text] == []
    assert f"{path(other)}?from={one}" in page.body
    assert (stored(api, one)["version"], stored(api, other)["version"]) == (1, 1)
    chosen = form(manager, one, other, name="into", address="into", phone="into", email="from")
    done = manager.post(path(one), chosen)
    assert (done.status, done.location.partition("=")[0]) == (303, f"/console/customers/{one}?merge")
    now = stored(api, one)
    assert (now["name"], now["address"], now["email"]) == (f"Mina {CANARY}", "Old Lane", "minna@shop.example")
    assert (now["custom"], now["tags"], now["consent"]["marketing"]) == ({"shed": True}, ["silk"], None)
    # Sent twice it is done once; while things come over, the page says so and asks again.
    assert manager.post(path(one), chosen).location == done.location
    under_way = manager.get(done.location)
    assert ("still coming over" in under_way.text, 'hx-trigger="every 2s"' in under_way.body) == (True, True)
    merge = f"/console/merges/{done.location.rpartition('=')[2]}"
    assert "HX-Refresh".lower() not in manager.get(merge, hx_request="true").headers
    assert "These two cannot be merged now" in preview(manager, one, new(api, "Moe")).text
    carry(other)
    assert manager.get(merge, hx_request="true").headers["hx-refresh"] == "true"
    assert manager.get(f"/console/customers/{other}").location == f"/console/customers/{one}"
    assert preview(manager, one, other).location == f"/console/customers/{one}?done=one_already"
    after = manager.get(done.location)
    assert ("all is here" in after.text, "12.50" in after.text) == (True, True)
    assert "of the other one" in manager.get(merge).text
    assert merge in manager.get(path(one)).body
    undone = manager.post(merge, fields(after, merge))
    assert undone.location == done.location
    carry(other)
    apart = manager.get(undone.location)
    assert ("each has what is its own" in apart.text, f"/console/customers/{other}" in apart.body) == (True, True)
    assert (stored(api, other)["address"], stored(api, one)["tags"]) == ("New Road", [])
    assert manager.post(merge, {"csrf": manager.csrf}).status == 400


def test_the_record_that_stays_says_for_thirty_days_how_to_take_a_merge_back(
    manager: Browser, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, first, second = new(api, "Meena"), new(api, "Meenaa"), new(api, "Meeena")
    here, said = f"/console/customers/{one}", f"{CANARY} was merged into this record on"
    talk(api, one)
    assert said not in manager.get(here).text
    merges = [merging.merge(api, one, other, name="into") for other in (first, second)]
    links = [f"/console/merges/{merge}" for merge in merges]
    manager.get(here)
    with metered() as cost:
        page = manager.get(here)
    assert (cost.round_trips, cost.beside.total()) <= (2, 2), cost.calls
    assert f"Meenaa {said}" in page.text
    assert page.body.index(links[1]) < page.body.index(links[0])
    # What has just been done is said once.
    assert manager.get(f"{here}?merge={merges[1]}").body.count(f'"{links[1]}"') == 1
    # One that has another one stand on it came along with that, and cannot be taken back before.
    other = new(api, "Menaka")
    further = merging.merge(api, other, one, name="into")
    body = manager.get(f"/console/customers/{other}").body
    assert [link in body for link in (f"/console/merges/{further}", *links)] == [True, False, False]
    merging.undo(api, further)
    opened = manager.get(here)
    assert all(link in opened.body for link in links)
    now = datetime.now(UTC)
    for days, is_said in ((29, True), (31, False)):
        with monkeypatch.context() as later:
            later.setattr(clock, "stamp", lambda days=days: clock.instant(now + timedelta(days=days)))
            assert (links[0] in manager.get(here).body) is is_said
    taken = manager.get(links[1])
    assert manager.post(links[1], fields(taken, links[1])).status == 303
    carry(second)
    assert [link in manager.get(here).body for link in links] == [True, False]


def test_who_changed_one_meanwhile_is_heard_and_what_was_chosen_stands(manager: Browser, api: Api) -> None:
    one, other = new(api, "Mohan", address="Mine"), new(api, "Mohann", address="Other", gender="m")
    opened = form(manager, one, other, name="from", address="into", gender="from")
    assert api.patch(f"/customers/{other}", {"address": f"Newer {CANARY}"}, headers=ANY).status == 200
    answer = manager.post(path(one), opened)
    assert (answer.status, answer.text.count("changed meanwhile")) == (409, 1)
    assert f"Newer {CANARY}" in answer.text
    assert 'name="wins/address" value="into" checked' in answer.body
    assert 'name="wins/name" value="from" checked' in answer.body
    assert (stored(api, one)["address"], stored(api, other)["gender"]) == ("Mine", "m")
    again = {**fields(answer, path(one)), "wins/address": "from", "wins/name": "into"}
    assert manager.post(path(one), again).status == 303
    assert (stored(api, one)["address"], stored(api, one)["name"]) == (f"Newer {CANARY}", f"Mohan {CANARY}")
    # The same form with something else in it is told, and what is no form of ours is refused.
    third = new(api, "Mona")
    for wrong, status in (
        ({"into_version": "x"}, 422),
        ({"once": ""}, 422),
        ({"before": "no"}, 400),
        ({"from": ""}, 400),
    ):
        told = {**form(manager, third, new(api, "Mo")), "into_version": "99", **wrong}
        assert manager.post(path(third), told).status == status, wrong


def test_what_cannot_be_merged_says_why(manager: Browser, api: Api) -> None:
    person, firm = new(api, "Mara"), new(api, "Mara Ltd", kind="organisation")
    answer = preview(manager, person, firm)
    assert (answer.status, "One is a person, the other a firm." in answer.text) == (422, True)
    same = preview(manager, person, person)
    assert same.location == f"/console/customers/{person}?done=one_already"
    assert "one record already" in manager.get(same.location).text
    assert preview(manager, person, "nobody").status == 404


def test_with_whom_is_found_by_alikeness_and_by_words(manager: Browser, api: Api) -> None:
    one = new(api, "Mahin Begum", phone="+923004440009")
    twin = api.post("/customers", {"name": "Begum Mahin", "phone": "+923004440009"}, query={"allow_duplicate": "true"})
    assert twin.status == 201, twin.body
    stranger = new(api, "Zwetschge")
    settle()
    page = manager.get(path(one))
    assert f"{path(one)}?from={twin.body['id']}" in page.body
    assert "the same phone" in page.text
    found = manager.get(f"{path(one)}?who=zwetschge").body
    assert f"{path(one)}?from={stranger}" in found
    assert path(one) in manager.get(f"/console/customers/{one}").body


@pytest.mark.usefixtures("sales_may_merge")
def test_who_may_not_merge_sees_no_way_there_and_nobody_merges_beyond_reach(browser: Browser, api: Api) -> None:
    mine, theirs = new(api, "Musa", owner="merle"), new(api, "Musaa", owner="mungo")
    service = browser.signed_in("service")
    page = service.get(f"/console/customers/{mine}").body
    assert (path(mine) in page, "/console/duplicates" in page) == (False, False)
    assert [service.get(one).status for one in (path(mine), "/console/duplicates")] == [403, 403]
    merle = Browser().signed_in("merle", role="sales")
    assert path(mine) in merle.get(f"/console/customers/{mine}").body
    assert [preview(merle, *pair).status for pair in ((mine, theirs), (theirs, mine))] == [404, 404]
    told = {**form(Browser().signed_in("manager"), mine, theirs), "csrf": merle.csrf}
    assert merle.post(path(mine), told).status == 404
    assert stored(api, theirs)["name"] == f"Musaa {CANARY}"
    done = merging.ask(api, mine, theirs, owner="into", name="into")
    carry(theirs)
    mungo = Browser().signed_in("mungo", role="sales")
    # Whose the other one was is out of merle's reach, and so is the name; service merges nobody.
    kept = merle.get(f"/console/customers/{mine}").text
    assert ("Another record was merged into this one" in kept, "Musaa" in kept) == (True, False)
    assert done not in service.get(f"/console/customers/{mine}").body
    assert [one.get(f"/console/merges/{done}").status for one in (merle, mungo)] == [200, 404]
    assert mungo.post(f"/console/merges/{done}", {"csrf": mungo.csrf, "action": "undo"}).status == 404
