"""What will become of greetings that are still to come: who will get one, when, and who will not and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from crm.business.rules import Business
from crm.calendar import quiet
from crm.calendar import rules as calendar_rules
from crm.greetings import audience, mailing, rules
from crm.greetings.audience import Group
from crm.greetings.judgement import Verdict, judge
from crm.greetings.models import Greeting
from crm.greetings.passes import Found
from crm.greetings.rules import Window
from crm.mail import allowances, obstacles
from crm.mail import rules as mail_rules
from crm.mail.allowances import Allowance, Claim
from crm.mail.obstacles import Obstacle
from crm.mail.orders import Order
from crm.mail.reasons import Code
from crm.mail.sources import Draft
from crm.suppressions import service as suppression_service
from crm.suppressions.service import Suppressed

QUIET = "quiet hours last until {ends:%Y-%m-%d %H:%M} ({zone}), too late for the latest hour of the day"


@dataclass(frozen=True)
class Prospect:
    """One greeting to come, at the local day and hour of the customer; `obstacle`: why it will not be sent."""

    rule: Greeting
    order: Order
    profile: Mapping[str, Any]
    draft: Draft
    planned_on: date
    sending_at: datetime
    timezone: str
    obstacle: Obstacle | None


@dataclass(frozen=True)
class _Known:
    """What is on record of the customers of one chunk."""

    profiles: Mapping[str, Mapping[str, Any]]
    messages: Mapping[Order, Mapping[str, Any]]
    suppressed: Mapping[str, Suppressed]


@dataclass
class Forecast:
    """Foresees, as things stand at `now`. Greetings that it has foreseen count towards the cap of those after them."""

    now: datetime
    business: Business
    _allowances: dict[str, Allowance] = field(default_factory=dict)

    def of(self, rule: Greeting, group: Group, chunk: list[Found]) -> list[tuple[Prospect | None, str]]:
        """What will become of those found (at most 100), each with its place; None: nothing is due, or it is done."""
        orders = [
            Order("customer", one.entry.customer_id, rule.greeting_id, "greeting", one.entry.occurrence)
            for one in chunk
        ]
        known = self._read(orders)
        return [(self._one(rule, group, order, known), found.place) for order, found in zip(orders, chunk, strict=True)]

    def _read(self, orders: list[Order]) -> _Known:
        profiles = audience.profiles(order.id for order in orders)
        addresses = {profile["email"] for profile in profiles.values() if profile.get("email")}
        unread = [customer_id for customer_id in profiles if customer_id not in self._allowances]
        self._allowances |= {one: Allowance() for one in unread} | allowances.read_many(unread)
        return _Known(profiles, audience.messages(set(orders)), suppression_service.read_many(addresses))

    def _one(self, rule: Greeting, group: Group, order: Order, known: _Known) -> Prospect | None:
        profile, stored = known.profiles.get(order.id), known.messages.get(order)
        if profile is None or (stored and stored["state"] not in mail_rules.OPEN):
            return None
        judged = judge(
            rule,
            profile,
            occurrence=order.occurrence,
            belongs=group.includes(profile),
            now=self.now,
            business=self.business,
        )
        if judged.verdict in (Verdict.NOT_OWED, Verdict.DAY_PASSED) or not (
            judged.celebration and judged.plan and judged.planned_on
        ):
            return None
        draft = mailing.drafted(rule, judged, judged.celebration, order.occurrence)
        suppressed = known.suppressed.get(str(profile.get("email")), Suppressed())
        sending_at = max(self.now, judged.plan.begins)
        obstacle = self._too_late(judged.plan, sending_at)
        obstacle = obstacle or self._obstacle(order, draft, profile, suppressed, judged.planned_on)
        if obstacle is None:
            sending_at, obstacle = self._after_quiet(judged.plan, sending_at, judged.timezone)
        if obstacle is None:
            self._take(order, draft, judged.planned_on)
        return Prospect(rule, order, profile, draft, judged.planned_on, sending_at, judged.timezone, obstacle)

    def _too_late(self, plan: Window, begins: datetime) -> Obstacle | None:
        if rules.next_look(begins) < plan.stops:
            return None
        return Obstacle(Code.TOO_LATE, mailing.TOO_LATE.format(latest=self.business.latest_hour))

    def _after_quiet(self, plan: Window, begins: datetime, timezone: str) -> tuple[datetime, Obstacle | None]:
        """The instant of sending, put off by quiet hours, and what makes it too late."""
        zone = calendar_rules.zone_of(timezone, business=self.business.timezone)
        ends = quiet.until(begins, zone=zone, business=self.business)
        if ends is None or rules.next_look(ends) < plan.stops:
            return ends or begins, None
        return begins, Obstacle(Code.QUIET, QUIET.format(ends=ends.astimezone(zone), zone=zone.key))

    def _obstacle(
        self, order: Order, draft: Draft, profile: Mapping[str, Any], suppressed: Suppressed, on: date
    ) -> Obstacle | None:
        return obstacles.find(
            purpose=draft.purpose,
            profile=profile,
            suppressed=suppressed,
            allowance=self._allowances[order.id],
            key=order.key,
            occasion=draft.occasion,
            on=on,
            business=self.business,
        )

    def _take(self, order: Order, draft: Draft, on: date) -> None:
        claim = Claim(order.key, on, draft.occasion)
        self._allowances[order.id] = self._allowances[order.id].taken(claim, days=self.business.cap_days)


def switched_on(rule: Greeting, *, now: datetime) -> Greeting:
    """A rule as it would be if it were switched on now; one that is on stays as it is."""
    if not rule.active:
        values = {name: value for name, value in rule.attribute_values.items() if name != "entity"}
        return Greeting(**values | {"active": True, "active_since": now.isoformat()})
    return rule
