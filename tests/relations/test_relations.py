"""Relations over HTTP: what both sides show, and what is refused with a remedy."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.relations.relating import ANY, agree, firm, held, new, relate, related
from tests.support import rows
from tests.support.world import Answer, Api
from tests.support.worlds import chosen

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """One shop for all of these: each has customers of its own."""
    with pytest.MonkeyPatch.context() as monkeypatch, chosen(monkeypatch):
        yield Api()


def test_a_person_belongs_to_an_organisation_in_several_roles_and_both_say_so(api: Api) -> None:
    sara, shop = new(api, "سارہ احمد"), firm(api, "راہی ٹیکسٹائل")
    made = relate(
        api, sara, "member_of", shop, roles=["payer", "user", "payer"], title="مالک", **{"from": "2020-01-31"}
    )
    assert (made.status, made.headers["location"]) == (201, f"/customers/{sara}/relations/member_of/{shop}")
    assert {name: made.body[name] for name in ("kind", "roles", "title", "from", "until", "version")} == {
        "kind": "member_of",
        "roles": ["payer", "user"],
        "title": "مالک",
        "from": "2020-01-31",
        "until": None,
        "version": 1,
    }
    assert made.body["customer"] == {"id": shop, "name": "راہی ٹیکسٹائل", "kind": "organisation"}
    (mirror,) = api.get(f"/customers/{shop}/relations").body["items"]
    other = {"id": sara, "name": "سارہ احمد", "kind": "person"}
    assert mirror == {**made.body, "kind": "member", "customer": other}
    told = {"roles": ["payer", "user"], "title": "مالک", "from": "2020-01-31", "until": None}
    assert held(api, sara) == {"member_of": {shop: told}}
    assert held(api, shop) == {"member": 1}
    assert api.get(made.headers["location"]).body == made.body


def test_the_same_is_said_from_either_side(api: Api) -> None:
    office, branch = firm(api, "Head"), firm(api, "Branch")
    assert relate(api, office, "branch", branch).status == 201
    assert related(api, branch) == [("branch_of", "Head")]
    assert (held(api, office), held(api, branch)) == ({"branch": 1}, {"branch_of": office})
    sunita, bilal = new(api, "Sunita"), new(api, "Bilal")
    assert relate(api, sunita, "household", bilal).status == 201
    assert relate(api, sunita, "referred", bilal).status == 201
    assert related(api, bilal) == [("household", "Sunita"), ("referred_by", "Sunita")]
    assert related(api, bilal, kind="referred_by") == [("referred_by", "Sunita")]
    assert held(api, sunita) == {"household": 1, "referred": 1}
    assert relate(api, office, "supplier").status == 201
    assert relate(api, office, "partner", note="since the fair").status == 201
    assert related(api, office) == [("branch", "Branch"), ("partner", None), ("supplier", None)]
    assert held(api, office)["business"] == ["partner", "supplier"]


def test_a_relation_is_changed_ended_and_taken_back_for_both(api: Api) -> None:
    sara, shop = new(api, "Sara"), firm(api)
    place = relate(api, sara, "member_of", shop, roles=["user"]).headers["location"]
    theirs = f"/customers/{shop}/relations/member/{sara}"
    changed = api.patch(theirs, {"roles": ["decides"], "note": "knows all"}, headers={"if-match": "1"})
    assert (changed.status, changed.headers["etag"], changed.body["roles"]) == (200, '"2"', ["decides"])
    assert api.get(place).body["note"] == "knows all"
    assert api.patch(place, {"roles": []}, headers={"if-match": "1"}).status == 412
    assert api.patch(place, {"note": "knows all"}, headers={"if-match": "2"}).body["version"] == 2
    assert api.patch(place, {"until": "2026-01-31", "note": None}, headers={"if-match": "2"}).status == 200
    assert held(api, shop) == {}
    assert held(api, sara)["member_of"][shop]["until"] == "2026-01-31"
    assert api.patch(place, {"until": None}, headers={"if-match": "*"}).status == 200
    assert held(api, shop) == {"member": 1}
    assert api.delete(place, headers={"if-match": "1"}).status == 412
    assert api.delete(place).status == 428
    assert api.delete(theirs, headers={"if-match": "4"}).status == 204
    assert (related(api, sara), related(api, shop), held(api, sara), held(api, shop)) == ([], [], {}, {})
    assert api.get(place).status == 404
    assert api.delete(place, headers={"if-match": "*"}).status == 404


def test_a_request_that_comes_again_makes_one_relation(api: Api) -> None:
    sara, shop = new(api, "Sara"), firm(api)
    made = relate(api, sara, "member_of", shop, key="k", roles=["user"])
    again = relate(api, sara, "member_of", shop, key="k", roles=["user"])
    assert (again.status, again.body) == (201, made.body)
    other = relate(api, sara, "member_of", shop, key="k", roles=["payer"])
    assert (other.status, other.body["type"].rpartition(":")[2]) == (409, "idempotency-key-reused")
    assert api.delete(made.headers["location"], headers={"if-match": "*"}).status == 204
    gone = relate(api, sara, "member_of", shop, key="k", roles=["user"])
    assert (gone.status, gone.body["detail"]) == (
        409,
        "it was made, and removed since; send another Idempotency-Key to make it anew",
    )
    assert related(api, sara) == []


def refusals(api: Api) -> Iterator[tuple[partial[Answer], int, str, str]]:
    """Each request with the status, the field and a part of the words that are due."""
    sara, bilal, office, branch = new(api, "Sara"), new(api, "Bilal"), firm(api, "Head"), firm(api, "Branch")
    gone, merged = new(api, "Gone"), new(api, "Merged")
    assert api.delete(f"/customers/{gone}", headers={"if-match": "*"}).status == 204
    body = {"into": bilal, "from": merged, "into_version": 1, "from_version": 1}
    assert api.post("/merges", body).status == 201
    bilal = new(api, "Bilal the Second")
    assert relate(api, branch, "branch_of", office).status == 201
    yield partial(relate, api, sara, "household", sara), 422, "/customer", "is the same customer; name another one"
    yield partial(relate, api, sara, "household", "nobody"), 422, "/customer", "there is no customer with this id"
    yield partial(relate, api, sara, "household", gone), 422, "/customer", f"POST /bin/{gone}/restore"
    yield partial(relate, api, sara, "household", merged), 422, "/customer", "was merged into"
    yield (
        partial(relate, api, sara, "household", office),
        422,
        "/customer",
        "is an organisation, and household wants a person",
    )
    yield partial(relate, api, office, "household", sara), 422, "/kind", "this customer is an organisation"
    yield (
        partial(relate, api, sara, "branch_of", office),
        422,
        "/kind",
        "of it there can be household, member_of, referred_by",
    )
    yield partial(relate, api, sara, "member_of", bilal), 422, "/customer", "is a person"
    yield partial(relate, api, sara, "household"), 422, "/customer", "is missing"
    yield partial(relate, api, sara, "supplier"), 422, "/kind", "this customer is a person"
    yield partial(relate, api, office, "supplier", branch), 422, "/customer", "leave it out"
    yield partial(relate, api, sara, "cousin", bilal), 422, "/kind", "household"
    yield partial(relate, api, sara, "household", bilal, roles=["payer"]), 422, "/roles", "it takes from, note, until"
    yield partial(relate, api, sara, "member_of", office, roles=["boss"]), 422, "/roles/0", "decides"
    yield partial(relate, api, sara, "household", bilal, until="2031-01-01"), 422, "/until", "set a reminder"
    yield partial(relate, api, sara, "household", bilal, **{"from": "2031-01-01"}), 422, "/from", "lies in the future"
    early = {"from": "2020-05-01", "until": "2019-05-01"}
    yield (
        partial(relate, api, sara, "household", bilal, **early),
        422,
        "/until",
        "lies before its beginning, 2020-05-01",
    )
    yield (
        partial(relate, api, branch, "branch_of", office),
        409,
        "",
        f"PATCH /customers/{branch}/relations/branch_of/{office}",
    )
    yield partial(relate, api, office, "branch", branch), 409, "", "related so already"
    yield partial(relate, api, office, "branch_of", branch), 422, "/customer", "Branch is a branch of Head"
    third = firm(api, "Third")
    yield (
        partial(relate, api, branch, "branch_of", third),
        422,
        "/kind",
        f"DELETE /customers/{branch}/relations/branch_of/{office}",
    )
    yield partial(relate, api, third, "branch", branch), 422, "/customer", "Branch has a head office already"
    assert relate(api, third, "branch_of", branch).status == 201
    yield partial(relate, api, office, "branch_of", third), 422, "/customer", "makes a circle"
    assert relate(api, sara, "referred_by", bilal).status == 201
    yield partial(relate, api, bilal, "referred_by", sara), 422, "/customer", "Sara was referred by Bilal"
    yield partial(relate, api, sara, "referred_by", office), 422, "/kind", "somebody who referred them already"
    yield partial(relate, api, "nobody", "household", sara), 404, "", "there is no customer"


def test_nonsense_is_refused_with_the_field_and_the_remedy_and_changes_nothing(api: Api) -> None:
    for send, status, pointer, words in refusals(api):
        before = rows.all_items()
        answer = send()
        told = (answer.body.get("errors") or [{"pointer": "", "reason": answer.body["detail"]}])[0]
        assert (answer.status, told["pointer"]) == (status, pointer), answer.body
        assert words in told["reason"]
        assert rows.all_items() == before
    agree()


def test_who_has_relations_of_persons_does_not_become_an_organisation(api: Api) -> None:
    sara, shop = new(api, "Sara"), firm(api)
    place = relate(api, sara, "member_of", shop).headers["location"]
    for one, kind in ((sara, "organisation"), (shop, "person")):
        answer = api.patch(f"/customers/{one}", {"kind": kind}, headers=ANY)
        assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/kind")
    assert api.delete(place, headers=ANY).status == 204
    assert api.patch(f"/customers/{sara}", {"kind": "organisation"}, headers=ANY).status == 200


def test_there_are_ten_levels_of_branches_at_most(api: Api) -> None:
    firms = [firm(api, f"Level {level}") for level in range(11)]
    statuses = [relate(api, below, "branch_of", above).status for above, below in pairwise(firms)]
    assert statuses == [201] * 9 + [422]


def test_relations_come_a_page_at_a_time_with_the_names_of_now(api: Api) -> None:
    shop = firm(api)
    people = [new(api, f"Person {place}") for place in range(5)]
    for person in people:
        assert relate(api, shop, "member", person).status == 201
    assert api.patch(f"/customers/{people[0]}", {"name": "Renamed"}, headers={"if-match": "*"}).status == 200
    assert api.delete(f"/customers/{people[1]}", headers={"if-match": "*"}).status == 204
    names, cursor = list[str](), ""
    while cursor is not None:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = api.get(f"/customers/{shop}/relations", query=query).body
        names += [one["customer"]["name"] for one in page["items"]]
        cursor = page["next"]
    assert sorted(names) == ["Person 2", "Person 3", "Person 4", "Renamed"]
    assert api.get(f"/customers/{shop}/relations/member/{people[1]}").status == 404
    assert api.post(f"/bin/{people[1]}/restore").status == 200
    assert len(related(api, shop)) == 5
    wrong = api.get(f"/customers/{shop}/relations", query={"kind": "cousin"})
    assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (422, "kind")


def test_both_histories_say_who_related_whom_and_hold_no_text_about_the_other(api: Api) -> None:
    sara, shop = new(api, "Sara"), firm(api)
    place = relate(api, sara, "member_of", shop, roles=["user"], title="Boss").headers["location"]
    assert api.patch(place, {"title": "Owner"}, headers={"if-match": "*"}, caller="sales").status == 200
    assert api.delete(place, headers={"if-match": "*"}).status == 204
    for one, field in ((sara, f"/relations/member_of/{shop}"), (shop, f"/relations/member/{sara}")):
        items = api.get(f"/customers/{one}/history", query={"field": "/relations"}).body["items"]
        assert [(entry["who"], entry["changes"][field]) for entry in items] == [
            ("manager", {"from": {"roles": ["user"]}, "changed": ["title"]}),
            ("sales", {"from": {"roles": ["user"]}, "to": {"roles": ["user"]}, "changed": ["title"]}),
            ("manager", {"to": {"roles": ["user"]}, "changed": ["title"]}),
        ]
        assert api.get(f"/customers/{one}").body["version"] == 1
