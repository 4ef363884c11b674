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
ONE = {"N": "1"}
NAMES = {"#m": "inner", "#d": "deep", "#s": "set"}
FULL = {**key("full"), "inner": {"M": {"deep": {"M": {"n": {"N": "1"}}}}}, "set": {"SS": ["a", "b"]}, "n": {"N": "5"}}


def changed(text: str, *, condition: str | None = None, **values: Any) -> tuple[str, dict[str, Any]]:
    """An update of the full item, on a condition; all names and values that stand in neither are left out."""
    both = f"{text} {condition or ''}"
    call: dict[str, Any] = {"Key": key("full"), "UpdateExpression": text, "ReturnValues": "ALL_NEW"}
    call |= {"ConditionExpression": condition} if condition else {}
    names = {name: meant for name, meant in NAMES.items() if name in both}
    given = {f":{name}": value for name, value in values.items()}
    call |= {"ExpressionAttributeNames": names} if names else {}
    return "update_item", call | ({"ExpressionAttributeValues": given} if given else {})


def asked(text: str, *, descending: bool = False, limit: int | None = None, **values: str) -> tuple[str, Any]:
    """A query of the partition, from either end."""
    given = {":pk": {"S": "p"}, **{f":{name}": {"S": value} for name, value in values.items()}}
    call = {"KeyConditionExpression": text, "ExpressionAttributeValues": given, "ScanIndexForward": not descending}
    return "query", call | ({"Limit": limit} if limit else {})


CALLS += [
    ("put_item", {"Item": FULL}),
    changed("SET #m.#d.n = :one", condition="attribute_exists(#m.#d) AND size(#s) = :two", one=ONE, two={"N": "2"}),
    changed(
        "SET n = n + :one, also_n = :one",
        condition="NOT #m.#d.n = :two AND contains(#s, :a)",
        one=ONE,
        two={"N": "2"},
        a={"S": "a"},
    ),
    changed("SET n = n - :one", condition="n BETWEEN :one AND :two", one=ONE, two={"N": "2"}),
    changed("ADD #s :c DELETE set2 :c", c={"SS": ["c"]}),
    changed("DELETE #s :ab REMOVE #m.#d.n", ab={"SS": ["a", "b"]}),
    changed("DELETE #s :c", c={"SS": ["c"]}),
    changed("SET #m.nowhere.n = :one", one=ONE),
    changed("SET n = :one", condition="#m.nowhere <> :one", one=ONE),
    changed("SET many = if_not_exists(many, :none)", none={"L": []}),
    changed("SET many = list_append(many, :more)", more={"L": [{"S": "x"}, {"S": "y"}]}),
    changed("REMOVE many[0]"),
    asked("pk = :pk AND sk BETWEEN :a AND :b", a="a", b="c"),
    asked("pk = :pk AND sk > :a", a="a"),
    asked("pk = :pk AND sk < :c", c="c", descending=True),
    asked("pk = :pk", descending=True, limit=2),
]
CALLS += [
    ("batch_write_item", {"RequestItems": {"": [{"PutRequest": {"Item": item("e", n=1)}}] * 2}}),
    (
        "batch_write_item",
        {"RequestItems": {"": [{"PutRequest": {"Item": item("e", n=1)}}, {"DeleteRequest": {"Key": key("a")}}]}},
    ),
    asked("pk = :pk"),
]
TOLD = ("Attributes", "Item", "Items", "Count", "ScannedCount", "LastEvaluatedKey")


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
        assert ours == real, f"call {number}: {operation} {call}"


def named(call: dict[str, Any], table: str) -> dict[str, Any]:
    """The call with the table's name where it belongs."""
    if "RequestItems" in call:
        return {"RequestItems": {table: call["RequestItems"][""]}}
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
