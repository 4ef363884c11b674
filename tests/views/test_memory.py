"""The tables in memory, on which the search runs, answer as the local engine does; and a few schedules run on both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.memory import Memory
from tests.support.tables import create_tables

if TYPE_CHECKING:
    from infra.local.engine import Engine


def key(name: str) -> dict[str, Any]:
    return {"pk": {"S": "p"}, "sk": {"S": name}}


def item(name: str, **numbers: int) -> dict[str, Any]:
    return {**key(name), **{attribute: {"N": str(number)} for attribute, number in numbers.items()}}


def transaction(*writes: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "transact_write_items", {"TransactItems": list(writes)}


ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
COUNT_IS_ONE = {
    "ConditionExpression": "#n = :one AND (attribute_exists(pk) OR #n > :one)",
    "ExpressionAttributeNames": {"#n": "n"},
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}
ADD = {
    "UpdateExpression": "SET begun = if_not_exists(begun, :one), tried = :one ADD n :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("put_item", {"Item": item("a", n=1), **ABSENT}),
    ("put_item", {"Item": item("a", n=1), **ABSENT}),
    ("put_item", {"Item": item("a", n=2), **COUNT_IS_ONE}),
    ("put_item", {"Item": item("a", n=3), **COUNT_IS_ONE}),
    ("update_item", {"Key": key("a"), **ADD}),
    ("update_item", {"Key": key("b"), **ADD}),
    ("update_item", {"Key": key("b"), **ADD}),
    ("delete_item", {"Key": key("b"), **COUNT_IS_ONE}),
    ("get_item", {"Key": key("b"), "ConsistentRead": True}),
    ("get_item", {"Key": key("none")}),
    (
        "transact_write_items",
        {"TransactItems": [{"Put": {"Item": item("c", n=1)}}, {"Put": {"Item": item("a"), **ABSENT}}]},
    ),
    ("transact_write_items", {"TransactItems": [{"Put": {"Item": item("c")}}, {"Delete": {"Key": key("c")}}]}),
    (
        "transact_write_items",
        {"TransactItems": [{"Put": {"Item": item("c", n=1)}}, {"Update": {"Key": key("d"), **ADD}}]},
    ),
    ("delete_item", {"Key": key("nothing")}),
    (
        "query",
        {
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": {":pk": {"S": "p"}, ":prefix": {"S": "a"}},
        },
    ),
    (
        "query",
        {
            "KeyConditionExpression": "pk = :pk",
            "FilterExpression": "#n IN (:two, :one)",
            "ExpressionAttributeNames": {"#n": "n"},
            "ExpressionAttributeValues": {":pk": {"S": "p"}, ":one": {"N": "1"}, ":two": {"N": "2"}},
            "Limit": 3,
        },
    ),
    (
        "query",
        {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "p"}},
            "Limit": 2,
            "ExclusiveStartKey": key("a"),
        },
    ),
]
TOLD = ("Item", "Items", "Count", "ScannedCount", "LastEvaluatedKey")


def test_every_call_has_the_same_answer(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    client = boto3.client("dynamodb", region_name="eu-west-1", endpoint_url=engine.url)
    table, memory = create_tables(engine.url)["ViewsTable"], Memory()
    for number, (operation, call) in enumerate(CALLS):
        parameters = named(call, table)
        real = told(lambda operation=operation, p=parameters: getattr(client, operation)(**p))
        pascal = "".join(word.capitalize() for word in operation.split("_"))
        ours = told(lambda pascal=pascal, p=parameters: memory.call(pascal, p))
        assert ours == real, f"call {number}: {operation}"


def named(call: dict[str, Any], table: str) -> dict[str, Any]:
    """The call with the table's name where it belongs."""
    if "TransactItems" not in call:
        return {**call, "TableName": table}
    return {
        "TransactItems": [
            {kind: {**write, "TableName": table} for kind, write in each.items()} for each in call["TransactItems"]
        ]
    }


def told(call: Any) -> Any:
    """What an answer tells, or the code of its error and the reasons for a cancelled transaction."""
    try:
        answer = call()
    except ClientError as error:
        response: Any = error.response
        return response["Error"]["Code"], [reason["Code"] for reason in response.get("CancellationReasons", [])]
    return {name: answer[name] for name in TOLD if name in answer}
