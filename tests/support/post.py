"""SES in tests: takes mail as SES would, remembers it, and answers what it is told to."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.client import BaseClient
from botocore.exceptions import ConnectTimeoutError

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
    sender: str = ""
    reply_to: tuple[str, ...] = ()


@dataclass
class Account:
    """What SES says about the account, as far as anybody asks; `sent` counts beside what the post office took."""

    per_second: float = 10_000.0
    per_day: float = 50_000.0
    sent: float = 0.0
    sending: bool = True
    production: bool = True
    verified: bool = True
    enforcement: str = "HEALTHY"


@dataclass
class Post:
    """What was accepted, and what comes next: an error in `refusals` is raised instead of accepting."""

    accepted: list[Mail] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)
    account: Account = field(default_factory=Account)
    asked: int = 0
    account_is_silent: bool = False

    def keys(self) -> list[str]:
        """The message keys in the order in which they were accepted."""
        return [mail.key for mail in self.accepted]

    def get_account(self) -> dict[str, Any]:
        """Answer one GetAccount."""
        self.asked += 1
        if self.account_is_silent:
            raise ConnectTimeoutError(endpoint_url="https://ses.example")
        quota = {
            "Max24HourSend": self.account.per_day,
            "MaxSendRate": self.account.per_second,
            "SentLast24Hours": self.account.sent,
        }
        return {
            "SendQuota": quota,
            "SendingEnabled": self.account.sending,
            "ProductionAccessEnabled": self.account.production,
            "EnforcementStatus": self.account.enforcement,
        }

    def get_email_identity(self) -> dict[str, Any]:
        """Answer one GetEmailIdentity."""
        return {"VerifiedForSendingStatus": self.account.verified}

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
            sender=request["FromEmailAddress"],
            reply_to=tuple(request.get("ReplyToAddresses", ())),
        )
        self.accepted.append(mail)
        return {"MessageId": mail.message_id}


@contextmanager
def post_office() -> Iterator[Post]:
    """SES is this, for every client in the process."""
    post, real = Post(), BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "SendEmail":
            return post.take(parameters)
        if operation == "GetAccount":
            return post.get_account()
        return post.get_email_identity() if operation == "GetEmailIdentity" else real(client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", call):
        yield post


def event(mail: Mail | str, kind: str, *, message_id: str | None = None, **detail: Any) -> str:
    """An SES event about a mail (or a message key) as EventBridge puts it into the queue."""
    key = mail if isinstance(mail, str) else mail.key
    ses_id = message_id or (mail.message_id if isinstance(mail, Mail) else "ses-unseen")
    about = {"messageId": ses_id, "tags": {"message": [key], "ses:configuration-set": ["crm"]}}
    body = {"eventType": kind, "mail": about, kind.lower(): detail}
    return json.dumps({"source": "aws.ses", "detail-type": f"Email {kind}", "detail": body})
