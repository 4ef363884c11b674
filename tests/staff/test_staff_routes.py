"""The list of staff over HTTP."""

import pytest

from tests.support.rows import all_items
from tests.support.world import Api

BILAL = {"id": "sales", "name": "Bilal", "email": "Bilal@Shop.example", "language": "ur", "timezone": "Asia/Karachi"}


def test_a_member_is_entered_read_listed_and_changed(api: Api) -> None:
    entered = api.post("/staff", BILAL)
    assert (entered.status, entered.headers["location"]) == (201, "/staff/sales")
    api.post("/staff", {"id": "owner", "name": "Sunita"})
    listed = api.get("/staff").body
    assert [one["id"] for one in listed["items"]] == ["owner", "sales"]
    changed = api.patch("/staff/sales", {"language": None, "name": "Bilal A."}, headers={"if-match": "1"})
    assert (changed.status, changed.body["version"], changed.body["language"]) == (200, 2, None)
    assert api.get("/staff/sales").body == changed.body
    assert changed.body["email"] == "bilal@shop.example"


def test_the_same_request_again_enters_nobody_twice_and_another_is_refused(api: Api) -> None:
    first, again = api.post("/staff", BILAL), api.post("/staff", BILAL)
    assert (first.body, again.status) == (again.body, 201)
    assert api.post("/staff", {**BILAL, "name": "Another"}).status == 409
    assert api.get("/staff/sales").body["name"] == "Bilal"


def test_a_key_stands_for_one_request(api: Api) -> None:
    key = {"idempotency-key": "k"}
    first = api.post("/staff", BILAL, headers=key)
    assert api.post("/staff", BILAL, headers=key).body == first.body
    refused = api.post("/staff", {**BILAL, "id": "service"}, headers=key)
    assert (refused.status, refused.body["type"]) == (409, "urn:crm:problem:idempotency-key-reused")
    assert api.get("/staff/service").status == 404
    assert api.post("/staff", {**BILAL, "id": "service"}, headers=key, caller="owner").status == 201


def test_the_list_comes_in_pages(api: Api) -> None:
    for number in range(5):
        api.post("/staff", {"id": f"m{number}", "name": "M"})
    found, cursor = [], None
    while True:
        page = api.get("/staff", query={"limit": "2", **({"cursor": cursor} if cursor else {})}).body
        found += [one["id"] for one in page["items"]]
        if not (cursor := page["next"]):
            break
    assert found == [f"m{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"id": "has.dot"}, "/id"),
        ({"id": "Upper"}, "/id"),
        ({"id": "a" * 41}, "/id"),
        ({"name": "two\nlines"}, "/name"),
        ({"email": "a@b\r\nBcc: c@d.example"}, "/email"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"role": "king"}, "/role"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_nothing_is_written(
    api: Api, fields: dict[str, str], pointer: str
) -> None:
    refused = api.post("/staff", {**BILAL, **fields})
    assert refused.status == 422
    assert pointer in [error["pointer"] for error in refused.body["errors"]]
    assert all_items() == []


def test_a_stale_or_missing_version_changes_nothing(api: Api) -> None:
    api.post("/staff", BILAL)
    api.patch("/staff/sales", {"name": "B"}, headers={"if-match": "1"})
    assert api.patch("/staff/sales", {"name": "C"}, headers={"if-match": "1"}).status == 412
    assert api.patch("/staff/sales", {"name": "C"}).status == 428
    assert api.patch("/staff/nobody", {"name": "C"}, headers={"if-match": "*"}).status == 404
    assert api.get("/staff/sales").body["name"] == "B"
