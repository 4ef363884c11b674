"""DynamoDB's answers to batch reads as they are, without botocore's walk through every value.

An item arrives in the typed form in which we keep it, `{"name": {"S": "Sara"}}`. botocore looks at ten possible members
of each of its values nonetheless, which was a third of the time of a projection. Only binary values differ: they
travel in base64. botocore's own event for customised parsing (`before-parse`) takes the answer over.
"""

import json
from base64 import b64decode
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@lru_cache(maxsize=1)
def quick(client: "DynamoDBClient") -> "DynamoDBClient":
    """The client, made to read answers to BatchGetItem quickly."""
    client.meta.events.register("before-parse.dynamodb.BatchGetItem", _parse, unique_id="crm-answers")
    return client


def _parse(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Take over what botocore would parse; errors are left to it."""
    if response_dict["status_code"] != HTTPStatus.OK:
        return
    answer = json.loads(response_dict["body"])
    answer["Responses"] = {
        name: [{attribute: _value(value) for attribute, value in item.items()} for item in items]
        for name, items in answer.get("Responses", {}).items()
    }
    customized_response_dict.update(answer)
    response_dict["body"] = b"{}"


def _value(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {"B": b64decode(content)}
        case "BS":
            return {"BS": [b64decode(one) for one in content]}
        case "M":
            return {"M": {name: _value(one) for name, one in content.items()}}
        case "L":
            return {"L": [_value(one) for one in content]}
    return value
