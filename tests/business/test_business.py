"""What a business has decided stands over what its deployment says; what it has not, stays as deployed."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.business import service
from crm.business.models import PARTITION, SORT, Customs
from crm.business.rules import Place
from crm.core import config


@pytest.mark.usefixtures("world")
def test_without_a_decision_the_deployment_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATEST_HOUR", "19:30")
    config.settings.cache_clear()
    business = service.current()
    assert (business.name, business.timezone) == ("Corner Shop", ZoneInfo("Asia/Karachi"))
    assert (business.latest_hour, business.leap_day, business.weekend) == ("19:30", "02-28", frozenset({6, 7}))


@pytest.mark.usefixtures("world")
def test_a_decision_holds_from_the_next_read_on() -> None:
    place = {"latitude": Decimal("31.78"), "longitude": Decimal("35.22")}
    stamps: dict[str, Any] = {"version": 3, "updated_at": "2026-11-21T09:00:00.000000Z"}
    Customs(PARTITION, SORT, weekend=[5, 6], holidays=["--08-15"], place=place, leap_day="03-01", **stamps).save()
    business = service.current()
    assert (business.weekend, business.holidays, business.leap_day) == (
        frozenset({5, 6}),
        frozenset({"--08-15"}),
        "03-01",
    )
    assert (business.place, business.version, business.latest_hour) == (Place(31.78, 35.22), 3, "20:00")
