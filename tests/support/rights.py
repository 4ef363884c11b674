"""IAM for tests: a call that a handler makes to AWS without a right in template.yaml fails the test.

The local engines allow everything, so a missing right would first be seen in somebody's account.
"""

from __future__ import annotations

import sys
import threading
from functools import lru_cache, wraps
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.client import BaseClient
from botocore.signers import RequestSigner, S3PostPresigner

from tests.support import unwritten
from tests.support.template import ROOT, function_of, listed, of_type, statements, target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from crm.core.config import Settings

HANDLERS = str(ROOT / "functions" / "handlers")
READS_THE_MARK = str(ROOT / "functions" / "crm" / "core" / "built.py")
TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
BATCHED = {"SendMessageBatch": "SendMessage", "DeleteMessageBatch": "DeleteMessage"}
PREFIXES = {"sesv2": "ses"}
MANY = frozenset({"dynamodb", "sqs"})
READS_AN_OBJECT = frozenset({"HeadObject", "GetObject"})
OBJECTS = {"HeadObject": "GetObject", "DeleteObjects": "DeleteObject", "ListObjectsV2": "ListBucket"}
PLACES = {
    "CRM_TABLE",
    "VIEWS_TABLE",
    "MAIL_QUEUE_URL",
    "JOBS_QUEUE_URL",
    "MAIL_REPORTS_DEAD_QUEUE_URL",
    "FILES_QUEUE_URL",
    "WEBHOOKS_QUEUE_URL",
    "FILES_BUCKET",
}
# (action, what the call names: the value of a setting, or nothing)
Use = tuple[str, str | None]


_MISSING: set[str] = set()
# Rights that this process has used already, and those of the running test, which it notes for the end of the run.
_USED: set[str] = set()
_NEW: set[str] = set()
USED = "right used: "


@pytest.fixture(autouse=True)
def only_granted_rights(
    monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> Iterator[None]:
    """Notes every call made under a handler, and fails the test afterwards if the handler's role lacks the right."""
    _MISSING.clear()
    make = BaseClient._make_api_call  # type: ignore[attr-defined]

    def checked(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        note(client, operation, parameters)
        answer = make(client, operation, parameters)
        unwritten.note(operation, parameters)
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", checked)
    _links_and_forms(monkeypatch)
    _signing_keys(monkeypatch)
    yield
    # What a shared set-up used stands there, too: that ran before this test began.
    for right in _NEW:
        record_property(USED + right, 1)
    _NEW.clear()
    assert not _MISSING, sorted(_MISSING)


def note(client: BaseClient, operation: str, parameters: dict[str, Any]) -> None:
    """Remember which rights the running handler lacks for a call; the test's end looks at it."""
    _note(client.meta.service_model.service_name, operation, parameters)


def note_rare(client: BaseClient, operation: str, parameters: dict[str, Any]) -> None:
    """The same where calls of tables and queues come by the ten thousand: these are looked at elsewhere."""
    if (service := client.meta.service_model.service_name) not in MANY:
        _note(service, operation, parameters)


def _note(service: str, operation: str, parameters: dict[str, Any]) -> None:
    handler = _running_handler()
    if handler:
        function = function_of(handler)
        used = uses(service, operation, parameters)
        for action, named in chain(used, _looking_at_the_mark()):
            _remember(f"{function} {action}")
            if not granted(function, action, named):
                _MISSING.add(f"{function} has no {action} on {named}")


def _links_and_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is signed here is done with the signer's rights, by whoever has it."""
    link, form = RequestSigner.generate_presigned_url, S3PostPresigner.generate_presigned_post

    def noted_link(self: RequestSigner, request_dict: Any, operation_name: str, **how: Any) -> Any:
        _note("s3", operation_name, {"Bucket": _bucket(request_dict)})
        return link(self, request_dict, operation_name, **how)

    def noted_form(self: S3PostPresigner, request_dict: Any, **how: Any) -> Any:
        _note("s3", "PutObject", {"Bucket": _bucket(request_dict)})
        return form(self, request_dict, **how)

    monkeypatch.setattr(RequestSigner, "generate_presigned_url", noted_link)
    monkeypatch.setattr(S3PostPresigner, "generate_presigned_post", noted_form)


def _signing_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read once a process, and all functions are one process here: each that signs would read them."""
    from crm.core import signing  # noqa: PLC0415 - a test may never load the product

    keys = signing.keys

    @wraps(keys)
    def noted() -> signing.Keys:
        _note("ssm", "GetParameter", {})
        return keys()

    noted.cache_clear = keys.cache_clear  # type: ignore[attr-defined]
    monkeypatch.setattr(signing, "keys", noted)


def _bucket(request: Any) -> str:
    return str(urlsplit(request["url"]).netloc.partition(".s3.")[0])


def _remember(right: str) -> None:
    if right not in _USED:
        _USED.add(right)
        _NEW.add(right)


def _looking_at_the_mark() -> Iterator[Use]:
    """What a read of views needs beside itself in a process that has not just looked whether they are whole.

    Tests keep a mark that does not age (tests/support/world.py), so most would not meet this read.
    """
    from crm.core.config import settings  # noqa: PLC0415 - a test may never load the product

    if _lies_under(sys._getframe(), READS_THE_MARK):
        yield "dynamodb:GetItem", settings().views_table
        yield "dynamodb:GetItem", settings().crm_table


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


def _running_handler() -> str | None:
    return _handler_on(sys._getframe()) or _handler_that_waits()


def _handler_that_waits() -> str | None:
    """In a thread of a pool: the handler that has it work, and is in a thread of its own meanwhile.

    Threads that tests start are somebody else, with rights of their own.
    """
    if not threading.current_thread().name.startswith("ThreadPoolExecutor"):
        return None
    return next(filter(None, map(_handler_on, sys._current_frames().values())), None)


# Every call of every test is looked at, some seventy frames deep: both walks are bare loops.
def _handler_on(frame: FrameType) -> str | None:
    found = frame.f_back
    while found:
        if handler := _HANDLER_IN[found.f_code.co_filename]:
            return handler
        found = found.f_back
    return None


def _lies_under(frame: FrameType, file: str) -> bool:
    found = frame.f_back
    while found:
        if found.f_code.co_filename == file:
            return True
        found = found.f_back
    return False


class _HandlerIn(dict[str, str | None]):
    """The handler that each file is, if it is one."""

    def __missing__(self, file: str) -> str | None:
        self[file] = Path(file).stem if file.startswith(HANDLERS) else None
        return self[file]


_HANDLER_IN = _HandlerIn()
