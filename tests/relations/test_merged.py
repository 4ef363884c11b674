"""Relations when their customers are merged, parted, deleted, erased; random histories of all of it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.merges.merging import ask, carry, merge, request, undo
from tests.relations.relating import ANY, agree, firm, held, new, relate, related
from tests.support import forgetting
from tests.support.rows import all_items
from tests.support.world import Api
from tests.support.worlds import chosen

if TYPE_CHECKING:
    from collections.abc import Iterator

STEPS = 60


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with pytest.MonkeyPatch.context() as monkeypatch, chosen(monkeypatch):
        yield Api()


def relations(api: Api, one: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/customers/{one}/relations").body["items"]
    return found


def test_a_merge_brings_relations_over_and_its_undoing_brings_them_back(api: Api) -> None:
    sara, twin, bilal, shop, other = new(api, "Sara"), new(api, "Sara A."), new(api, "Bilal"), firm(api), firm(api, "B")
    relate(api, sara, "member_of", shop, roles=["user"], title="Boss", **{"from": "2020-01-01"})
    relate(api, twin, "member_of", shop, roles=["payer"], **{"from": "2019-01-01"})
    relate(api, twin, "member_of", other, roles=["decides"])
    relate(api, twin, "household", sara)
    relate(api, twin, "household", bilal)
    relate(api, sara, "referred_by", bilal)
    relate(api, twin, "referred_by", shop)
    before = {one: (relations(api, one), held(api, one)) for one in (sara, twin, bilal, shop, other)}
    assert agree() == 7
    merge_id = merge(api, sara, twin)
    assert agree() == 4
    by_name = {(one["kind"], one["customer"]["name"], *one["roles"], one["from"]) for one in relations(api, twin)}
    assert by_name == {
        ("household", "Bilal", None),
        ("member_of", "B", "decides", None),
        ("member_of", "Rai & Co", "payer", "user", "2019-01-01"),
        ("referred_by", "Bilal", None),
    }
    assert related(api, shop) == [("member", "Sara A.")]
    assert api.get(f"/customers/{bilal}/relations/household/{twin}").body["customer"]["id"] == sara
    assert api.get(f"/customers/{shop}/relations/member/{twin}").body["roles"] == ["payer", "user"]
    undo(api, merge_id)
    assert agree() == 7
    for one, (listed, profile) in before.items():
        assert held(api, one) == profile
        assert [{**each, "version": 0} for each in relations(api, one)] == [{**each, "version": 0} for each in listed]


def test_while_a_merge_is_under_way_relations_wait_and_lists_name_who_it_will_be(api: Api) -> None:
    sara, twin, bilal = new(api, "Sara"), new(api, "Sara A."), new(api, "Bilal")
    place = relate(api, bilal, "household", twin).headers["location"]
    ask(api, sara, twin)
    assert related(api, bilal) == [("household", "Sara A.")]
    assert api.get(place).body["customer"]["id"] == sara
    waiting = [relate(api, bilal, "referred_by", sara), api.delete(place, headers=ANY), relate(api, sara, "household")]
    assert [one.status for one in waiting] == [409, 409, 409]
    carry(twin)
    assert (agree() > 0, api.delete(place, headers=ANY).status, related(api, sara)) == (True, 204, [])


def test_a_merge_that_would_make_a_circle_of_branches_is_refused_with_the_remedy(api: Api) -> None:
    head, middle, low = firm(api, "Head"), firm(api, "Middle"), firm(api, "Low")
    place = relate(api, middle, "branch_of", head).headers["location"]
    relate(api, low, "branch_of", middle)
    answer = api.post("/merges", request(api, head, low))
    assert (answer.status, f"DELETE {place}" in answer.body["detail"]) == (409, True), answer.body
    merge_id = merge(api, head, middle)
    assert held(api, low)["branch_of"] == head
    undo(api, merge_id)
    assert held(api, low)["branch_of"] == middle
    agree()


def test_an_erasure_leaves_nothing_of_a_relation_with_others_whatever_has_been_merged(api: Api) -> None:
    sara, twin, shop, home = new(api, "Sara"), new(api, "Sara A."), firm(api), new(api, "Home")
    branch = firm(api, "Twin of the shop")
    for one, title in ((shop, "secret title"), (branch, "secret other title")):
        relate(api, one, "member", sara, title=title)
    relate(api, sara, "household", home, note="secret note")
    relate(api, twin, "referred_by", home, note="secret other note")
    merge(api, shop, branch)
    merge(api, sara, twin)
    assert api.delete(f"/customers/{sara}", headers=ANY).status == 204
    assert (related(api, shop), related(api, home)) == ([], [])
    assert api.delete(f"/customers/{home}", headers=ANY).status == 204
    forgetting.empty(sara)
    assert "secret" not in str(all_items())
    assert not [item for item in all_items() if item["sk"]["S"].endswith(f"#{sara}") and item["pk"]["S"] != "ERASURES"]
    assert api.post(f"/bin/{home}/restore").status == 200
    assert (held(api, home), held(api, shop), relations(api, home)) == ({}, {}, [])
    counted = api.get(f"/erasures/{sara}").body["erased"]
    assert counted["relation"] == 6
    agree()


class Town:
    """A few customers, and what random people do with them; a refusal with a reason is as good as a deed."""

    def __init__(self, api: Api, chance: random.Random) -> None:
        self.api, self.chance, self.merges = api, chance, list[str]()
        self.people = [new(api, f"Person {number}") for number in range(8)]
        self.firms = [firm(api, f"Firm {number}") for number in range(6)]

    def step(self) -> None:
        deeds = [self.relate] * 10 + [self.change, self.remove, self.merge, self.merge, self.undo, self.bin, self.erase]
        self.chance.choice(deeds)()

    def someone(self) -> str:
        return self.chance.choice(self.people + self.firms)

    def relate(self) -> None:
        kinds = ["household", "member_of", "member", "branch_of", "branch", "referred_by", "referred", "supplier"]
        kind = self.chance.choice(kinds)
        own = self.people if kind in ("household", "member_of") else self.firms
        other = self.people if kind in ("household", "member") else self.firms
        pool = self.people + self.firms if kind.startswith("referred") else None
        said: dict[str, Any] = {"roles": [self.chance.choice(["payer", "user"])]} if kind.startswith("member") else {}
        said |= {"until": "2025-01-01"} if self.chance.random() < 0.2 and not kind.startswith("referred") else {}
        one, two = self.chance.choice(pool or own), self.chance.choice(pool or other)
        done(relate(self.api, one, kind, None if kind == "supplier" else two, **said))

    def one_of(self) -> str | None:
        listed = self.api.get(f"/customers/{(whose := self.someone())}/relations")
        if listed.status != 200 or not listed.body["items"]:
            return None
        one = self.chance.choice(listed.body["items"])
        return f"/customers/{whose}/relations/{one['kind']}/{(one['customer'] or {'id': 'business'})['id']}"

    def change(self) -> None:
        if place := self.one_of():
            until = self.chance.choice([None, "2024-05-05"])
            done(self.api.patch(place, {"until": until, "note": str(self.chance.random())}, headers=ANY))

    def remove(self) -> None:
        if place := self.one_of():
            done(self.api.delete(place, headers=ANY))

    def merge(self) -> None:
        into, old = self.chance.sample(self.chance.choice([self.people, self.firms]), 2)
        shown = [self.api.get(f"/customers/{one}").status for one in (into, old)]
        if shown == [200, 200] and done(answer := self.api.post("/merges", request(self.api, into, old))) == 201:
            self.merges.append(answer.body["id"])
            carry(answer.body["from"])

    def undo(self) -> None:
        if self.merges and done(answer := self.api.post(f"/merges/{self.chance.choice(self.merges)}/undo")) == 200:
            carry(answer.body["from"])

    def bin(self) -> None:
        one = self.someone()
        if done(self.api.delete(f"/customers/{one}", headers=ANY)) == 204:
            agree()
            self.relate()
            self.merge()
            agree()
            done(self.api.post(f"/bin/{one}/restore"))

    def erase(self) -> None:
        one = self.someone()
        if self.chance.random() < 0.3 and done(self.api.delete(f"/customers/{one}", headers=ANY)) == 204:
            gone = next(each["id"] for each in self.api.get("/bin").body["items"])
            forgetting.empty(gone)
            assert not [item for item in all_items() if "RELATION#" in str(item["sk"]) and gone in str(item)]


def done(answer: Any) -> int:
    assert answer.status in (200, 201, 204, 404, 409, 422), answer.body
    return int(answer.status)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_both_sides_agree_and_profiles_hold_what_a_recount_gives(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chosen(monkeypatch):
        town = Town(Api(), random.Random(seed))  # noqa: S311 - repeatable on purpose
        most = 0
        for _ in range(STEPS):
            town.step()
            most = max(most, agree())
        assert most > 3
