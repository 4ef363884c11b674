"""Whatever is sent as a rule: it is refused with its place, and nothing breaks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.world import Api


def nested(levels: int) -> Any:
    rule: Any = {"field": "name", "op": "exists", "value": True}
    for _ in range(levels):
        rule = {"not": rule}
    return rule


NONSENSE: list[Any] = [
    "spent > 100", 7, [], {}, {"all": {}}, {"not": []}, {"all": [[]]}, nested(10), nested(25),
    {"all": [7] * 50_000},
    {"any": [{"any": [{"any": [7] * 100}] * 100}] * 3},
    {"field": "age", "op": "ge", "value": int("9" * 40)},
    {"field": "age", "op": "between", "value": [None, {}]},
    {"field": "birthday", "op": "older_than", "value": "P99999Y"},
    {"field": "birthday", "op": "older_than", "value": "P" + "9" * 5000 + "D"},
    {"field": "birthday", "op": "eq", "value": "0000-00-00"},
    {"field": "created_at", "op": "ge", "value": "9999-12-31T23:59:59-99:00"},
    {"field": "يوم", "op": "גדול", "value": "\u202eabc"},
    {"field": "name", "op": "eq", "value": "\u202e\u2067\u200f"},
    {"field": "custom." + "x" * 10_000, "op": "eq", "value": "x"},
    {"field": "segment", "op": "eq", "value": "\u202e" * 100},
    {"field": "purchases", "op": "ge", "value": 1, "within": "P99999Y", "product": "", "measure": "סכום"},
    {"\u202e" * 1000: 1, "field": "name", "op": "exists", "value": True},
]  # fmt: skip


@pytest.mark.parametrize("rule", NONSENSE, ids=lambda rule: ascii(rule)[:40])
def test_nonsense_is_refused_with_its_place(api: Api, rule: Any) -> None:
    refused = api.post("/segments", {"name": "Group", "rule": rule})
    assert refused.status == 422, refused.body
    assert all(error["pointer"].startswith("/rule") and error["reason"] for error in refused.body["errors"])
    assert len(refused.body["errors"]) <= 50


@pytest.mark.parametrize(
    "rule",
    [
        {"field": "birthday", "op": "between", "value": ["0001-01-01", "9999-12-31"]},
        {"field": "created_at", "op": "ge", "value": "0001-01-01T00:00:00+14:00"},
        {"field": "name", "op": "eq", "value": "\u202eعلی"},
        {"field": "joined_on", "op": "older_than", "value": "P150Y"},
    ],
)
def test_what_is_only_odd_is_taken_and_asked(api: Api, rule: Any) -> None:
    api.post("/customers", {"name": "علی", "birthday": "2000-02-29", "joined_on": "2020-01-01"})
    made = api.post("/segments", {"name": "Group", "rule": rule})
    assert made.status == 201, made.body
    assert api.get(f"/segments/{made.body['id']}").status == 200
