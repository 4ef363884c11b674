"""What a day of greetings costs: all ticks of it, and the mailer after each, beside a crowd who has no occasion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm.core import built, table
from crm.core.config import settings
from crm.core.projection import EDITION
from tests.support import crowd
from tests.support.meter import Cost, metered
from tests.support.world import know_the_mark_of_old

if TYPE_CHECKING:
    from tests.support.shop import Shop

DUE = 20
# Where those live who are due: the sun rises on them one after the other.
HOMES = ("Asia/Kathmandu", "Asia/Karachi", "Europe/Berlin", "America/New_York")


@dataclass(frozen=True)
class Day:
    """The costs of one day's ticks and of carrying out what they ordered, and how many mails went out."""

    ticks: Cost
    mailing: Cost
    mails: int


def prepare(shop: Shop, *, customers: int, zones: int) -> None:
    """A rule for birthdays, `DUE` customers with theirs on 21 November, and a crowd of others."""
    shop.at("2026-11-10T00:00Z").greeting()
    for number in range(DUE):
        home = HOMES[number % len(HOMES)]
        shop.customer(f"due{number}", birthday="1990-11-21", timezone=home)
    shop.views()
    crowd.add(customers - DUE, zone_names=crowd.zones(zones))
    mark_whole()


def mark_whole() -> None:
    """As in any installation older than a quarter of an hour, the views have their mark."""
    mark = {"pk": built.MARK[0], "sk": built.MARK[1], "build": 1, "count": 0, "is_whole": True, "edition": EDITION}
    table.client().put_item(TableName=settings().views_table, Item=table.to_item(mark))


def whole_day(shop: Shop, *, ticks_an_hour: int = 4) -> Day:
    """From midnight to midnight UTC."""
    ticks, mailing = Cost(), Cost()
    shop.at("2026-11-21T00:00Z")
    for _ in range(24 * ticks_an_hour):
        with metered() as cost:
            greet()
        ticks.add(cost)
        with metered() as cost:
            shop.deliver()
        mailing.add(cost)
        shop.wait(minutes=60 / ticks_an_hour)
    return Day(ticks, mailing, len(shop.post.accepted))


def idle(shop: Shop) -> Cost:
    """One tick on a day on which nobody is due."""
    shop.at("2026-08-01T12:15Z")
    mark_whole()
    with metered() as cost:
        assert greet() == 0
    return cost


def greet() -> int:
    """One tick of greetings alone, long after the one before."""
    from crm.greetings import due  # noqa: PLC0415 - after the settings are in place

    know_the_mark_of_old()
    return due.tick(milliseconds_left=lambda: 120_000)
