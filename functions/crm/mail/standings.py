"""All that a decision about a message stands on, beside its origin: read afresh for each attempt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from crm.business import service as business_service
from crm.business.rules import Business
from crm.calendar import quiet
from crm.calendar import rules as calendar_rules
from crm.core import clock
from crm.mail import account, allowances, languages, obstacles
from crm.mail.allowances import COUNTED, Allowance
from crm.mail.obstacles import Obstacle
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft
from crm.suppressions import service as suppression_service
from crm.suppressions.service import Suppressed

QUIET = "quiet hours until {ends:%Y-%m-%d %H:%M} ({zone})"


@dataclass(frozen=True)
class Standing:
    """The recipient and the business at one moment (aware, UTC), and what the recipient has had and refused."""

    recipient: Recipient
    business: Business
    moment: datetime
    suppressed: Suppressed
    allowance: Allowance
    # When the quiet hours that it is now in end for the recipient (UTC); None outside of them.
    quiet_until: datetime | None

    @property
    def zone(self) -> ZoneInfo:
        """The recipient's zone; the business's where they have none."""
        return calendar_rules.zone_of(self.recipient.timezone, business=self.business.timezone)

    @property
    def on(self) -> date:
        """The recipient's local day."""
        return calendar_rules.local_date(self.moment, self.zone)

    def obstacle(self, order: Order, plan: Draft) -> Obstacle | None:
        """What keeps the message from the recipient for good."""
        return obstacles.find(
            purpose=plan.purpose,
            profile=self.recipient.profile,
            suppressed=self.suppressed,
            allowance=self.allowance,
            key=order.key,
            occasion=plan.occasion,
            on=self.on,
            business=self.business,
        )

    def passing(self, plan: Draft) -> Obstacle | None:
        """What keeps it back for now: the recipient's quiet hours, or SES."""
        if plan.waits and self.quiet_until:
            ends = self.quiet_until.astimezone(self.zone)
            return Obstacle(Code.QUIET, QUIET.format(ends=ends, zone=self.zone.key))
        held = account.obstacle(plan.purpose)
        return Obstacle(*held) if held else None

    def record(self, order: Order, *, purpose: str, template: str | None) -> dict[str, Any]:
        """The same as a document to keep with the message: what it was decided on."""
        said = (self.recipient.profile.get("consent") or {}).get(purpose)
        return {
            "decided_at": clock.instant(self.moment),
            "local_time": self.moment.astimezone(self.zone).isoformat(timespec="minutes"),
            "timezone": self.zone.key,
            "address": self.recipient.email,
            "language": languages.choose(self.recipient.language, self.business.language).code,
            "template": template,
            "consent": {"answer": said, "refused_by_address": purpose in self.suppressed.refused},
            "suppression": sorted(self.suppressed.stops),
            "cap": self._cap(order, purpose),
            "quiet_until": clock.instant(self.quiet_until) if self.quiet_until else None,
            "business_version": self.business.version,
        }

    def _cap(self, order: Order, purpose: str) -> Mapping[str, int] | None:
        if purpose not in COUNTED:
            return None
        days = self.business.cap_days
        had = self.allowance.counted(on=self.on, days=days, but=order.key)
        return {"mails": self.business.cap_mails, "days": days, "had": had}


def read(recipient: Recipient) -> Standing:
    """The standing of a recipient now. Members of staff have no suppression, no cap and no quiet hours."""
    business, moment = business_service.current(), clock.now()
    if recipient.kind != "customer":
        return Standing(recipient, business, moment, Suppressed(), Allowance(), None)
    zone = calendar_rules.zone_of(recipient.timezone, business=business.timezone)
    return Standing(
        recipient=recipient,
        business=business,
        moment=moment,
        suppressed=suppression_service.read(recipient.email),
        allowance=allowances.read(recipient.id),
        quiet_until=quiet.until(moment, zone=zone, business=business),
    )
