"""Why a message is not sent, as kinds that programs can tell apart; each message also says it in a sentence."""

from enum import StrEnum


class Code(StrEnum):
    """One value for each kind of reason; new kinds may come."""

    NO_CONSENT = "no_consent"
    MERGED = "merged"
    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_address"
    CAP = "cap"
    SAME_OCCASION = "same_occasion"
    QUIET = "quiet"
    TOO_LATE = "too_late"
    DAY_PASSED = "day_passed"
    SWITCHED_OFF = "switched_off"
    NOT_DUE = "not_due"
    QUOTA = "quota"
    REPUTATION = "reputation"
    SENDER_NOT_READY = "sender_not_ready"
    NOT_NOW = "not_now"
    NO_ANSWER = "no_answer"
    REFUSED_BY_SES = "refused_by_ses"
    BOUNCED = "bounced"
    SOFT_BOUNCED = "soft_bounced"
    COMPLAINED = "complained"
    RECENT_CONTACT = "recent_contact"
    NOTHING_DUE = "nothing_due"


# What passes by itself: the message stays due, and a tick orders it again.
PASSING = frozenset({Code.QUIET, Code.QUOTA, Code.REPUTATION, Code.SENDER_NOT_READY, Code.NOT_NOW})
