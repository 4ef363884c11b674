"""Items are read by us: the same as by botocore itself, errors included."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from crm.core import table
from crm.core.config import settings
from crm.views import reading
from tests.support.engine_world import on_engine

if TYPE_CHECKING:
    from infra.local.engine import Engine

KEY = ("ALL", "KINDS")
VALUES: dict[str, Any] = {
    "text": "سارہ",
    "empty": "",
    "number": Decimal("12.50"),
    "yes": True,
    "binary": b"\x00\xff\x10",
    "binaries": {b"\x01", b"\x02"},
    "texts": {"a", "b"},
    "numbers": {Decimal(1), Decimal(2)},
    "inner": {"list": [1, "two", {"three": b"\x03"}], "map": {}},
}


def test_an_item_of_all_kinds_is_read_as_botocore_reads_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_engine(monkeypatch, engine):
        item: Any = table.to_item({"pk": KEY[0], "sk": KEY[1], **VALUES}) | {"nothing": {"NULL": True}}
        plain = boto3.client("dynamodb")
        plain.put_item(TableName=settings().crm_table, Item=item)
        asked: Any = {settings().crm_table: {"Keys": [{"pk": item["pk"], "sk": item["sk"]}]}}
        (expected,) = plain.batch_get_item(RequestItems=asked)["Responses"][settings().crm_table]
        assert reading.read(settings().crm_table, [KEY, ("NO", "ONE")]) == {KEY: expected}
        assert table.from_item(reading.read(settings().crm_table, [KEY])[KEY])["binary"] == VALUES["binary"]


def test_one_item_and_a_page_of_items_are_read_as_botocore_reads_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_engine(monkeypatch, engine):
        plain, name = boto3.client("dynamodb"), settings().crm_table
        for number in range(2):
            item: Any = table.to_item({"pk": KEY[0], "sk": f"{number}", **VALUES}) | {"nothing": {"NULL": True}}
            plain.put_item(TableName=name, Item=item)
        page: Any = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": KEY[0]}}}
        calls: list[tuple[str, dict[str, Any]]] = [
            ("get_item", {"Key": table.to_item({"pk": KEY[0], "sk": "1"})}),
            ("get_item", {"Key": table.to_item({"pk": KEY[0], "sk": "2"})}),
            ("query", page),
            ("query", {**page, "Limit": 1}),
        ]
        for call, asked in calls:
            expected, found = (getattr(one, call)(TableName=name, **asked) for one in (plain, table.client()))
            assert found.pop("ResponseMetadata").keys() == expected.pop("ResponseMetadata").keys()
            assert found == expected
        client = table.client()
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.query(TableName="nowhere", **page)


def test_what_is_left_unread_and_what_is_refused_are_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_engine(monkeypatch, engine):
        client = table.client()
        answer = client.batch_get_item(
            RequestItems={settings().crm_table: {"Keys": [table.to_item({"pk": "a", "sk": "b"})]}}
        )
        assert (answer["UnprocessedKeys"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ({}, 200)
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.batch_get_item(RequestItems={"nowhere": {"Keys": [table.to_item({"pk": "a", "sk": "b"})]}})
