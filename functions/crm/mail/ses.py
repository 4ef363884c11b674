"""SES: one attempt, and a plain answer to what became of it."""

from dataclasses import dataclass
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
from crm.mail.rendering import Rendered

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# The message itself is refused: the same again would be refused again.
_REJECTED = frozenset({"MessageRejected", "BadRequestException"})
# Certainly not sent: no connection was made, or nobody could sign the request.
_NEVER_LEFT = (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)
_LONGEST_REASON = 300


@dataclass(frozen=True)
class Answer:
    """What SES did with a mail; `not_now`: certainly nothing, and it may be asked again."""

    outcome: Literal["accepted", "rejected", "not_now", "unknown"]
    message_id: str | None = None
    reason: str | None = None


def send(mail: Rendered, *, to: str, key: str) -> Answer:
    """Hand one mail to SES, once. Never raises for anything that SES or the network may do."""
    try:
        accepted = client().send_email(**_request(mail, to=to, key=key))
    except ClientError as refused:
        return _answered(refused)
    except _NEVER_LEFT as failed:
        return Answer("not_now", reason=f"SES could not be reached ({type(failed).__name__})")
    except BotoCoreError as lost:
        return Answer("unknown", reason=f"SES gave no answer ({type(lost).__name__}); it may or may not have gone out")
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
        "FromEmailAddress": settings().sender,
        "Destination": {"ToAddresses": [_in_ascii(to)]},
        "Content": {
            "Simple": {"Subject": {"Data": mail.subject, "Charset": "UTF-8"}, "Body": body, "Headers": headers}
        },
        "ConfigurationSetName": settings().configuration_set,
        "EmailTags": [{"Name": "message", "Value": key}],
    }


def _in_ascii(address: str) -> str:
    # SES takes domains of other scripts in their ASCII form (Punycode) only.
    return validate_email(address, check_deliverability=False).ascii_email or address


def _answered(refused: ClientError) -> Answer:
    code = refused.response["Error"]["Code"]
    status = refused.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    said = f"SES answered {code}: {refused.response['Error'].get('Message', '')}"[:_LONGEST_REASON]
    if status >= 500:
        return Answer("unknown", reason=f"{said}; it may or may not have gone out")
    return Answer("rejected" if code in _REJECTED else "not_now", reason=said)
