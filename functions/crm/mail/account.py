"""What SES allows at the moment: whether it sends for us at all, how fast, and how much more within the day.

Asked once in a few minutes by each process. Where SES does not say, the last answer counts, and without any nothing is
held back: SES itself refuses what it does not take.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from crm.core import clock
from crm.core.config import settings
from crm.core.log import logger
from crm.mail import breaker
from crm.mail.reasons import Code

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

KEPT_FOR = timedelta(minutes=3)
# An answer that holds mail back is asked for again sooner.
LOOK_AGAIN = timedelta(seconds=30)
# After a refusal only what SES said within the same breath counts.
ASK_ANEW = timedelta(seconds=2)
# Of the daily quota this part is kept for service mail, and at least so many mails.
RESERVED_PART = 0.05
LEAST_RESERVED = 10
NOT_SENDING = "SES does not send for this account at the moment; it goes when SES sends again"
NOT_VERIFIED = "the sender is not verified with SES yet; it goes once it is"
SANDBOX = "the account is in SES's sandbox, where mail goes to verified addresses alone"
QUOTA_USED = "SES's quota for 24 hours is used up; it goes when there is room again"


@dataclass(frozen=True)
class Account:
    """SES's account and our identity in it. Mails: `per_day` (None: as many as you like) and `sent` in 24 hours."""

    read_at: datetime
    sending: bool
    production: bool
    verified: bool
    per_second: float
    per_day: float | None
    sent: float

    @property
    def reserve(self) -> float:
        """So many mails of a day's quota are kept for service mail."""
        most = self.per_day or 0.0
        return min(max(most * RESERVED_PART, LEAST_RESERVED), most / 2)


class _Desk:
    """The last answer of SES, and how many mails this process has handed over since."""

    def __init__(self) -> None:
        self.account: Account | None = None
        self.asked_at: datetime | None = None
        self.handed = 0

    def look(self, *, kept_for: timedelta) -> Account | None:
        now = clock.now()
        if self.asked_at is None or not timedelta() <= now - self.asked_at < kept_for:
            self._ask(now)
        return self.account

    def _ask(self, now: datetime) -> None:
        # First noted, then asked: an SES that does not answer is not asked again before each mail.
        self.asked_at = now
        try:
            self.account = _account(now)
        except (BotoCoreError, ClientError) as error:
            logger().warning("SES says nothing about its account", error_type=type(error).__name__)
        else:
            self.handed = 0


def current() -> Account | None:
    """The account as SES described it in the last minutes; None when it never did."""
    return _desk().look(kept_for=KEPT_FOR)


def obstacle(purpose: str) -> tuple[Code, str] | None:
    """Why no mail of this purpose goes to SES at the moment, in a sentence that stays the same; None when it does."""
    found = _obstacle(_desk().look(kept_for=KEPT_FOR), purpose)
    found = _obstacle(_desk().look(kept_for=LOOK_AGAIN), purpose) if found else None
    return found or breaker.obstacle(purpose)


def refusal(purpose: str, *, of_mail: bool) -> tuple[Code, str] | None:
    """SES has refused just now: why, if that lies in the account or the sender; None: it does not, as far as SES says.

    `of_mail`: what was refused is the mail itself. In the sandbox that may mean its recipient.
    """
    account = _desk().look(kept_for=ASK_ANEW)
    found = _obstacle(account, purpose)
    if found or account is None or account.production or not of_mail:
        return found
    return Code.SENDER_NOT_READY, SANDBOX


def left(account: Account) -> float | None:
    """How many mails the quota still holds, less what was sent since SES said so; None: no end."""
    # The other mailers have sent as many, as far as this one can know. Held back too early, it soon asks SES again.
    since = _desk().handed * settings().mailers
    return None if account.per_day is None else max(account.per_day - account.sent - since, 0.0)


def count() -> None:
    """Note that this process has handed one more mail to SES."""
    _desk().handed += 1


def forget() -> None:
    """Know nothing, as a new process; for tests."""
    _desk.cache_clear()
    _client.cache_clear()


def _obstacle(account: Account | None, purpose: str) -> tuple[Code, str] | None:
    if account is None:
        return None
    if not account.sending:
        return Code.SENDER_NOT_READY, NOT_SENDING
    if not account.verified:
        return Code.SENDER_NOT_READY, NOT_VERIFIED
    room = left(account)
    kept = 0.0 if purpose == "service" else account.reserve
    return (Code.QUOTA, QUOTA_USED) if room is not None and room - kept < 1 else None


def _account(now: datetime) -> Account:
    said = _client().get_account()
    quota: Mapping[str, Any] = said.get("SendQuota") or {}
    most = float(quota.get("Max24HourSend", -1))
    return Account(
        read_at=now,
        sending=bool(said.get("SendingEnabled", True)) and said.get("EnforcementStatus") != "SHUTDOWN",
        production=bool(said.get("ProductionAccessEnabled", True)),
        verified=_verified(),
        per_second=float(quota.get("MaxSendRate", 0)),
        per_day=None if most < 0 else most,
        sent=float(quota.get("SentLast24Hours", 0)),
    )


def _verified() -> bool:
    try:
        identity = _client().get_email_identity(EmailIdentity=settings().sender_identity)
    except ClientError as refused:
        if refused.response["Error"]["Code"] == "NotFoundException":
            return False
        raise
    return bool(identity.get("VerifiedForSendingStatus"))


@lru_cache(maxsize=1)
def _desk() -> _Desk:
    return _Desk()


@lru_cache(maxsize=1)
def _client() -> "SESV2Client":
    # Two short questions at most stand between a refusal and its mark.
    config = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
    return boto3.client("sesv2", config=config)
