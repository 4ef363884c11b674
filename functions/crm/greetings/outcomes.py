"""Which of the customers found are to be ordered now: those who are due and whose message has no outcome yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.business.rules import Business
from crm.calendar import rules as calendar_rules
from crm.greetings import audience, rules
from crm.greetings.audience import Group
from crm.greetings.judgement import ENDED, Verdict, judge, verdict
from crm.greetings.models import Greeting
from crm.greetings.passes import Found
from crm.mail import rules as mail_rules
from crm.mail.orders import Order


@dataclass(frozen=True)
class Desk:
    """Decides for one rule, at one moment."""

    rule: Greeting
    group: Group
    now: datetime
    business: Business

    def orders(self, chunk: list[Found]) -> list[Order]:
        """Whom to order of at most 100. Reads the messages of those whose hour has come; profiles where they decide."""
        begun = {self._order(one): seen for one in chunk if (seen := self._verdict(one)) is not Verdict.EARLY}
        states = audience.messages(begun)
        waiting = {order: states.get(order) for order in begun if order not in states or _is_open(states[order])}
        everybody = self.rule.active and self.group.is_everybody
        plain = [order for order in waiting if begun[order] is Verdict.DUE and everybody]
        profiles = audience.profiles(order.id for order in waiting if order not in set(plain))
        return [
            order
            for order, stored in waiting.items()
            if order in plain or stored or self._is_owed(order, profiles.get(order.id))
        ]

    def _verdict(self, one: Found) -> Verdict:
        zone = calendar_rules.zone_of(one.entry.zone, business=self.business.timezone)
        plan = rules.window(one.planned_on, zone=zone, send_at=self.rule.send_at, latest=self.business.latest_hour)
        return verdict(plan, self.now)

    def _is_owed(self, order: Order, profile: Mapping[str, Any] | None) -> bool:
        if profile is None:
            return False  # deleted a moment ago
        judged = judge(
            self.rule,
            profile,
            occurrence=order.occurrence,
            belongs=self.group.includes(profile),
            now=self.now,
            business=self.business,
        )
        return judged.verdict is Verdict.DUE or judged.verdict in ENDED

    def _order(self, one: Found) -> Order:
        return Order("customer", one.entry.customer_id, self.rule.greeting_id, "greeting", one.entry.occurrence)


def _is_open(stored: Mapping[str, Any]) -> bool:
    return stored["state"] in mail_rules.OPEN
