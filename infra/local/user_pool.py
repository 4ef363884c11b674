"""Cognito's API for the users of the pool, as far as the CRM asks for it: `/_local/cognito`, in front of `people`.

The engine has a pool as well, but not the one whose people sign in here. An unknown operation is refused by name.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from infra.local.clock_desk import instant
from infra.local.http_message import Request, Response, json_response
from infra.local.mailbox import Mail
from infra.local.people import People, Person, PersonExistsError, UnknownPersonError
from infra.local.sign_in import SignIn

PLACE = "/_local/cognito"
TARGET = "AWSCognitoIdentityProviderService."
MEDIA = "application/x-amz-json-1.1"
# Cognito mails HTML alone; the mailbox shows its words.
_TAG = re.compile(r"<[^>]*>")

Call = Mapping[str, Any]


class RefusedCallError(Exception):
    """What Cognito refuses, under the name that it gives it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class UserPool:
    """Answers calls; safe to use from many threads. `deliver` puts an invitation into the mailbox."""

    def __init__(
        self, settings: SignIn, people: People, *, deliver: Callable[[Mail], None], now: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._people = people
        self._deliver = deliver
        self._now = now
        self._operations: dict[str, Callable[[Call], dict[str, Any]]] = {
            "AdminCreateUser": self._create,
            "AdminGetUser": lambda call: _described(self._person(call)),
            "AdminEnableUser": lambda call: self._change(call, enabled=True),
            "AdminDisableUser": lambda call: self._change(call, enabled=False),
            "AdminUserGlobalSignOut": lambda call: self._change(call, signed_out=time.time()),
            "AdminUpdateUserAttributes": lambda call: self._change(call, email=_email(call)),
            "AdminAddUserToGroup": self._group,
        }

    def handle(self, request: Request) -> Response:
        """The answer in the form of the AWS JSON protocol."""
        try:
            return json_response(200, self._answer(request), media=MEDIA)
        except RefusedCallError as refused:
            return _error(refused.kind, str(refused))
        except UnknownPersonError:
            return _error("UserNotFoundException", "User does not exist.")

    def _answer(self, request: Request) -> dict[str, Any]:
        operation = (request.header("x-amz-target") or "").removeprefix(TARGET)
        return self.call(operation, json.loads(request.body))

    def call(self, operation: str, call: Call) -> dict[str, Any]:
        """The answer to one call. Raises RefusedCallError, UnknownPersonError."""
        if operation not in self._operations:
            raise RefusedCallError("InvalidParameterException", f"{operation[:60]} is not known on a laptop")
        if call.get("UserPoolId") != self._settings.pool:
            raise RefusedCallError("ResourceNotFoundException", "there is no such user pool")
        return self._operations[operation](call)

    def _create(self, call: Call) -> dict[str, Any]:
        action = call.get("MessageAction")
        if action == "RESEND":
            person = self._people.get(call["Username"])
            if person.status != "FORCE_CHANGE_PASSWORD":
                raise RefusedCallError("UnsupportedUserStateException", "the user has signed in already")
        else:
            person = Person(username=call["Username"], email=_email(call), status="FORCE_CHANGE_PASSWORD")
            self._add(person)
        if action != "SUPPRESS":
            self._invite(person)
        return {"User": _described(person)}

    def _add(self, person: Person) -> None:
        try:
            self._people.add(person)
        except PersonExistsError as taken:
            kind = "UsernameExistsException" if str(taken) == person.username else "AliasExistsException"
            raise RefusedCallError(kind, "an account with the given name or e-mail address exists") from taken

    def _invite(self, person: Person) -> None:
        subject, text = self._settings.invitation
        page = text.replace("{username}", person.username).replace("{####}", secrets.token_urlsafe(9))
        to = person.email or ""
        head = {"From": "no-reply@verificationemail.com", "To": to, "Subject": subject}
        key = f"invitation_{person.username}"
        self._deliver(Mail(key, to, subject, _TAG.sub("", page), page, head, "en", None, instant(self._now())))

    def _group(self, call: Call) -> dict[str, Any]:
        if call["GroupName"] not in self._settings.groups:
            raise RefusedCallError("ResourceNotFoundException", "Group not found.")
        groups = tuple(sorted({*self._person(call).groups, call["GroupName"]}))
        return self._change(call, groups=groups)

    def _person(self, call: Call) -> Person:
        return self._people.get(call["Username"])

    def _change(self, call: Call, **fields: Any) -> dict[str, Any]:
        self._people.change(call["Username"], lambda person: replace(person, **fields))
        return {}


def _email(call: Call) -> str | None:
    return next((one["Value"] for one in call.get("UserAttributes", ()) if one["Name"] == "email"), None)


def _described(person: Person) -> dict[str, Any]:
    attributes = [{"Name": "email", "Value": person.email}] if person.email else []
    return {
        "Username": person.username,
        "UserAttributes": attributes,
        "Enabled": person.enabled,
        "UserStatus": person.status,
    }


def _error(kind: str, message: str) -> Response:
    return json_response(400, {"__type": kind, "message": message}, media=MEDIA)
