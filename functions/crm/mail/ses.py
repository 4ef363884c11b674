"""SES: one attempt, and a plain answer to what became of it."""

from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)
from email_validator import validate_email

from crm.core.config import settings
from crm.mail import account, pace, plain_text
from crm.mail.reasons import Code
from crm.mail.rendering import Rendered

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# The message itself is refused: the same again would be refused again, unless the account or the sender is not ready.
_REJECTED = frozenset({"MessageRejected", "BadRequestException"})
_TOO_FAST = "TooManyRequestsException"
_NOT_READY = frozenset({"AccountSuspendedException", "MailFromDomainNotVerifiedException", "SendingPausedException"})
# Certainly not sent: no connection was made, or nobody could sign the request.
_NEVER_LEFT = (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)
_LONGEST_REASON = 300
_LONGEST_NAME = 100
_NO_ANSWER = "SES gave no answer ({error}); it may or may not have gone out"


@dataclass(frozen=True)
class Answer:
    """What SES did with a mail; `not_now`: certainly nothing because of `code`, and it may be asked again."""

    outcome: Literal["accepted", "rejected", "not_now", "unknown"]
    message_id: str | None = None
    reason: str | None = None
    code: Code | None = None


def send(mail: Rendered, *, to: str, key: str, purpose: str) -> Answer:
    """Hand one mail to SES, once. Never raises for anything that SES or the network may do."""
    try:
        accepted = client().send_email(**_request(mail, to=to, key=key))
    except ClientError as refused:
        return _answered(refused, purpose)
    except _NEVER_LEFT as failed:
        reason = f"SES could not be reached ({type(failed).__name__})"
        return Answer("not_now", reason=reason, code=Code.NOT_NOW)
    except BotoCoreError as lost:
        account.count()
        return Answer("unknown", reason=_NO_ANSWER.format(error=type(lost).__name__), code=Code.NO_ANSWER)
    account.count()
    return Answer("accepted", message_id=accepted["MessageId"])


@lru_cache(maxsize=1)
def client() -> "SESV2Client":
    """The client of this process. It never repeats a call: SES has no idempotency, a repetition is a second mail."""
    config = Config(connect_timeout=2, read_timeout=8, retries={"total_max_attempts": 1})
    return boto3.client("sesv2", config=config)


def _request(mail: Rendered, *, to: str, key: str) -> Any:
    headers = [{"Name": name, "Value": value} for name, value in mail.headers.items()]
    body = {"Text": {"Data": mail.text, "Charset": "UTF-8"}, "Html": {"Data": mail.html, "Charset": "UTF-8"}}
    return {
        "FromEmailAddress": _sender(mail.sender),
        **({"ReplyToAddresses": [in_ascii(mail.reply_to)]} if mail.reply_to else {}),
        "Destination": {"ToAddresses": [in_ascii(to)]},
        "Content": {
            "Simple": {"Subject": {"Data": mail.subject, "Charset": "UTF-8"}, "Body": body, "Headers": headers}
        },
        "ConfigurationSetName": settings().configuration_set,
        "EmailTags": [{"Name": "message", "Value": key}],
    }


def _sender(name: str | None) -> str:
    """The sender's address, with the name that mail programs show where there is one."""
    shown = plain_text.shortened(plain_text.line(name or ""), longest=_LONGEST_NAME)
    if not shown or shown.isascii():
        return formataddr((shown, settings().sender)) if shown else settings().sender
    # `formataddr` makes one encoded word of any length, where RFC 2047 allows 75 characters each.
    return f"{Header(shown, 'utf-8').encode(linesep='', maxlinelen=75)} <{settings().sender}>"


def in_ascii(address: str) -> str:
    """The address as SES takes it: domains of other scripts in their ASCII form (Punycode) only."""
    return validate_email(address, check_deliverability=False).ascii_email or address


def _answered(refused: ClientError, purpose: str) -> Answer:
    code = refused.response["Error"]["Code"]
    status = refused.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    said = f"SES answered {code}: {refused.response['Error'].get('Message', '')}"[:_LONGEST_REASON]
    if status >= 500:
        return Answer("unknown", reason=f"{said}; it may or may not have gone out", code=Code.NO_ANSWER)
    if code == _TOO_FAST:
        pace.slow_down()
    # SES has one name for a bad mail and for a sender that is not ready; only its account tells which it was.
    passing = account.refusal(purpose, of_mail=code == "MessageRejected")
    if passing:
        return Answer("not_now", reason=f"{passing[1]} ({said})"[:_LONGEST_REASON], code=passing[0])
    if code in _REJECTED:
        return Answer("rejected", reason=said, code=Code.REFUSED_BY_SES)
    return Answer("not_now", reason=said, code=Code.SENDER_NOT_READY if code in _NOT_READY else Code.NOT_NOW)
