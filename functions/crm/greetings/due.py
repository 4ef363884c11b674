"""The tick: orders the greetings that are due now. What it costs depends on who is due, not on how many there are."""

from collections.abc import Iterator
from datetime import datetime

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
    zones = calendar_service.zones() if active else []
    count = sum(queue.put(audience.still_to_greet(rule, _occasions(rule, zones, now))) for rule in active)
    logger().info("greetings ordered", rules=len(active), zones=len(zones), orders=count)
    return count


def _occasions(rule: Greeting, zones: list[str], now: datetime) -> Iterator[Order]:
    """The orders of everybody whose occasion is greeted today, in the zones where the rule's hour has come."""
    for name in zones:
        zone = calendar_rules.zone_of(name, business=settings().business_timezone)
        # After the latest hour it goes on until midnight: the mailer then writes down who was not greeted and why.
        if rules.has_begun(send_at=rule.send_at, moment=now, zone=zone):
            yield from _in_zone(rule, name, rules.day_in(zone, moment=now, offset_days=int(rule.offset_days)))


def _in_zone(rule: Greeting, zone: str, day: rules.Day) -> Iterator[Order]:
    kept = calendar_rules.kept_on(day.occasion_on, leap_day=settings().leap_day)
    for month_day in calendar_service.pages_of(rule.occasion, zone=zone, kept=kept):
        for entry in calendar_service.entries(occasion=rule.occasion, month_day=month_day, zone=zone, kept=kept):
            if calendar_rules.has_come_round(entry.since, occurrence=day.occasion_on.year):
                yield Order("customer", entry.customer_id, rule.greeting_id, "greeting", day.occurrence)
