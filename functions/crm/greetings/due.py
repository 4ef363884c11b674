"""The tick: orders the greetings that are due now. What it costs depends on who is due, not on how many there are."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from crm.calendar import rules as calendar_rules
from crm.calendar import service as calendar_service
from crm.core import clock
from crm.core.config import settings
from crm.core.log import logger
from crm.greetings import audience, rules, service
from crm.greetings.models import Greeting
from crm.mail import queue
from crm.mail.orders import Order


def tick() -> int:
    """Order every greeting whose hour has come and that has no outcome; how many. Ordering twice does no harm."""
    now = clock.now()
    active = service.active()
    count = sum(queue.put(audience.still_to_greet(rule, _occasions(rule, now))) for rule in active)
    logger().info("greetings ordered", rules=len(active), orders=count)
    return count


def _occasions(rule: Greeting, now: datetime) -> Iterator[Order]:
    """The orders of everybody whose occasion is greeted today, where they live, once the rule's hour has come there."""
    for day in rules.todays(now):
        yield from _on(rule, day, now)


def _on(rule: Greeting, day: date, now: datetime) -> Iterator[Order]:
    occasion_on = day - timedelta(days=int(rule.offset_days))
    occasion = rules.OCCASIONS[rule.occasion]
    for entry in calendar_service.entries(occasion, day=occasion_on, leap_day=settings().leap_day):
        zone = calendar_rules.zone_of(entry.zone, business=settings().business_timezone)
        # After the latest hour it goes on until midnight: the mailer then writes down who was not greeted and why.
        here = calendar_rules.local_date(now, zone) == day
        if here and rules.has_begun(send_at=rule.send_at, moment=now, zone=zone):
            yield Order("customer", entry.customer_id, rule.greeting_id, "greeting", entry.occurrence)
