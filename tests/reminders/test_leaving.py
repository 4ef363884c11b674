"""Reminders of who works here no more go to who takes their place, once; else they are shown, and mailed to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.routing.office import answered, changed, customer, staffed
from tests.support import faults
from tests.support.cloud import Cloud

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(NOW).running() as running:
        staffed(running.api)
        yield running


def reminder(cloud: Cloud, **fields: Any) -> str:
    told = {"to": "staff", "staff": "mira", "at": "2026-11-22T18:00", "timezone": "UTC", "subject": "Call", **fields}
    return str(answered(cloud.api.post("/reminders", told), 201)["id"])


def mailed(cloud: Cloud, **span: float) -> list[str]:
    before = len(cloud.post.accepted)
    cloud.live(until=cloud.now + timedelta(**span))
    return [mail.to.partition("@")[0] for mail in cloud.post.accepted[before:]]


def stands(cloud: Cloud, reminder_id: str) -> tuple[Any, ...]:
    found = answered(cloud.api.get(f"/reminders/{reminder_id}"), 200)
    return found["staff"], found["state"], found["unassigned"]


def test_the_substitute_has_them_from_then_on(cloud: Cloud) -> None:
    one = reminder(cloud)
    changed(cloud.api, "mira", inactive=True, substitute="ravi")
    cloud.settle()
    assert stands(cloud, one) == ("ravi", "pending", False)
    assert mailed(cloud, days=1) == ["ravi"]


def test_else_who_looks_after_the_customer_and_a_substitute_who_comes_later(cloud: Cloud) -> None:
    zoyas = customer(cloud.api, owner="zoya")["id"]
    about, alone = reminder(cloud, customer_id=zoyas), reminder(cloud)
    mailed(cloud, hours=1)
    changed(cloud.api, "mira", inactive=True)
    cloud.settle()
    assert (stands(cloud, about), stands(cloud, alone)) == (("zoya", "pending", False), ("mira", "pending", True))
    changed(cloud.api, "mira", substitute="omar")
    cloud.settle()
    assert stands(cloud, alone) == ("omar", "pending", False)
    assert sorted(mailed(cloud, days=1)) == ["omar", "zoya"]


def test_where_nobody_takes_their_place_it_is_mailed_to_nobody_and_shown(cloud: Cloud) -> None:
    one = reminder(cloud)
    changed(cloud.api, "mira", inactive=True)
    assert mailed(cloud, days=1) == []
    assert stands(cloud, one) == ("mira", "withheld", True)
    assert "give it to somebody else" in cloud.api.get(f"/reminders/{one}").body["reason"]


def test_who_is_back_or_only_away_keeps_what_is_theirs(cloud: Cloud) -> None:
    one = reminder(cloud)
    changed(cloud.api, "mira", inactive=True)
    changed(cloud.api, "mira", inactive=False, away_from="2026-11-01", substitute="ravi")
    cloud.settle()
    assert (stands(cloud, one), mailed(cloud, days=1)) == (("mira", "pending", False), ["mira"])


def test_whatever_dies_it_is_given_and_mailed_once(every: int) -> None:
    for crash in faults.crash_points(first=1 + every, every=every * 5):
        with Cloud(NOW).running() as cloud:
            staffed(cloud.api)
            one = reminder(cloud)
            with crash:
                changed(cloud.api, "mira", inactive=True, substitute="ravi")
                cloud.settle()
            changed(cloud.api, "mira", inactive=True, substitute="ravi")
            sent = mailed(cloud, days=1)
            assert (stands(cloud, one)[0], sent) == ("ravi", ["ravi"]), crash
