"""Who gets new customers, on a page: rules are made, put in order, taken away and tried; who was faster is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crm.access import roster
from crm.core.lease import Lease
from tests.console.browser import Browser, Shown
from tests.console.filling import filled
from tests.console.group_forms import fields, press
from tests.support.flow import settle
from tests.support.world import Api, know_the_roster

PAGE = "/console/routing"
CANARY = "<b onclick=x>\"'&{{7*7}}"
AS_OWNER: dict[str, Any] = {"caller": "owner", "role": "owner"}
ANY = {"if-match": "*"}


@pytest.fixture(scope="module", autouse=True)
def group(shop: None) -> Iterator[str]:
    """A team of two, and a group of who have a tag."""
    api = Api()
    assert api.post("/teams", {"id": "valley", "name": f"Valley {CANARY}"}, **AS_OWNER).status == 201
    for name in ("vera", "vik"):
        told = {"id": name, "name": name.title(), "role": "sales", "teams": ["valley"]}
        assert api.post("/staff", told, **AS_OWNER).status == 201
    rule = {"field": "tags", "op": "contains", "value": "vip"}
    made = api.post("/segments", {"name": f"Best {CANARY}", "rule": rule}, **AS_OWNER)
    assert made.status == 201, made.body
    settle()
    Lease.forget_all()
    roster.forget()
    yield str(made.body["id"])
    assert api.patch("/routing", {"rules": []}, headers=ANY, **AS_OWNER).status == 200
    know_the_roster()


def rules() -> list[Any]:
    return [(one["name"], one["when"], one["to"]) for one in Api().get("/routing", **AS_OWNER).body["rules"]]


def put(*rules: dict[str, Any]) -> None:
    assert Api().patch("/routing", {"rules": list(rules)}, headers=ANY, **AS_OWNER).status == 200


def rule(rule_id: str, name: str) -> dict[str, Any]:
    """One for everybody."""
    return {"id": rule_id, "name": name, "when": None, "to": {"member": "vera"}}


def sent(page: Shown, **typed: str) -> dict[str, str]:
    return filled(page, PAGE, **typed)


def test_rules_are_made_put_in_order_and_taken_away(manager: Browser, group: str) -> None:
    new = {"name__0": f"All {CANARY}", "to__0": "team.valley"}
    answer = manager.post(PAGE, sent(manager.get(PAGE), **new))
    assert answer.location == f"{PAGE}?done=saved"
    page = manager.get(answer.location)
    assert "<b onclick" not in page.body
    assert f"in turn, the team Valley {CANARY}" in page.text
    best = {"name__1": "Best", "when__1": f"segment.{group}", "to__1": "member.vera", "place__1": "1", "place__0": "2"}
    manager.post(PAGE, sent(page, **best))
    third = {"name__2": "Nepal", "when__2": "language.ne", "to__2": "member.vik", "place__2": "2", "place__1": "3"}
    manager.post(PAGE, sent(manager.get(PAGE), **third))
    of_group, of_language = (
        {"field": "segment", "op": "eq", "value": group},
        {"field": "language", "op": "eq", "value": "ne"},
    )
    found = [("Best", of_group), ("Nepal", of_language), (f"All {CANARY}", None)]
    assert [(name, when) for name, when, _ in rules()] == found
    manager.post(PAGE, sent(manager.get(PAGE), gone__0="yes"))
    assert [name for name, *_ in rules()] == ["Nepal", f"All {CANARY}"]
    # What was not touched is written again as it was.
    manager.post(PAGE, sent(manager.get(PAGE)))
    assert [when for _, when, _ in rules()] == [of_language, None]


def test_a_condition_that_the_form_cannot_give_back_stands_there_in_words_and_stays(manager: Browser) -> None:
    when = {
        "any": [
            {"field": "phone", "op": "starts_with", "value": "+977"},
            {"field": "tags", "op": "contains", "value": CANARY},
        ]
    }
    put({"id": "one", "name": "Hills", "when": when, "to": {"member": "vik"}})
    page = manager.get(PAGE)
    assert "+977" in page.text
    assert "<b onclick" not in page.body
    assert manager.post(PAGE, sent(page, name__0="Mountains")).status == 303
    assert [(name, told) for name, told, _ in rules()] == [("Mountains", when)]


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(manager: Browser) -> None:
    put()
    page = manager.get(PAGE)
    for wrong, place in (({"to__0": ""}, "to.0"), ({"place__0": "x"}, "place.0"), ({"to__0": "member.gone"}, "to.0")):
        told = {"name__0": f"Mine {CANARY}", "to__0": "member.vera", **wrong}
        refused = manager.post(PAGE, sent(page, **told))
        assert (refused.status, f'id="{place}-wrong"' in refused.body) == (422, True), (wrong, refused.text)
        assert f"Mine {CANARY}" in refused.text or "Mine &lt;b" in refused.body
    nameless = manager.post(PAGE, sent(page, to__0="member.vera"))
    assert (nameless.status, 'id="name.0-wrong"' in nameless.body) == (422, True)
    assert rules() == []
    for bad in ({}, {"version": "x"}, {"version": "-1"}):
        assert manager.post(PAGE, {"csrf": manager.csrf, **bad}).status == 422


def test_who_was_faster_is_shown_and_nothing_is_lost(manager: Browser) -> None:
    put()
    page = manager.get(PAGE)
    put({"id": "theirs", "name": f"Theirs {CANARY}", "when": None, "to": {"team": "valley"}})
    late = manager.post(PAGE, sent(page, name__0="Mine", to__0="member.vik"))
    assert late.status == 412
    assert f"Theirs {CANARY} : in turn, the team Valley" in late.text
    assert [name for name, *_ in rules()] == [f"Theirs {CANARY}"]
    assert manager.post(PAGE, sent(late)).status == 303
    assert [name for name, *_ in rules()] == ["Mine"]


def test_somebody_is_tried_without_a_turn_being_taken(manager: Browser) -> None:
    put(
        {
            "id": "ne",
            "name": "Nepal",
            "when": {"field": "language", "op": "eq", "value": "ne"},
            "to": {"member": "vik"},
        },
        {"id": "all", "name": "All", "when": None, "to": {"team": "valley"}},
    )
    roster.forget()
    page = manager.get(f"{PAGE}?try=1&language=ne&phone=&tag=")
    assert "Vik Nepal : fits" in page.text
    for _ in range(2):
        page = manager.get(f"{PAGE}?try=1&language=ur&phone=%2B923001234567&tag=tea")
        assert "Vera · whose turn it is Nepal : does not fit All : fits" in page.text
    put()
    roster.forget()
    assert "Nobody would get them: no rule fits." in manager.get(f"{PAGE}?try=1&language=ne&phone=&tag=").text
    wrong = manager.get(f"{PAGE}?try=1&phone=12")
    assert (wrong.status, 'id="phone-wrong"' in wrong.body) == (422, True)


def test_only_who_decides_on_it_sees_the_rules() -> None:
    for role in ("sales", "marketing", "readonly"):
        browser = Browser().signed_in("somebody", role=role)
        assert browser.get(PAGE).status == 403
        assert browser.post(PAGE, {"csrf": browser.csrf}).status == 403


def test_for_whom_a_rule_is_can_be_anything_that_is_known_of_who_is_new(manager: Browser, group: str) -> None:
    put(rule("old", "Old"), rule("rest", "Rest"))
    address = f"{PAGE}/condition?rule=old"
    assert f'href="{address}"' in manager.get(PAGE).body
    page = manager.get(address)
    assert ("Everybody who is new" in page.text, 'value="purchases"' in page.body) == (True, False)
    page = press(manager, page, "add 0", address, new_0="tags")
    page = press(manager, page, "bracket 0-0", address, value_0_0=f"vip {CANARY}")
    page = press(manager, page, "add 0-0", address, new_0_0="phone")
    missing = press(manager, page, "save", address)
    assert (missing.status, "Give a value." in missing.text, "<b onclick" in missing.body) == (422, True, False)
    assert rules()[0][1] is None
    saved = press(manager, missing, "save", address, op_0_0_1="starts_with", value_0_0_1="+977")
    assert saved.location == f"{PAGE}?done=saved"
    vip = {"field": "tags", "op": "contains", "value": f"vip {CANARY}"}
    nepal = {"field": "phone", "op": "starts_with", "value": "+977"}
    assert [when for _, when, _ in rules()] == [{"all": [{"any": [vip, nepal]}]}, None]
    again = manager.get(address)
    assert f"vip {CANARY}" in fields(again).values()
    emptied = press(manager, press(manager, again, "remove 0-0", address), "save", address)
    assert (emptied.location, rules()[0][1]) == (f"{PAGE}?done=saved", None)


def test_of_two_who_choose_for_whom_a_rule_is_the_slower_is_told(manager: Browser) -> None:
    put(rule("old", "Old"))
    address = f"{PAGE}/condition?rule=old"
    page = press(manager, manager.get(address), "add 0", address, new_0="address")
    put(rule("old", "Theirs"))
    late = press(manager, page, "save", address, value_0_0="Patan")
    assert (late.status, "Nothing of yours is saved yet" in late.text, rules()[0][1]) == (412, True, None)
    assert press(manager, late, "save", address).location == f"{PAGE}?done=saved"
    assert rules()[0][:2] == ("Theirs", {"all": [{"field": "address", "op": "eq", "value": "Patan"}]})


def test_what_is_not_known_of_who_is_new_is_refused_at_the_condition(manager: Browser) -> None:
    put(rule("old", "Old"))
    address = f"{PAGE}/condition?rule=old"
    told = {**fields(manager.get(address)), "join-0": "all", "field-0-0": "purchases", "op-0-0": "ge", "value-0-0": "1"}
    refused = manager.post(address, {**told, "do": "save"})
    assert (refused.status, "is not known of who is new" in refused.text) == (422, True)
    assert manager.get(f"{PAGE}/condition").location == PAGE
    assert manager.get(f"{PAGE}/condition?rule=none").status == 404
    assert manager.post(f"{PAGE}/condition", {"csrf": manager.csrf, "do": "save"}).status == 400
    seller = Browser().signed_in("vera", role="sales")
    assert [seller.get(address).status, seller.post(address, {"csrf": seller.csrf}).status] == [403, 403]


def test_a_script_is_given_the_part_of_the_form_that_changes(manager: Browser) -> None:
    put(rule("old", "Old"))
    address = f"{PAGE}/condition?rule=old"
    told = {**fields(manager.get(address)), "new-0": "tags", "do": "add 0"}
    part = manager.post(address, told, hx_request="true")
    assert (part.status, "<html" in part.body, 'id="builder"' in part.body) == (200, False, True)
    assert 'hx-post="/console/routing/condition?rule=old"' in part.body


def test_groups_are_offered_by_the_readers_names(manager: Browser, group: str) -> None:
    manager.submit("/console/groups", "/console/groups", do="bring_back")
    settle()
    Lease.forget_all()
    asked = {"segment": "best", "language": "ur"}
    parts = [{"field": name, "op": "eq", "value": value} for name, value in asked.items()]
    put(rule("old", "Old") | {"when": {"any": parts}})
    address = f"{PAGE}/condition?rule=old"
    manager.accepted = "ur"
    for page in (manager.get(PAGE), manager.get(address)):
        assert ("بہترین گاہک" in page.text, "Best customers" in page.text) == (True, False)
    # In the list to choose from, and in the sentence.
    assert manager.get(PAGE).text.count("بہترین گاہک") > 1
