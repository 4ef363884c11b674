"""What keeps a message from a person. Pure: the claim, the list of what is to come and the dry run ask the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.business.rules import Business
from crm.mail.allowances import COUNTED, Allowance
from crm.mail.reasons import Code
from crm.suppressions.service import KINDS, Suppressed

MERGED = "this customer was merged into another, whose mail they get"
REFUSED = {
    "greeting": "the customer does not want greetings by mail",
    "marketing": "the customer does not want advertising by mail",
    "service": "the customer does not want service mail",
}
NEVER_ASKED = "the customer has not asked for advertising by mail"
REFUSED_BY_ADDRESS = "the person at this address refused it through the link in a mail, or on the preference page"
NO_ADDRESS = "no e-mail address is known"
SUPPRESSED = "no mail goes to this address any more: {reason}"
SAME_OCCASION = "another rule has sent mail about the same occasion"
CAP = "{had} mails in {days} days are enough; no more than {most} that were not asked for"


@dataclass(frozen=True)
class Obstacle:
    """Why a message is not sent, for programs and for people."""

    code: Code
    reason: str


def find(
    *,
    purpose: str,
    profile: Mapping[str, Any],
    suppressed: Suppressed,
    allowance: Allowance,
    key: str,
    occasion: str | None,
    on: date,
    business: Business,
) -> Obstacle | None:
    """The first thing that keeps mail of this purpose from the recipient on their local day `on`; None: nothing does.

    `key` is the message's own, whose earlier claims do not count against it. For staff, `suppressed` and `allowance`
    are empty.
    """
    return (
        unwilling(purpose, profile, suppressed)
        or _unreachable(profile, suppressed)
        or (_enough(allowance, key=key, occasion=occasion, on=on, business=business) if purpose in COUNTED else None)
    )


def unwilling(purpose: str, profile: Mapping[str, Any], suppressed: Suppressed) -> Obstacle | None:
    """What a person said, or a merge, that keeps words of this purpose from them, however they travel."""
    if profile.get("merged_into"):
        return Obstacle(Code.MERGED, MERGED)
    said = (profile.get("consent") or {}).get(purpose)
    if said is False:
        return Obstacle(Code.NO_CONSENT, REFUSED[purpose])
    if said is None and purpose == "marketing":
        return Obstacle(Code.NO_CONSENT, NEVER_ASKED)
    return Obstacle(Code.NO_CONSENT, REFUSED_BY_ADDRESS) if purpose in suppressed.refused else None


def _unreachable(profile: Mapping[str, Any], suppressed: Suppressed) -> Obstacle | None:
    if not profile.get("email"):
        return Obstacle(Code.NO_ADDRESS, NO_ADDRESS)
    stop = next((suppressed.stops[kind] for kind in KINDS if kind in suppressed.stops), None)
    return Obstacle(Code.SUPPRESSED, SUPPRESSED.format(reason=stop.reason)) if stop else None


def _enough(allowance: Allowance, *, key: str, occasion: str | None, on: date, business: Business) -> Obstacle | None:
    if allowance.about(occasion, but=key):
        return Obstacle(Code.SAME_OCCASION, SAME_OCCASION)
    had = allowance.counted(on=on, days=business.cap_days, but=key)
    if had < business.cap_mails:
        return None
    return Obstacle(Code.CAP, CAP.format(had=had, days=business.cap_days, most=business.cap_mails))
