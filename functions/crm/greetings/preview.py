"""A dry run of a rule: how many it would greet, what that costs, whom it would not reach and why, and what it says."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crm.business import service as business_service
from crm.business.rules import Business
from crm.core import clock
from crm.greetings import service, upcoming
from crm.greetings.prospects import Forecast, Prospect, switched_on
from crm.mail import rendering
from crm.mail.recipients import Recipient
from crm.mail.rendering import Rendered

RULE_ID = "preview"
SAMPLES = 5
# SES, per 1,000 mails; https://aws.amazon.com/ses/pricing/
PRICE_PER_THOUSAND = Decimal("0.10")
# An API call has fifteen seconds in all.
_LONGEST_SECONDS = 8.0


@dataclass(frozen=True)
class Sample:
    """A mail as one customer would get it; its links lead nowhere."""

    prospect: Prospect
    mail: Rendered


@dataclass(frozen=True)
class Preview:
    """The outcome; `complete` is False when there were more customers than could be looked through in one request."""

    greetings: int
    withheld: Mapping[str, tuple[str, int]]
    samples: list[Sample]
    complete: bool

    @property
    def cost(self) -> Decimal:
        """What SES charges, in USD."""
        return (self.greetings * PRICE_PER_THOUSAND / 1000).quantize(Decimal("0.0001"))


def preview(fields: Mapping[str, Any], *, days: int) -> Preview:
    """Try a rule on the coming days without storing it or sending anything. Raises InvalidFields."""
    rule = switched_on(service.checked(RULE_ID, fields), now=clock.now())
    forecast = Forecast(clock.now(), business_service.current())
    willing, withheld, reasons, complete = list[Prospect](), Counter[str](), dict[str, str](), True
    ends, count = time.monotonic() + _LONGEST_SECONDS, 0
    for prospect in upcoming.foreseen([rule], days=days, forecast=forecast):
        if prospect and prospect.obstacle is None:
            count += 1
            willing += [prospect] if count <= SAMPLES else []
        elif prospect and prospect.obstacle:
            withheld[prospect.obstacle.code.value] += 1
            reasons.setdefault(prospect.obstacle.code.value, prospect.obstacle.reason)
        if time.monotonic() > ends:
            complete = False
            break
    samples = [_sample(one, forecast.business) for one in willing]
    return Preview(count, {code: (reasons[code], many) for code, many in withheld.most_common()}, samples, complete)


def _sample(prospect: Prospect, business: Business) -> Sample:
    recipient = Recipient("customer", prospect.order.id, prospect.profile)
    return Sample(prospect, rendering.render(prospect.draft, recipient, business=business, link="#"))
