"""Reads of a large table in the engine come to what they should, and do not cost more the larger it is."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local import resources
from infra.local.engine import Engine

NAMES = {"pk": "S", "sk": "S"}
Key = tuple[str, str]


class Shelf:
    """A table with items of random keys, and what should be in it."""

    def __init__(self, engine: Engine) -> None:
        self.client = resources.client("dynamodb", engine.url)
        self.name = f"shelf-{secrets.token_hex(4)}"
        self.keys: set[Key] = set()
        self.client.create_table(
            TableName=self.name,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in NAMES.items()],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def put(self, keys: set[Key]) -> None:
        left = sorted(keys - self.keys, key=lambda _: secrets.token_hex(4))
        for start in range(0, len(left), 25):
            puts = [{"PutRequest": {"Item": low(key) | {"n": {"N": key[1]}}}} for key in left[start : start + 25]]
            self.client.batch_write_item(RequestItems={self.name: puts})
        self.keys |= keys

    def delete(self, keys: set[Key]) -> None:
        for key in keys:
            self.client.delete_item(TableName=self.name, Key=low(key))
        self.keys -= keys

    def scanned(self, **how: Any) -> list[Key]:
        """The keys of a scan, page by page."""
        found: list[Key] = []
        while True:
            page = self.client.scan(TableName=self.name, **how)
            found += [(item["pk"]["S"], item["sk"]["S"]) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return found
            how["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def seconds_of_a_page(self, after: Key) -> float:
        began = time.perf_counter()
        self.client.scan(TableName=self.name, Limit=10, ExclusiveStartKey=low(after))
        return time.perf_counter() - began


def low(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


@pytest.fixture
def shelves(engine: Engine) -> Iterator[tuple[Shelf, Shelf]]:
    made = Shelf(engine), Shelf(engine)
    yield made
    for each in made:
        each.client.delete_table(TableName=each.name)


@pytest.fixture
def shelf(shelves: tuple[Shelf, Shelf]) -> Shelf:
    return shelves[0]


def test_a_scan_finds_each_item_once_however_it_is_paged_and_parted(shelf: Shelf) -> None:
    shelf.put({(f"p{n % 40:02}", str(n)) for n in range(120)})
    assert shelf.scanned() == sorted(shelf.keys)
    shelf.put({("p00x", "1"), ("a", "1"), ("z", "1"), ("p07", "999")})
    shelf.delete({("p03", "3"), ("p03", "43"), ("p03", "83"), ("p05", "5")})
    for most in (1, 3, 50):
        assert shelf.scanned(Limit=most) == sorted(shelf.keys)
        parts = [shelf.scanned(Limit=most, Segment=part, TotalSegments=3) for part in range(3)]
        assert sorted(key for part in parts for key in part) == sorted(shelf.keys)
    few = {"FilterExpression": "n < :n", "ExpressionAttributeValues": {":n": {"N": "20"}}}
    assert shelf.scanned(Limit=7, **few) == sorted(key for key in shelf.keys if int(key[1]) < 20)


def test_a_scan_that_cannot_be_meant_is_refused_in_the_engines_words(shelf: Shelf) -> None:
    shelf.put({("a", "1")})
    for wrong in ({"Segment": 3, "TotalSegments": 3}, {"Segment": 0}, {"FilterExpression": "n = (("}):
        with pytest.raises(shelf.client.exceptions.ClientError, match="ValidationException"):
            shelf.scanned(**wrong)


def test_a_page_costs_the_same_however_large_the_table_is(shelves: tuple[Shelf, Shelf]) -> None:
    for each, many in zip(shelves, (200, 4000), strict=True):
        each.put({(f"p{n}", str(n)) for n in range(many)})
    # In turn, so that what else the machine does slows both.
    pages = [[each.seconds_of_a_page(("p3", "3")) for each in shelves] for _ in range(30)]
    small, large = map(min, zip(*pages, strict=True))
    assert large < 3 * small
