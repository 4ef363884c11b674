"""Customers are found by the words of fields that are searchable, and not by those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support import flow, unwritten
from tests.support.faults import crash_points, recording

if TYPE_CHECKING:
    from tests.support.world import Api

ANY = {"if-match": "*"}


def define(api: Api, name: str, type_: str = "text", **more: Any) -> None:
    assert api.post("/fields", {"name": name, "type": type_, **more}).status == 201


def customer(api: Api, name: str, **custom: Any) -> None:
    made = api.post("/customers", {"name": name, "custom": custom})
    assert made.status == 201, made.body
    flow.project((f"CUSTOMER#{made.body['id']}", "PROFILE"))


def found(api: Api, search: str) -> list[str]:
    flow.project(("RULES", "EPOCH"))
    flow.do_jobs()
    answer = api.get("/customers", query={"search": search})
    assert answer.status == 200, answer.body
    return [one["name"] for one in answer.body["items"] if one["match"] == "exact"]


def test_a_customer_is_found_by_the_words_of_a_searchable_field(api: Api) -> None:
    define(api, "pet", searchable=True)
    define(api, "site", "link", searchable=True)
    define(api, "secret")
    customer(api, "Anna", pet="Großer Moti موتی", site="https://www.tailor.example/moti-2", secret="hidden")
    customer(api, "Bilal", pet="Sheru")
    for search in ("moti", "gross", "موت", "tailor", "anna moti"):
        assert found(api, search) == ["Anna"], search
    assert found(api, "hidden") == found(api, "https") == []


def test_the_search_follows_when_a_field_becomes_searchable_and_when_it_ceases_to_be(api: Api) -> None:
    define(api, "pet")
    customer(api, "Anna", pet="Moti")
    assert found(api, "moti") == []
    assert api.patch("/fields/pet", {"searchable": True}, headers=ANY).status == 200
    assert found(api, "moti") == ["Anna"]
    assert api.delete("/fields/pet", headers=ANY).status == 204
    assert found(api, "moti") == []


def test_to_have_it_followed_is_one_write(api: Api) -> None:
    define(api, "pet")
    with recording() as calls:
        assert api.patch("/fields/pet", {"searchable": True}, headers=ANY).status == 200
    assert [call for call in calls if call in unwritten.CHANGES] == ["TransactWriteItems"]


def test_a_change_killed_anywhere_and_repeated_has_the_search_follow(api: Api) -> None:
    define(api, "pet")
    customer(api, "Anna", pet="Moti")
    searchable = False
    for crash in crash_points():
        searchable = not searchable
        with crash:
            api.patch("/fields/pet", {"searchable": searchable}, headers=ANY)
        assert api.patch("/fields/pet", {"searchable": searchable}, headers=ANY).status == 200
        assert found(api, "moti") == (["Anna"] if searchable else []), str(crash)
