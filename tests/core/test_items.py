"""Reads of many items bring what was asked for, and no more."""

from __future__ import annotations

from typing import Any
from unittest import mock

from crm.core import items, table
from crm.core.config import settings
from tests.support.shop import Shop


def put(sk: str, **values: Any) -> None:
    table.client().put_item(TableName=settings().crm_table, Item=table.to_item({"pk": "A", "sk": sk, **values}))


def test_of_many_only_the_named_attributes_are_read(shop: Shop) -> None:
    # `state` is a reserved word of DynamoDB.
    put("1", state="due", history=["long"])
    put("2", history=["long"])
    assert items.many([("A", "1"), ("A", "2"), ("A", "3")], only=("state",)) == {
        ("A", "1"): {"pk": "A", "sk": "1", "state": "due"},
        ("A", "2"): {"pk": "A", "sk": "2"},
    }


def test_a_partition_is_read_from_a_sort_key_on_to_its_end(shop: Shop) -> None:
    for number in range(1, 6):
        put(f"{number}", count=number)
    client = table.client()
    real = client.query
    with mock.patch.object(client, "query", lambda **asked: real(**asked, Limit=2)):
        assert [item["count"] for item in items.since("A", "2")] == [{"N": f"{number}"} for number in range(2, 6)]
