"""SES in tests: takes mail as SES would, remembers it, and answers what it is told to."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.client import BaseClient

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Mail:
    """A mail that SES has accepted."""

    key: str
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    message_id: str


@dataclass
class Post:
    """What was accepted, and what comes next: an error in `refusals` is raised instead of accepting."""

    accepted: list[Mail] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)

    def keys(self) -> list[str]:
        """The message keys in the order in which they were accepted."""
        return [mail.key for mail in self.accepted]

    def take(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one SendEmail."""
        if self.refusals:
            raise self.refusals.pop(0)
        simple = request["Content"]["Simple"]
        mail = Mail(
            key=next(tag["Value"] for tag in request["EmailTags"] if tag["Name"] == "message"),
            to=request["Destination"]["ToAddresses"][0],
            subject=simple["Subject"]["Data"],
            text=simple["Body"]["Text"]["Data"],
            html=simple["Body"]["Html"]["Data"],
            headers={header["Name"]: header["Value"] for header in simple["Headers"]},
            message_id=f"ses-{len(self.accepted) + 1}",
        )
        self.accepted.append(mail)
        return {"MessageId": mail.message_id}


@contextmanager
def post_office() -> Iterator[Post]:
    """SES is this, for every client in the process."""
    post, real = Post(), BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        return post.take(parameters) if operation == "SendEmail" else real(client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", call):
        yield post


def event(mail: Mail | str, kind: str, *, message_id: str | None = None, **detail: Any) -> str:
    """An SES event about a mail (or a message key) as EventBridge puts it into the queue."""
    key = mail if isinstance(mail, str) else mail.key
    ses_id = message_id or (mail.message_id if isinstance(mail, Mail) else "ses-unseen")
    about = {"messageId": ses_id, "tags": {"message": [key], "ses:configuration-set": ["crm"]}}
    body = {"eventType": kind, "mail": about, kind.lower(): detail}
    return json.dumps({"source": "aws.ses", "detail-type": f"Email {kind}", "detail": body})
