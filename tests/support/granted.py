"""Which rights a call to AWS needs, and whether template.yaml gives them to a function."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tests.support import queues
from tests.support.template import listed, of_type, statements, target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.core.config import Settings


TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
BATCHED = {"SendMessageBatch": "SendMessage", "DeleteMessageBatch": "DeleteMessage"}
PREFIXES = {"sesv2": "ses"}
READS_AN_OBJECT = frozenset({"HeadObject", "GetObject"})
OBJECTS = {"HeadObject": "GetObject", "DeleteObjects": "DeleteObject", "ListObjectsV2": "ListBucket"}
PLACES = {
    "CRM_TABLE",
    "VIEWS_TABLE",
    "FILES_BUCKET",
    *(f"{name.upper()}_QUEUE_URL" for name in queues.NAMES),
}
# (action, what the call names: the value of a setting, or nothing)
Use = tuple[str, str | None]


def uses(service: str, operation: str, parameters: dict[str, Any]) -> Iterator[Use]:
    """The IAM actions that one call needs, each with the table, queue or bucket it is about."""
    prefix = PREFIXES.get(service, service)
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        for item in parameters["TransactItems"]:
            ((kind, inner),) = item.items()
            yield f"{prefix}:{TRANSACTED[kind]}", inner["TableName"]
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table in parameters["RequestItems"]:
            yield f"{prefix}:{operation}", table
    else:
        named = next((parameters[name] for name in ("TableName", "QueueUrl", "Bucket") if name in parameters), None)
        yield f"{prefix}:{(BATCHED | OBJECTS).get(operation, operation)}", named
        if operation in READS_AN_OBJECT:
            # To who may not list, S3 says of a missing object 403 and not 404.
            yield "s3:ListBucket", named


def granted(function: str, action: str, named: str | None) -> bool:
    """Whether the role of the function allows the action on what the call names."""
    return _allowed(function, action, _logical_id(function, named))


@lru_cache(maxsize=1024)
def _allowed(function: str, action: str, logical_id: str | None) -> bool:
    return any(
        action in listed(statement["Action"])
        and (logical_id is None or logical_id in [target(resource) for resource in listed(statement["Resource"])])
        for statement in statements(function)
    )


def _logical_id(function: str, named: str | None) -> str | None:
    # Tests may call tables and queues what they like: the settings of the running code say which is meant.
    from crm.core.config import settings  # noqa: PLC0415 - a test may never load the product

    return None if named is None else _meant(settings(), function, named)


@lru_cache(maxsize=1024)
def _meant(settings: Settings, function: str, named: str) -> str | None:
    meant = [name for name, value in settings._environment.items() if name in PLACES and value == named]
    variables = of_type("AWS::Lambda::Function")[function]["Environment"]["Variables"]
    return target(variables[meant[0]]) if meant else None
