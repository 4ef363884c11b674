"""A group that there is: its rule comes back as it was, the slower one chooses, it goes, and is filled by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.browser import Browser
from tests.console.group_forms import CANARY, NEW, SPENT, Known, furnished, make, press, rule_of
from tests.console.test_group_form import RULES
from tests.support.flow import settle
from tests.support.world import Api


@pytest.fixture(scope="module")
def known(shop: None) -> Known:
    return furnished()


@pytest.mark.parametrize("rule", RULES)
def test_what_is_stored_comes_back_as_it_was(manager: Browser, known: Known, rule: Any) -> None:
    path = make("Round", rule)
    page = manager.get(f"{path}/edit")
    assert press(manager, page, "save", path, name="Other name").location == f"{path}?done=changed"
    found = Api().get(f"/segments/{path.rpartition('/')[2]}").body
    assert (found["name"], rule_of(found["id"])) == ("Other name", rule)


def test_what_the_form_cannot_show_is_said_and_kept(manager: Browser, known: Known) -> None:
    odd = {"field": "birthday", "op": "within_last", "value": "P1Y6M"}
    path = make("Odd", {"any": [odd, SPENT]})
    page = manager.get(f"{path}/edit")
    assert "the birthday is within the last 1 year 6 months" in page.text.replace("\u2068", "").replace("\u2069", "")
    assert "cannot be shown as a form" in page.text
    assert press(manager, page, "save", path, value_0_1="99").status == 303
    assert rule_of(path.rpartition("/")[2]) == {"any": [odd, {**SPENT, "value": "99"}]}
    # In the form a value stands on each line, without the spaces around it.
    loose = {"field": "name", "op": "in", "value": [" of spaces ", "of two\nlines"]}
    path = make("Loose", {"any": [loose, SPENT]})
    assert press(manager, manager.get(f"{path}/edit"), "save", path, value_0_1="98").status == 303
    assert rule_of(path.rpartition("/")[2]) == {"any": [loose, {**SPENT, "value": "98"}]}
    many = {"any": [{"field": "facts.spent", "op": "eq", "value": number} for number in range(60)]}
    path = make("Many", many)
    assert press(manager, manager.get(f"{path}/edit"), "save", path, name="Many still").status == 303
    assert rule_of(path.rpartition("/")[2]) == many


def test_who_was_slower_sees_both_and_chooses(manager: Browser, known: Known) -> None:
    path = make("Raced", SPENT)
    page = manager.get(f"{path}/edit")
    group_id = path.rpartition("/")[2]
    Api().patch(f"/segments/{group_id}", {"name": f"Theirs {CANARY}"}, headers={"If-Match": "*"})
    mine = press(manager, page, "save", path, name="Mine now", value_0_0="77")
    assert mine.status == 409
    assert f"Theirs {CANARY}" in mine.text
    assert "Mine now" in mine.text
    assert rule_of(group_id) == SPENT
    assert press(manager, mine, "save", path).status == 303
    assert (Api().get(f"/segments/{group_id}").body["name"], rule_of(group_id)["all"][0]["value"]) == ("Mine now", "77")


def test_a_group_is_deleted_after_it_was_asked_once_more(manager: Browser, known: Known) -> None:
    path = make("Short-lived", SPENT)
    holder = make("Holder", {"field": "segment", "op": "eq", "value": path.rpartition("/")[2]})
    assert "Holder" in manager.get(f"{path}/delete").text
    page = manager.get(f"{holder}/delete")
    assert manager.post(f"{holder}/delete", {"csrf": page.csrf}).status == 422
    told = {"csrf": page.csrf, "do": "delete", "version": "1"}
    assert manager.post(f"{path}/delete", told).status == 409
    Api().patch(f"/segments/{holder.rpartition('/')[2]}", {"name": "Held"}, headers={"If-Match": "*"})
    late = manager.post(f"{holder}/delete", told)
    assert (late.status, "Held" in late.text) == (412, True)
    assert manager.post(f"{holder}/delete", {**told, "version": "2"}).location == "/console/groups?done=deleted"
    assert manager.get(holder).status == 404


def test_customers_are_put_in_and_taken_out_by_hand(manager: Browser, known: Known) -> None:
    page = press(manager, manager.get(NEW), "save_picked", name="By hand")
    path = page.location.partition("?")[0]
    found = manager.get(f"{path}?who=zar")
    assert f'name="customer" value="{known.best}"' in found.body
    part = manager.get(f"{path}?who=zar", hx_request="true")
    assert ("<html" in part.body, known.best in part.body) == (False, True)
    told = {"csrf": manager.csrf, "customer": known.best}
    assert manager.post(f"{path}/members", {**told, "do": "put_in"}).location == f"{path}?done=put_in"
    settle()
    assert "Zara" in manager.get(path).text
    assert "is in it" in manager.get(f"{path}?who=zar").text
    assert manager.post(f"{path}/members", {**told, "do": "take_out"}).location == f"{path}?done=taken_out"
    assert manager.post(f"{path}/members", {**told, "customer": "x", "do": "put_in"}).location == f"{path}?done=nobody"
    by_rule = f"/console/groups/{known.group}/members"
    assert manager.post(by_rule, {**told, "do": "put_in"}).status == 409
