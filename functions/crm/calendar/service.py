"""Who is due: reads of the calendar that the projector keeps. Each costs what it finds, not how many there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm.calendar import keys, rules
from crm.core import views
from crm.core.config import settings


@dataclass(frozen=True)
class Entry:
    """One customer's occasion. `since` is the year it began (of birth, of the first purchase), where known."""

    customer_id: str
    name: str
    since: int | None


def zones() -> list[str]:
    """The names of the zones that customers live in, in order; `-` stands for those without a zone of their own."""
    living: dict[str, int] = {}
    for item in views.each(keys.ZONES):
        zone = str(item["sk"]).rpartition("#")[0]
        living[zone] = living.get(zone, 0) + int(str(item.get("customers", 0)))
    return sorted(zone for zone, customers in living.items() if customers > 0)


def pages_of(occasion: str, *, zone: str, kept: Iterable[str]) -> list[str]:
    """The days of the year to ask for, in order, to find who celebrates on the days `kept` (`MM-DD`).

    First purchases of customers without a zone are kept by their day in UTC, since the business's zone may change;
    where the business is it can have been the day before or after.
    """
    if occasion != keys.PURCHASE_ANNIVERSARY or zone != rules.BUSINESS_ZONE:
        return sorted(kept)
    around = {date.fromisoformat(f"2000-{day}") + timedelta(days=away) for day in kept for away in (-1, 0, 1)}
    return sorted({f"{day:%m-%d}" for day in around})


def entries(
    *, occasion: str, month_day: str, zone: str, kept: Iterable[str], after: str | None = None
) -> Iterator[Entry]:
    """Customers on one of `pages_of` whose occasion falls on the days `kept`, by id, from after the given one."""
    for item in views.each(keys.occasion(occasion, month_day=month_day, zone=zone), after=after):
        day, since = month_day, item.get("year")
        if "at" in item:
            bought = datetime.fromisoformat(str(item["at"]))
            local = rules.local_date(bought, rules.zone_of(zone, business=settings().business_timezone))
            day, since = f"{local:%m-%d}", local.year
        if day in kept:
            yield Entry(str(item["sk"]), str(item.get("name", "")), int(str(since)) if since else None)
