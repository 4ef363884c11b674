"""The published cases: on which local day and at what local time a greeting goes out (README.md in this folder)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.business.rules import Business
from crm.calendar import feasts, quiet
from crm.calendar.occasions import LARGE_PURCHASE, occurrence_on
from crm.greetings import plans
from crm.greetings.judgement import ENDED, Judged, Verdict, judge, verdict
from crm.greetings.models import PARTITION, Greeting
from crm.purchases import rules as purchases
from tests.support.shop import NO_FACTS

PUBLISHED = json.loads((Path(__file__).parent / "cases.json").read_text("utf-8"))
DEFAULTS, CASES = PUBLISHED["defaults"], PUBLISHED["cases"]
ALMANAC = timedelta(minutes=3)
EXACT = timedelta(0)
BEGINNING, END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
LONGEST_MOVE = 45


@dataclass(frozen=True)
class Known:
    """What is known of a customer from one moment to another."""

    since: datetime
    until: datetime
    profile: dict[str, Any]


@dataclass(frozen=True)
class World:
    """A case as the product's values."""

    business: Business
    rule: Greeting
    known: list[Known]
    outages: list[tuple[datetime, datetime]]

    def first_chance(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first moment from this one on that is neither quiet nor in an outage."""
        while later := self._ends(moment) or quiet.until(moment, zone=zone, business=self.business):
            moment = later
        return moment

    def _ends(self, moment: datetime) -> datetime | None:
        return next((until for since, until in self.outages if since <= moment < until), None)


def world(case: dict[str, Any]) -> World:
    settings = DEFAULTS["business"] | case.get("business", {})
    changed: dict[str, Any] = {"timezone": ZoneInfo(settings["timezone"])}
    changed |= {name: frozenset(settings[name]) for name in ("weekend", "holidays")}
    happens = case.get("happens", [])
    outages = [(moment(one["from"]), moment(one["until"])) for one in happens if one.get("outage")]
    rule = DEFAULTS["rule"] | case.get("rule", {})
    if "min_amount" in rule:
        rule |= {"min_amount": Decimal(rule["min_amount"])}
    greeting = Greeting(PARTITION, "GREETING#case", active=True, active_since="1980-01-01T00:00:00.000000Z", **rule)
    return World(Business("Shop", "en", **settings | changed), greeting, list(stages(case)), outages)


def stages(case: dict[str, Any]) -> Iterator[Known]:
    customer, since = DEFAULTS["customer"] | case["customer"], BEGINNING
    for change in [one for one in case.get("happens", []) if "customer" in one]:
        yield Known(since, moment(change["at"]), profile(customer))
        since, customer = moment(change["at"]), customer | change["customer"]
    yield Known(since, END, profile(customer))


def profile(customer: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = dict(NO_FACTS)
    for one in customer.get("purchases", []):
        amount = Decimal(one["amount"])
        facts = purchases.advance(facts, amount=amount, currency="USD", reporting_currency="USD", at=one["at"])
    if "last_contact_at" in customer:
        facts["last_contact_at"] = customer["last_contact_at"]
    known = {name: value for name, value in customer.items() if name not in {"purchases", "last_contact_at"}}
    return known | {"facts": facts}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def occurrences(world: World, first: date, last: date) -> list[str]:
    """The names of all occurrences whose greetings can go out from `first` to `last`."""
    occasion, away = plans.occasion_of(world.rule), timedelta(days=int(world.rule.offset_days))
    start, days = first - away - timedelta(days=LONGEST_MOVE), (last - first).days + 2 * LONGEST_MOVE
    if occasion.feast:
        years = range(start.year, (start + timedelta(days=days)).year + 1)
        return [name for year in years for _, name in feasts.days(occasion.feast, year=year)]
    by_day = not occasion.yearly or occasion.source == LARGE_PURCHASE
    step = 1 if by_day else 20
    return sorted({occurrence_on(start + timedelta(days=ahead), occasion) for ahead in range(0, days + step, step)})


def outcome(world: World, occurrence: str) -> tuple[str, Judged, datetime | None] | None:
    """What becomes of an occurrence: when it goes out, or None in place of that when it expires; None: nothing."""
    for known in world.known:
        judged = judge(
            world.rule, known.profile, occurrence=occurrence, belongs=True, now=known.since, business=world.business
        )
        if judged.verdict is Verdict.NOT_OWED or judged.plan is None:
            continue
        born = datetime.fromisoformat(known.profile["created_at"])
        chance = world.first_chance(max(known.since, judged.plan.begins, born), ZoneInfo(judged.timezone))
        if chance < known.until and verdict(judged.plan, chance) is Verdict.DUE:
            return occurrence, judged, chance
        passed = max(known.since, judged.plan.stops)
        if passed < min(known.until, judged.plan.over) and verdict(judged.plan, passed) in ENDED:
            return occurrence, judged, None
    return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['group']}: {case['name']}")
def test_a_greeting_goes_out_when_the_published_case_says(case: dict[str, Any]) -> None:
    told, (first, last) = world(case), map(date.fromisoformat, case["period"])
    found = [outcome(told, name) for name in occurrences(told, first, last)]
    here = [one for one in found if one and first <= on_day(one) <= last]
    sent = [(name, at.astimezone(ZoneInfo(judged.timezone))) for name, judged, at in here if at]
    expected = [(one["occurrence"], datetime.fromisoformat(one["at"])) for one in case["sends"]]
    assert [name for name, _ in sent] == [name for name, _ in expected], sent
    within = ALMANAC if case["group"] == "sabbath" else EXACT
    for (_, at), (_, wanted) in zip(sent, expected, strict=True):
        assert abs(at - wanted) <= within, (at.isoformat(), wanted.isoformat())
        assert at.utcoffset() == wanted.utcoffset()
    assert [name for name, _, at in here if at is None] == case.get("expired", [])


def on_day(found: tuple[str, Judged, datetime | None]) -> date:
    _, judged, at = found
    if at:
        return at.astimezone(ZoneInfo(judged.timezone)).date()
    assert judged.planned_on
    return judged.planned_on


def test_there_are_cases_enough_and_each_has_a_name_of_its_own() -> None:
    assert len({(case["group"], case["name"]) for case in CASES}) == len(CASES) >= 150
