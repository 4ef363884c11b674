"""The coming days at once: how many greetings each brings, and who gets them on one of them."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from crm.business import service as business_service
from crm.calendar import rules as calendar_rules
from crm.core import clock
from crm.core.actor import Within
from crm.core.errors import NotFound
from crm.greetings import mailing, upcoming
from crm.greetings.judgement import judge
from crm.greetings.models import Greeting
from crm.greetings.prospects import Forecast, Prospect
from crm.mail import recipients, rendering
from crm.mail.recipients import Recipient
from crm.mail.rendering import Rendered

_LONGEST_SECONDS = 6.0
_NOWHERE = "#"


@dataclass
class Count:
    """How many greetings of one rule on one day are foreseen, and how many of them will not go out."""

    sent: int = 0
    withheld: int = 0


@dataclass
class Agenda:
    """What is foreseen from today on. `complete`: False where there was more than could be looked through in time.

    `counts`: by day, then by the id of the rule. `listed`: of the one day that was asked for, in order of the hour.
    """

    counts: dict[date, dict[str, Count]] = field(default_factory=dict)
    listed: list[Prospect] = field(default_factory=list)
    complete: bool = True


def read(
    rules: Iterable[Greeting], *, until: date, within: Within | None, listed: date | None = None, most: int = 0
) -> Agenda:
    """The greetings under active rules on the business's today and the days until `until`, of those within reach.

    All days before a day are looked through for it: what goes out earlier counts for the cap of what comes later.
    """
    business, now, found = business_service.current(), clock.now(), Agenda()
    today = calendar_rules.local_date(now, business.timezone)
    ends, forecast = time.monotonic() + _LONGEST_SECONDS, Forecast(now, business)
    active = [rule for rule in rules if rule.active]
    for prospect in upcoming.foreseen(active, days=(until - today).days + 1, forecast=forecast):
        if time.monotonic() > ends:
            found.complete = False
            break
        if prospect and (within is None or within.holds(prospect.profile.get("owner"))):
            _count(found, prospect)
            if prospect.planned_on == listed and len(found.listed) < most:
                found.listed.append(prospect)
    return found


def sample(
    rule: Greeting, *, customer_id: str, occurrence: str, within: Within | None, language: str | None
) -> Rendered:
    """The mail of a rule as one customer would get it, in their language or another; its links lead nowhere.

    Raises NotFound where they are out of reach, or have no such occasion.
    """
    found = recipients.load(kind="customer", recipient_id=customer_id)
    if found is None or not (within is None or within.holds(found.profile.get("owner"))):
        raise NotFound("there is nothing of this id")
    business = business_service.current()
    try:
        judged = judge(rule, found.profile, occurrence=occurrence, belongs=True, now=clock.now(), business=business)
    except (ValueError, OverflowError) as beyond:
        # An occurrence that somebody made up: a year that no calendar has.
        raise NotFound("there is no such occasion") from beyond
    if judged.celebration is None:
        raise NotFound("there is no such occasion")
    draft = mailing.drafted(rule, judged, judged.celebration, occurrence)
    spoken: Mapping[str, str] = {"language": language} if language else {}
    reader = Recipient(found.kind, found.id, {**found.profile, **spoken})
    return rendering.render(draft, reader, business=business, link=_NOWHERE)


def _count(found: Agenda, prospect: Prospect) -> None:
    of_day = found.counts.setdefault(prospect.planned_on, {})
    count = of_day.setdefault(prospect.rule.greeting_id, Count())
    if prospect.obstacle:
        count.withheld += 1
    else:
        count.sent += 1
