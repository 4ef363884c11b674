"""Which tags there are and how many customers have each, kept by the views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.core.author import Author
from crm.customers import service as customer_service
from tests.support import flow

if TYPE_CHECKING:
    from tests.support.world import Api

ANY = {"if-match": "*"}


def customer(api: Api, *tags: str) -> str:
    made = api.post("/customers", {"name": "A", "tags": list(tags)})
    assert made.status == 201, made.body
    flow.project((f"CUSTOMER#{made.body['id']}", "PROFILE"))
    return str(made.body["id"])


def counts(api: Api) -> dict[str, int]:
    return {one["tag"]: one["customers"] for one in listed(api)}


def listed(api: Api) -> list[dict[str, Any]]:
    answer = api.get("/tags")
    assert answer.status == 200, answer.body
    return list(answer.body["items"])


def test_without_any_tag_there_is_none(api: Api) -> None:
    customer(api)
    assert listed(api) == []


def test_the_most_frequent_comes_first_and_odd_tags_are_kept_as_written(api: Api) -> None:
    for tags in (["vip", "বন্ধু"], ["vip", "a.b #1: “x”"], ["sum", "flow"], ["vip", "customers"]):
        customer(api, *tags)
    assert list(counts(api).items()) == [
        ("vip", 3),
        ("a.b #1: “x”", 1),
        ("customers", 1),
        ("flow", 1),
        ("sum", 1),
        ("বন্ধু", 1),
    ]


def test_ways_of_writing_a_tag_are_one_and_nobody_counts_twice(api: Api) -> None:
    for tags in (["VIP"], ["VIP", "vip "], ["Vip"], ["vip"]):
        customer(api, *tags)
    assert listed(api) == [{"tag": "VIP", "customers": 4, "also_written": {"Vip": 1, "vip": 1}}]


def test_of_two_ways_of_writing_a_tag_a_customer_keeps_the_first(api: Api) -> None:
    one = customer(api, "VIP", "vip ", "خرید", "\u200fخريد", "till")
    assert api.get(f"/customers/{one}").body["tags"] == ["VIP", "خرید", "till"]
    customer_service.change(
        customer_id=one,
        fields={"tags": ["vip", "Till", "new"]},
        author=Author("", way="import", of="file"),
        expected_version=None,
        on_conflict="note",
    )
    assert api.get(f"/customers/{one}").body["tags"] == ["VIP", "خرید", "till", "new"]


def test_the_counts_follow_changes_and_deletions(api: Api) -> None:
    one, other = customer(api, "vip", "till"), customer(api, "vip")
    assert api.patch(f"/customers/{one}", {"tags": ["vip"]}, headers=ANY).status == 200
    assert api.delete(f"/customers/{other}", headers=ANY).status == 204
    flow.project((f"CUSTOMER#{one}", "PROFILE"), (f"CUSTOMER#{other}", "PROFILE"))
    assert counts(api) == {"vip": 1}
