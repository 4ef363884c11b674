"""What SES tells EventBridge about a mail that it accepted, as far as its mailbox simulator defines it.

Detail types: https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ses.html
Detail: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
Simulator: https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any

from infra.local.names import ACCOUNT, REGION
from infra.local.outgoing import Outgoing

DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
}
_SIMULATOR = "simulator.amazonses.com"
_OUTCOMES = {"bounce": ("Bounce",), "suppressionlist": ("Bounce",), "complaint": ("Delivery", "Complaint")}


@dataclass(frozen=True)
class Accepted:
    """A mail that SES took: its message id, the time by the host's clock, and the addresses on the suppression list."""

    outgoing: Outgoing
    message_id: str
    at: datetime
    suppressed: frozenset[str] = frozenset()

    def stands_for(self, recipient: str) -> str:
        """The name in the mailbox simulator whose fate the mail to this recipient shares; empty: it arrives."""
        return "suppressionlist" if recipient.lower() in self.suppressed else _simulated(recipient)


def events(accepted: Accepted) -> Iterator[tuple[str, dict[str, Any]]]:
    """(type as in MatchingEventTypes, EventBridge event) of all that happens to a mail, in order."""
    if accepted.outgoing.infected:
        yield _event(accepted, "Reject", {"reason": "Bad content"})
        return
    yield _event(accepted, "Send", {})
    for recipient in accepted.outgoing.recipients:
        for kind in _OUTCOMES.get(accepted.stands_for(recipient), ("Delivery",)):
            yield _event(accepted, kind, _TELLERS[kind](accepted, recipient))


def _simulated(recipient: str) -> str:
    local, _, domain = parseaddr(recipient)[1].lower().rpartition("@")
    return local.partition("+")[0] if domain == _SIMULATOR else ""


def _event(accepted: Accepted, kind: str, told: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    name = accepted.outgoing.configuration_set
    return kind.upper(), {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": DETAIL_TYPES[kind],
        "source": "aws.ses",
        "account": ACCOUNT,
        "time": f"{accepted.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [f"arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{name}"],
        "detail": {"eventType": kind, "mail": _mail(accepted), kind.lower(): told},
    }


def _mail(accepted: Accepted) -> dict[str, Any]:
    outgoing = accepted.outgoing
    source = parseaddr(outgoing.source)[1]
    named = {"From": outgoing.source, "To": ", ".join(outgoing.recipients), "Subject": outgoing.subject}
    return {
        "timestamp": _instant(accepted.at),
        "source": outgoing.source,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{source}",
        "sendingAccountId": ACCOUNT,
        "messageId": accepted.message_id,
        "destination": list(outgoing.recipients),
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in {**named, **outgoing.headers}.items()],
        "commonHeaders": {
            "from": [outgoing.source],
            "to": list(outgoing.recipients),
            "messageId": accepted.message_id,
            "subject": outgoing.subject,
        },
        "tags": {
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": [outgoing.configuration_set],
            "ses:source-ip": ["127.0.0.1"],
            "ses:from-domain": [source.rpartition("@")[2]],
            "ses:caller-identity": ["local"],
            **{name: [value] for name, value in outgoing.tags.items()},
        },
    }


def _delivery(accepted: Accepted, recipient: str) -> dict[str, Any]:
    return {
        "timestamp": _instant(accepted.at),
        "processingTimeMillis": 0,
        "recipients": [recipient],
        "smtpResponse": "250 2.0.0 OK",
        "reportingMTA": "local.smtp-out.eu-west-1.amazonses.com",
    }


def _bounce(accepted: Accepted, recipient: str) -> dict[str, Any]:
    suppressed = accepted.stands_for(recipient) == "suppressionlist"
    listed = recipient.lower() in accepted.suppressed
    why = "Amazon SES has suppressed this address" if suppressed else "smtp; 550 5.1.1 user unknown"
    return {
        "feedbackId": _feedback_id(),
        "bounceType": "Permanent",
        "bounceSubType": "OnAccountSuppressionList" if listed else "Suppressed" if suppressed else "General",
        "bouncedRecipients": [
            {"emailAddress": recipient, "action": "failed", "status": "5.1.1", "diagnosticCode": why}
        ],
        "timestamp": _instant(accepted.at),
        "reportingMTA": "dsn; local.smtp-out.eu-west-1.amazonses.com",
    }


def _complaint(accepted: Accepted, recipient: str) -> dict[str, Any]:
    return {
        "feedbackId": _feedback_id(),
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": recipient}],
        "timestamp": _instant(accepted.at),
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": _instant(accepted.at),
    }


_TELLERS = {"Delivery": _delivery, "Bounce": _bounce, "Complaint": _complaint}


def _feedback_id() -> str:
    return f"{secrets.token_hex(8)}-{uuid.uuid4()}-000000"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
