"""SES's account on this machine: pace, quota, sandbox and suppression list, as SESv2 has them and as a user sets them.

Kept in a file of the host's directory, so that the mail endpoint and `/_local/ses` see the same and a restart forgets
nothing. The quota looks at 24 hours of the host's clock; the pace is one of real time, since functions really wait.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from infra.local.http_message import Request, Response, json_response
from infra.local.mailbox import Mail

FILE = "ses.json"
ACCOUNT = ("GET", "/v2/email/account")
IDENTITIES = "/v2/email/identities/"
SUPPRESSED = "/v2/email/suppression/addresses"
DAY = timedelta(hours=24)
# SES takes short bursts above the rate.
BURST_SECONDS = 2.0


@dataclass(frozen=True)
class Terms:
    """What SES allows: mails of 24 hours, mails a second, and whether account and sender are ready."""

    quota: int = field(default_factory=lambda: int(os.environ.get("LOCAL_SES_QUOTA", "50000")))
    rate: float = field(default_factory=lambda: float(os.environ.get("LOCAL_SES_RATE", "100")))
    sending: bool = True
    production: bool = True
    verified: bool = True
    suppressed: tuple[str, ...] = ()

    def changed(self, wanted: Mapping[str, Any]) -> Terms:
        """The same with some of it set anew. Raises ValueError, naming what is wrong."""
        known = asdict(self)
        for name, value in wanted.items():
            if name not in known or name == "suppressed":
                raise ValueError(f"{name!r} is not one of quota, rate, sending, production, verified")
            right = isinstance(value, bool) if isinstance(known[name], bool) else _is_amount(value)
            if not right:
                raise ValueError(f"{name} takes {'true or false' if isinstance(known[name], bool) else 'a number'}")
        return replace(self, **{name: type(known[name])(value) for name, value in wanted.items()})


class SesAccount:
    """Answers for the account; thread-safe. `mails`: what was accepted before."""

    def __init__(self, directory: Path, mails: Iterable[Mail] = ()) -> None:
        self._path = directory / FILE
        self._lock = threading.Lock()
        self._sent = deque(datetime.fromisoformat(mail.sent_at) for mail in mails)
        self._room, self._filled_at = 0.0, time.monotonic() - BURST_SECONDS

    def terms(self) -> Terms:
        """What holds now."""
        try:
            kept = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return Terms()
        return Terms(**{**kept, "suppressed": tuple(kept["suppressed"])})

    def change(self, wanted: Mapping[str, Any]) -> Terms:
        """Set some of it anew. Raises ValueError."""
        with self._lock:
            return self._keep(self.terms().changed(wanted))

    def refusal(self, recipients: tuple[str, ...], *, now: datetime) -> tuple[int, str, str] | None:
        """Why a mail is not taken: status, kind, text; None: it may go, and takes a place in the pace."""
        terms = self.terms()
        if not terms.sending:
            return 400, "SendingPausedException", "Email sending is paused for this account."
        strangers = [one for one in recipients if not one.lower().endswith("@simulator.amazonses.com")]
        if not terms.verified or (strangers and not terms.production):
            return 400, "MessageRejected", "Email address is not verified."
        if self.sent(now) >= terms.quota:
            return 429, "TooManyRequestsException", "Daily message quota exceeded."
        if not self._takes_place(terms.rate):
            return 429, "TooManyRequestsException", "Maximum sending rate exceeded."
        return None

    def took(self, at: datetime) -> None:
        """A mail was accepted."""
        with self._lock:
            self._sent.append(at)

    def sent(self, now: datetime) -> int:
        """How many mails were accepted in the last 24 hours of the host's clock."""
        with self._lock:
            while self._sent and self._sent[0] <= now - DAY:
                self._sent.popleft()
            return len(self._sent)

    def answer(self, request: Request, *, now: datetime) -> Response | None:
        """The answer to a call about the account, an identity or the suppression list; None to any other."""
        if (request.method, request.path) == ACCOUNT:
            return json_response(200, self._account(now))
        if request.method == "GET" and request.path.startswith(IDENTITIES):
            return json_response(200, _identity(self.terms(), unquote(request.path.removeprefix(IDENTITIES))))
        if request.path.startswith(SUPPRESSED):
            return self._suppression(request, unquote(request.path.removeprefix(SUPPRESSED).lstrip("/")).lower())
        return None

    def _account(self, now: datetime) -> dict[str, Any]:
        terms = self.terms()
        quota = {"Max24HourSend": terms.quota, "MaxSendRate": terms.rate, "SentLast24Hours": self.sent(now)}
        ready = {"SendingEnabled": terms.sending, "ProductionAccessEnabled": terms.production}
        return {"SendQuota": quota, "EnforcementStatus": "HEALTHY", "DedicatedIpAutoWarmupEnabled": False, **ready}

    def _suppression(self, request: Request, address: str) -> Response:
        with self._lock:
            terms = self.terms()
            if request.method == "PUT":
                added = str(json.loads(request.body)["EmailAddress"]).lower()
                self._keep(replace(terms, suppressed=tuple(sorted({*terms.suppressed, added}))))
                return json_response(200, {})
            if not address:
                listed = [{"EmailAddress": one, "Reason": "BOUNCE"} for one in terms.suppressed]
                return json_response(200, {"SuppressedDestinationSummaries": listed})
            if address not in terms.suppressed:
                text = f"Email address {address} does not exist on your suppression list."
                return json_response(404, {"message": text}, (("x-amzn-errortype", "NotFoundException"),))
            if request.method == "DELETE":
                self._keep(replace(terms, suppressed=tuple(one for one in terms.suppressed if one != address)))
                return json_response(200, {})
            found = {"EmailAddress": address, "Reason": "BOUNCE", "LastUpdateTime": 0}
            return json_response(200, {"SuppressedDestination": found})

    def _keep(self, terms: Terms) -> Terms:
        whole = self._path.with_suffix(".new")
        whole.write_text(json.dumps(asdict(terms)), "utf-8")
        whole.replace(self._path)
        return terms

    def _takes_place(self, rate: float) -> bool:
        with self._lock:
            now = time.monotonic()
            self._room = min(self._room + (now - self._filled_at) * rate, max(rate * BURST_SECONDS, 1.0))
            self._filled_at = now
            if self._room < 1:
                return False
            self._room -= 1
            return True


def _identity(terms: Terms, name: str) -> dict[str, Any]:
    return {
        "IdentityType": "EMAIL_ADDRESS" if "@" in name else "DOMAIN",
        "VerifiedForSendingStatus": terms.verified,
        "VerificationStatus": "SUCCESS" if terms.verified else "PENDING",
        "FeedbackForwardingStatus": True,
    }


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 10**9
