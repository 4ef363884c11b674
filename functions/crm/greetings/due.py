"""The tick: orders the greetings that are due now. What it costs depends on who is due, not on how many there are.

For each rule it looks through the dates that are today anywhere on earth, and those of the last three days that are not
closed. A day is closed under a rule when it is over everywhere and every greeting of it has its outcome. A tick may die
anywhere and come late: the next one finds the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from crm.business import service as business_service
from crm.business.rules import Business
from crm.core import clock
from crm.core.log import logger
from crm.greetings import audience, rules, service
from crm.greetings.models import GreetingDay
from crm.greetings.outcomes import Desk
from crm.greetings.passes import Pass, passes
from crm.mail import queue

# A chunk takes a second or two at worst; then the place is to be noted.
_RESERVE_MS = 15_000


class _BrokenOff(Exception):
    """The invocation is about to end, or the queue is full; the place is noted."""


@dataclass(frozen=True)
class _Tick:
    """What holds for the whole of a tick."""

    now: datetime
    business: Business
    milliseconds_left: Callable[[], int]


def tick(*, milliseconds_left: Callable[[], int]) -> int:
    """Order every greeting whose hour has come and that has no outcome; how many. Ordering twice does no harm.

    Stops in time before the invocation ends; the next tick goes on at the same place.
    """
    present = _Tick(clock.now(), business_service.current(), milliseconds_left)
    days, ordered = rules.days_to_look_at(present.now), 0
    watched = service.watched(since=clock.instant(present.now - rules.CATCH_UP))
    desks = [Desk(rule, audience.group_of(rule), present.now, present.business) for rule in watched]
    stored = GreetingDay.since(days[0]) if desks else {}
    try:
        # What is today comes first: who is late already can wait, who is due cannot.
        for day in reversed(days):
            for desk in desks:
                name = day.isoformat(), desk.rule.greeting_id
                known = stored.get("#".join(name)) or GreetingDay.keyed(*name)
                for count in _day(desk, day, known, present):
                    ordered += count
    except _BrokenOff as ended:
        logger().warning("broken off; the next tick goes on", because=str(ended), orders=ordered)
    logger().info("greetings ordered", rules=len(desks), orders=ordered)
    return ordered


def _day(desk: Desk, day: date, known: GreetingDay, present: _Tick) -> Iterator[int]:
    """Look through one date for one rule; yields how many were ordered, chunk by chunk."""
    in_force_since = datetime.fromisoformat(desk.rule.in_force_since)
    if known.closed_at or rules.is_over_everywhere(day, now=in_force_since):
        return
    planned = desk.rule.occasion == rules.FEAST
    before = known.done
    for look in passes(desk.rule, day, done=before, now=present.now, business=present.business):
        yield from _look(look, desk, known, present)
        # Kept with the place of a later pass that is broken off, so that the next tick does not begin all over.
        known.done = look.name if planned else before
    if known.done != before and not known.closed_at:
        known.finish(now=present.now)


def _look(look: Pass, desk: Desk, known: GreetingDay, present: _Tick) -> Iterator[int]:
    resumed = known.broken_off == look.name
    after, has_open = (known.after, known.has_open) if resumed else (None, False)
    for chunk in audience.chunks(look.found(after)):
        orders = desk.orders(chunk)
        count = queue.put(orders)
        yield count
        has_open = has_open or bool(orders)
        if count < len(orders) and desk.rule.occasion == rules.FEAST:
            # A planned pass is not looked through again for hours: the next tick takes up whom there was no room for.
            known.break_off(look.name, after=after, has_open=has_open, now=present.now)
            raise _BrokenOff("the queue is full")
        after = chunk[-1].place
        if present.milliseconds_left() < _RESERVE_MS:
            known.break_off(look.name, after=after, has_open=has_open, now=present.now)
            raise _BrokenOff("no time is left")
    if look.closing and not has_open:
        known.close(now=present.now)
    elif resumed:
        known.finish(now=present.now)
