"""What AWS refuses for its shape is refused in memory as well, as moto refuses it."""

from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}
ONE: Any = {":one": {"N": "1"}}
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("put_item", {"Item": {**KEY, "n": {"N": 1}}}),
    ("put_item", {"Item": {**KEY, "n": 1}}),
    ("put_item", {"Item": {**KEY, "m": {"M": {"l": {"L": [{"S": "right"}, {"N": 1}]}}}}}),
    ("put_item", {"Item": {**KEY, "m": {"M": {"b": {"BOOL": "true"}}}}}),
    ("put_item", {"Item": {"pk": {"S": ""}, "sk": {"S": "s"}}}),
    ("put_item", {"Item": {**KEY, "text": {"S": "x" * 410_000}}}),
    ("put_item", {"Item": {**KEY, "tags": {"SS": []}}}),
    ("put_item", {"Item": KEY, "Conditions": "attribute_not_exists(pk)"}),
    ("update_item", {"Key": KEY, "UpdateExpression": "SET name = :one", "ExpressionAttributeValues": ONE}),
    ("update_item", {"Key": KEY, "UpdateExpression": "SET n = :two", "ExpressionAttributeValues": ONE}),
    ("update_item", {"Key": KEY, "UpdateExpression": "REMOVE n", "ExpressionAttributeValues": ONE}),
    ("update_item", {"Key": KEY, "UpdateExpression": "REMOVE n", "ExpressionAttributeNames": {"#n": "n"}}),
]


@pytest.mark.parametrize("kind", ["world", "wire"])
@pytest.mark.parametrize(("operation", "call"), REFUSED)
def test_a_call_of_a_wrong_shape_is_refused(
    kind: str, operation: str, call: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(kind)
    with pytest.raises((ClientError, BotoCoreError)) as refused:
        getattr(boto3.client("dynamodb", "eu-west-1"), operation)(TableName="crm", **call)
    assert "Validation" in str(refused.value) or "Parameter" in str(refused.value)


@pytest.mark.usefixtures("world")
def test_the_same_holds_within_a_transaction() -> None:
    update: Any = {
        "TableName": "crm",
        "Key": KEY,
        "UpdateExpression": "SET name = :one",
        "ExpressionAttributeValues": ONE,
    }
    with pytest.raises(ClientError, match="reserved words"):
        boto3.client("dynamodb", "eu-west-1").transact_write_items(TransactItems=[{"Update": update}])


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("operation", "right", "wrong"),
    [
        ("put_item", {"Item": {**KEY, "n": {"N": "1"}}}, {"Item": {**KEY, "n": {"N": 1}}}),
        ("put_item", {"Item": {**KEY, "t": {"SS": ["a"]}}}, {"Item": {**KEY, "t": {"SS": [1]}}}),
        ("query", {"Limit": 1}, {"Limit": 0}),
        ("query", {"Select": "COUNT"}, {"Select": 1}),
        ("query", {"ConsistentRead": True}, {"ConsistentRead": 1}),
        ("query", {"IndexName": "abc"}, {"IndexName": "ab"}),
    ],
)
def test_a_wrong_call_is_refused_also_after_a_right_one_like_it(
    operation: str, right: dict[str, Any], wrong: dict[str, Any]
) -> None:
    call = partial(getattr(boto3.client("dynamodb", "eu-west-1"), operation), TableName="crm")
    asked: Any = {"KeyConditionExpression": "pk = :one", "ExpressionAttributeValues": {":one": {"S": "p"}}}
    more = asked if operation == "query" else {}
    call(**more, **right)
    with pytest.raises(BotoCoreError):
        call(**more, **wrong)
