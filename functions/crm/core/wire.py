"""DynamoDB's largest requests and answers as they travel, without botocore's walk through every value.

An item is kept by us in the typed form in which it travels, `{"name": {"S": "Sara"}}`. botocore looks at ten possible
members of each of its values nonetheless, on its way out and on its way in, which was half of the time of a
projection, and a third of that of a page. Only binary values differ: they travel in base64. botocore's own events are
used, so signing, tries and errors stay with it: on the way out it is given a request without its large part, which is
put into the body again when there is one (`before-call`); on the way in, `before-parse`, made for customised parsing,
takes the answer over.
"""

import json
from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_LARGE = {"BatchGetItem": "RequestItems", "TransactWriteItems": "TransactItems"}
"""By operation the large part of its request."""
_READS = ("BatchGetItem", "GetItem", "Query")
_OTHERWISE = frozenset({"B", "BS", "L", "M"})
"""The kinds of values that may hold something which travels in another form."""


@lru_cache(maxsize=1)
def quick(client: "DynamoDBClient") -> "DynamoDBClient":
    """The client, made to send BatchGetItem and TransactWriteItems quickly, and to read what is read of items."""
    # The stubs know of no handler that answers.
    events, lighten = client.meta.events, cast("Any", _lighten)
    for operation in _LARGE:
        events.register(f"provide-client-params.dynamodb.{operation}", lighten, unique_id=f"crm-light-{operation}")
        events.register(f"before-call.dynamodb.{operation}", _load, unique_id=f"crm-load-{operation}")
    for operation in _READS:
        events.register(f"before-parse.dynamodb.{operation}", _parse, unique_id=f"crm-answers-{operation}")
    return client


def _lighten(params: dict[str, Any], model: Any, context: dict[str, Any], **_: object) -> dict[str, Any]:
    """What botocore is to walk through: all but the large part, which is set aside."""
    large = _LARGE[model.name]
    context["crm_large"] = {large: params[large]}
    return params | {large: type(params[large])()}


def _load(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    """Put the large part into the body, in which botocore has by now put all else."""
    body = json.loads(params["body"]) | context["crm_large"]
    params["body"] = json.dumps(body, default=_base64, separators=(",", ":")).encode()


def _base64(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode()


def _parse(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Take over what botocore would parse; errors are left to it."""
    if response_dict["status_code"] != HTTPStatus.OK:
        return
    answer = json.loads(response_dict["body"])
    items = [answer.get("Item", {}), answer.get("LastEvaluatedKey", {}), *answer.get("Items", ())]
    for item in (*items, *(one for some in answer.get("Responses", {}).values() for one in some)):
        _read(item.values())
    customized_response_dict.update(answer)
    response_dict["body"] = b"{}"


def _read(values: Any) -> None:
    """Decode what these low-level values hold, in their place."""
    for value in values:
        (kind,) = value
        if kind in _OTHERWISE:
            content = value[kind]
            match kind:
                case "B":
                    value[kind] = a2b_base64(content)
                case "BS":
                    value[kind] = [a2b_base64(one) for one in content]
                case "M":
                    _read(content.values())
                case "L":
                    _read(content)
