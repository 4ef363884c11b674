"""The same small world with tables, queues and SES in memory: a thousand times cheaper than an engine.

Everything our code asks AWS for goes through `BaseClient._make_api_call`, and ends here. What SES answers besides
taking mail is that of a healthy account; a call that nobody here knows is an error.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.client import BaseClient

from crm.mail import queue, ses
from tests.support.memory import Memory
from tests.support.post import Post
from tests.support.world import SETTINGS, SIGNING_KEYS, forget

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

QUEUES = {name: f"https://sqs.eu-west-1.amazonaws.com/123456789012/{name}" for name in ("mail", "jobs")}


@contextmanager
def in_memory(monkeypatch: pytest.MonkeyPatch, *, memory: Memory, post: Post) -> Iterator[None]:
    """An empty shop in memory, and the settings that name its tables and queues. No pause takes any time."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    for name, url in QUEUES.items():
        monkeypatch.setenv(f"{name.upper()}_QUEUE_URL", url)
    memory.parameters[SETTINGS["SIGNING_KEY_PARAMETER"]] = json.dumps(SIGNING_KEYS)
    memory.others |= {"SendEmail": post.take, **healthy_account()}

    def answer(_: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        return memory.call(operation, parameters)

    forget_clients()
    with mock.patch.object(BaseClient, "_make_api_call", answer), mock.patch.object(time, "sleep", _no_pause):
        yield
    forget_clients()


def forget_clients() -> None:
    """Drop what a process keeps between invocations, the clients of mail as well."""
    forget()
    queue._client.cache_clear()
    ses.client.cache_clear()


def healthy_account() -> dict[str, Any]:
    """What SES says about an account out of the sandbox, with quota to spare."""
    account = {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": True,
        "SendingEnabled": True,
        "SendQuota": {"Max24HourSend": 1_000_000.0, "MaxSendRate": 1_000.0, "SentLast24Hours": 0.0},
    }
    identity = {"IdentityType": "EMAIL_ADDRESS", "VerifiedForSendingStatus": True, "VerificationStatus": "SUCCESS"}
    return {
        "GetAccount": lambda _: account,
        "GetEmailIdentity": lambda _: identity,
        "DeleteSuppressedDestination": lambda _: {},
    }


def _no_pause(_: float) -> None:
    """Nobody waits."""
