"""What a new day costs when time alone changes the answer for some customers, beside a crowd for whom it does not."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from crm.core import clock, table
from crm.core.config import settings
from crm.segments import filling
from crm.segments import service as segments
from crm.views import refresh, upkeep
from crm.views.upkeep import Duty
from tests.support import crowd, flow
from tests.support.meter import Cost, metered
from tests.support.samples import FACTS, PROFILE

if TYPE_CHECKING:
    from tests.support.shop import Shop

RULE = {"field": "facts.last_purchase_at", "op": "older_than", "value": "P90D"}
DUE = 100


def prepare(shop: Shop, *, customers: int, due: int = DUE) -> None:
    """A group of who has bought nothing for 90 days; so many join it tomorrow, and everybody else on other days."""
    shop.at("2026-11-22T04:00Z")
    segments.register(name="Lapsed", rule=RULE, caller="bench", idempotency_key=None)
    filling.make_live(swept_epoch=1)
    begin_day()
    tomorrow = clock.now().date() + timedelta(days=1)
    keys = [(f"CUSTOMER#due{number:04}", "PROFILE") for number in range(due)]
    for key in keys:
        profile = _profile(key, last_purchase=tomorrow - timedelta(days=90))
        table.client().put_item(TableName=settings().crm_table, Item=table.to_item(profile))
    assert not refresh.refresh_batch(keys)
    crowd.add_profiles(
        _profile((f"CUSTOMER#crowd{number}", "PROFILE"), last_purchase=tomorrow - timedelta(days=number % 85))
        for number in range(customers - due)
    )


def next_day(shop: Shop) -> Cost:
    """The first tick after midnight, and the job that it queues."""
    shop.wait(days=1)
    with metered() as cost:
        begin_day()
    return cost


def begin_day() -> None:
    """A tick whose only duty is to wake who changes by time, and what follows from it."""
    upkeep.tick([Duty("wake")])
    flow.do_jobs()


def _profile(key: tuple[str, str], *, last_purchase: date) -> dict[str, object]:
    at = clock.instant(datetime.combine(last_purchase, time(12), tzinfo=clock.now().tzinfo))
    known = {name: value for name, value in PROFILE.items() if name != "birthday"}
    return known | {"pk": key[0], "sk": key[1], "facts": FACTS | {"last_purchase_at": at}}
