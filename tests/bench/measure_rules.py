"""CPU of asking one customer twenty rules of many kinds, beside `json.loads` of a stream record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from crm.criteria import bought
from crm.criteria.rules import compiled
from crm.criteria.standing import Moment
from tests.bench.figure import Figure, seconds
from tests.support.samples import FACTS, PROFILE

RECORD = Path(__file__).resolve().parents[2] / "events" / "projector" / "segment_changed.json"
DAY = date(2026, 11, 22)
CUTS = {name: tuple(map(Decimal, (10, 30, 90, 200))) for name in ("recency", "frequency", "money")}
TIMES = 2000


def _asked(field: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, **more}


RULES: list[dict[str, Any]] = [
    {"all": [_asked("facts.spent", "ge", "10.00"), _asked("language", "eq", "ur")]},
    _asked("facts.last_purchase_at", "older_than", "P90D"),
    _asked("birthday", "anniversary_in", "month"),
    {"all": [_asked("age", "between", [18, 40]), _asked("consent.marketing", "ne", False)]},
    {"all": [_asked("patterns.recency", "ge", 4), _asked("patterns.money", "ge", 4)]},
    _asked("patterns.lateness", "ge", 2),
    _asked("joined_on", "older_than", "P1Y"),
    _asked("purchases", "ge", 1, product="tea", within="P90D"),
    {"any": [_asked("tags", "contains", "gold"), _asked("name", "contains", "khan")]},
    _asked("custom.warranty_ends", "within_next", "P2M"),
]


def measure() -> Iterator[Figure]:
    criteria = [compiled(rule) for rule in RULES * 2]
    moment = Moment(DAY, cuts=CUTS)
    record = RECORD.read_text("utf-8")
    reference = seconds(lambda: json.loads(record), times=TIMES)
    people = iter([_somebody(number) for number in range(TIMES)])

    def ask() -> None:
        somebody = next(people)
        for criterion in criteria:
            criterion.at(somebody, moment)

    yield Figure(
        name="twenty rules of one customer",
        ours=seconds(ask, times=TIMES),
        reference=reference,
        reference_name="json.loads of a record",
    )


def _somebody(number: int) -> dict[str, Any]:
    day = DAY - timedelta(days=number % 700)
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).isoformat()
    amounts = (Decimal(1), Decimal(2), Decimal(number))
    kept = bought.packed(bought.Bought({day: {"": amounts, "tea": amounts}}, {}))
    facts = FACTS | {"last_purchase_at": at, "purchases": Decimal(1 + number % 9)}
    birthday = f"{1940 + number % 60}-{1 + number % 12:02}-{1 + number % 28:02}"
    return PROFILE | {"name": f"Person {number}", "birthday": birthday, "facts": facts, "bought": {"kept": kept}}
