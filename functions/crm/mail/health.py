"""How mail goes out at the moment, for people: pace, quota, sender, our reputation and what waits because of them."""

from crm.core import clock
from crm.core.config import settings
from crm.mail import account, breaker, pace, reputation
from crm.mail.account import Account
from crm.mail.breaker import Reputation
from crm.mail.reputation import Counts
from crm.mail.schemas import BreakerOut, CountsOut, HealthOut, QuotaOut, SenderOut

PURPOSES = ("greeting", "marketing", "service")


def read() -> HealthOut:
    """The present state. SES's part may be some minutes old: `read_at`."""
    known = account.current()
    waits = {purpose: account.obstacle(purpose) for purpose in PURPOSES}
    return HealthOut(
        per_second=pace.per_second(),
        mailers=settings().mailers,
        read_at=clock.instant(known.read_at) if known else None,
        quota=_quota(known) if known else None,
        sender=_sender(known) if known else None,
        breaker=_breaker(breaker.read()),
        waits={purpose: found[0].value if found else None for purpose, found in waits.items()},
    )


def _quota(known: Account) -> QuotaOut:
    return QuotaOut(per_day=known.per_day, sent=known.sent, left=account.left(known), reserved=known.reserve)


def _sender(known: Account) -> SenderOut:
    return SenderOut(
        address=settings().sender,
        identity=settings().sender_identity,
        verified=known.verified,
        sending=known.sending,
        production=known.production,
    )


def _breaker(found: Reputation) -> BreakerOut:
    return BreakerOut(
        open=found.is_open,
        days=breaker.WINDOW_DAYS,
        counts=_counts(found.counts),
        groups={name: _counts(counts) for name, counts in found.groups.items()},
        most_bounced=reputation.MOST_BOUNCED,
        most_complained=reputation.MOST_COMPLAINED,
        least_accepted=reputation.LEAST_ACCEPTED,
        begun_anew_at=found.since,
    )


def _counts(counts: Counts) -> CountsOut:
    rates = {"bounce_rate": round(counts.bounce_rate, 6), "complaint_rate": round(counts.complaint_rate, 6)}
    return CountsOut.model_validate({**vars(counts), **rates})
