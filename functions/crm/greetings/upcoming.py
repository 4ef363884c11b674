"""Who will be greeted in the coming days, and who will not and why, read from the calendar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from crm.business import service as business_service
from crm.business.rules import Business
from crm.calendar import rules as calendar_rules
from crm.core import clock
from crm.core.actor import Within
from crm.core.errors import ForeignCursor
from crm.core.paging import Page, PageRequest
from crm.greetings import audience
from crm.greetings import rules as greeting_rules
from crm.greetings.audience import Group
from crm.greetings.models import Greeting
from crm.greetings.passes import celebrating
from crm.greetings.prospects import Forecast, Prospect, switched_on

# A page asks the calendar at most for so many days of rules; a sparse calendar then ends the page early.
_ASKS = 200
# And at most for so many customers, of whom few or none may be in the rule's group.
_LOOKS = 2000
_SMALLEST_BATCH = 25


@dataclass(frozen=True)
class _Ask:
    """One local day under one rule, and its place in the order of the list."""

    day: date
    rule: Greeting
    group: Group

    @property
    def place(self) -> str:
        return f"{self.day.isoformat()}~{self.rule.send_at}~{self.rule.greeting_id}"


def page(rules: list[Greeting], request: PageRequest, *, days: int, within: Within | None = None) -> Page[Prospect]:
    """Greetings under the rules on the business's today and the days after it, `days` in all, in order of the day.

    First come those of the day before, for customers with whom it still lasts. A rule that is switched off is shown
    as if it were switched on now; who is out of reach is not shown. The cap counts what has been sent and what stands
    before on the same page.
    """
    business, now = business_service.current(), clock.now()
    forecast, found, looks = Forecast(now, business), list[Prospect](), 0
    begun, after = _start(request)
    for asked, ask in enumerate(_asks([switched_on(rule, now=now) for rule in rules], days, begun, business)):
        if asked == _ASKS:
            return Page(found, request.cursor_at(f"{ask.place}^"))
        for prospect, place in _on(ask, after if ask.place == begun else None, forecast, request.limit - len(found)):
            found += [prospect] if prospect and (within is None or within.holds(prospect.profile.get("owner"))) else []
            looks += 1
            if len(found) >= request.limit or looks >= _LOOKS:
                return Page(found, request.cursor_at(f"{ask.place}^{place}"))
    return Page(found, None)


def foreseen(rules: list[Greeting], *, days: int, forecast: Forecast) -> Iterator[Prospect | None]:
    """The same without pages; None for whom no rule will greet, and at the end of each day of a rule."""
    for ask in _asks(rules, days, "", forecast.business):
        for prospect, _ in _on(ask, None, forecast, audience.LARGEST_BATCH):
            yield prospect
        yield None


def _start(request: PageRequest) -> tuple[str, str | None]:
    if request.after is None:
        return "", None
    begun, mark, place = request.after.partition("^")
    if not mark:
        raise ForeignCursor.at("cursor")
    return begun, place or None


def _asks(rules: list[Greeting], days: int, begun: str, business: Business) -> Iterator[_Ask]:
    """What to ask, in order, from where the page before ended."""
    now = clock.now()
    today = calendar_rules.local_date(now, business.timezone)
    first = min(today, greeting_rules.earliest_today(now))
    groups = {rule.greeting_id: audience.group_of(rule) for rule in rules}
    for day in calendar_rules.days_from(first, days + (today - first).days):
        for rule in sorted(rules, key=lambda rule: (rule.send_at, rule.greeting_id)):
            ask = _Ask(day, rule, groups[rule.greeting_id])
            if ask.place >= begun:
                yield ask


def _on(ask: _Ask, after: str | None, forecast: Forecast, few: int) -> Iterator[tuple[Prospect | None, str]]:
    found = celebrating(ask.rule, ask.day, after=after, business=forecast.business)
    for chunk in audience.chunks(found, min(max(few, _SMALLEST_BATCH), audience.LARGEST_BATCH)):
        yield from forecast.of(ask.rule, ask.group, chunk)
