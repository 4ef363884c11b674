"""A user pool in memory for tests: the one that stands in for Cognito on a laptop, without its HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.local.people import People, Person, UnknownPersonError
from infra.local.sign_in import SignIn
from infra.local.user_pool import RefusedCallError, UserPool

if TYPE_CHECKING:
    from infra.local.mailbox import Mail

SETTINGS = SignIn(
    pool="pool",
    client="page",
    pages=(),
    scopes=("crm/staff",),
    groups=("owner",),
    access_seconds=600,
    refresh_seconds=43_200,
    invitation=("Sign in", "You are {username}, your first password is {####}."),
)
OPERATIONS = (
    "AdminCreateUser",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminUpdateUserAttributes",
    "AdminUserGlobalSignOut",
)


class Pool:
    """Its people, the invitations it has mailed, and the calls it was asked for; `refuse` makes the next ones fail."""

    def __init__(self, directory: Path) -> None:
        self.people = People(directory)
        self.mails: list[Mail] = []
        self.calls: list[tuple[str, str]] = []
        self.refusals: list[str] = []
        self._pool = UserPool(
            SETTINGS, self.people, deliver=self.mails.append, now=lambda: datetime(2026, 11, 22, tzinfo=UTC)
        )

    def person(self, username: str) -> Person:
        return self.people.get(username)

    def answers(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """By operation, for a world in memory."""
        return {operation: partial(self._call, operation) for operation in OPERATIONS}

    def _call(self, operation: str, parameters: dict[str, Any]) -> Any:
        self.calls.append((operation, parameters["Username"]))
        if self.refusals:
            raise _error(self.refusals.pop(0), operation)
        try:
            return self._pool.call(operation, parameters)
        except RefusedCallError as refused:
            raise _error(refused.kind, operation) from refused
        except UnknownPersonError as unknown:
            raise _error("UserNotFoundException", operation) from unknown


def _error(kind: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": kind, "Message": kind}}, operation)
