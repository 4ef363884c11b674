"""IAM for tests: a call that a handler makes to AWS without a right in template.yaml fails the test.

The local engines allow everything, so a missing right would first be seen in somebody's account.
"""

from __future__ import annotations

import sys
from functools import wraps
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.client import BaseClient
from botocore.signers import RequestSigner, S3PostPresigner

from tests.support import unwritten
from tests.support.granted import Use, granted, uses
from tests.support.running import lies_under, running_handler
from tests.support.template import ROOT, function_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


READS_THE_MARK = str(ROOT / "functions" / "crm" / "core" / "built.py")
MANY = frozenset({"dynamodb", "sqs"})

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
    handler = running_handler()
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

    if lies_under(sys._getframe(), READS_THE_MARK):
        yield "dynamodb:GetItem", settings().views_table
        yield "dynamodb:GetItem", settings().crm_table
