"""What is known of a customer, as conditions of rules that hold, and what becomes of customers. Pure.

A trait is the JSON of a condition, so whatever is found in traits is a rule already, and equal traits are equal texts.
What somebody bought is none: whoever buys often has bought more of everything, so every product would look remarkable.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.calendar.rules import local_date
from crm.core import text
from crm.criteria import courses
from crm.criteria.rules import compiled
from crm.criteria.standing import Moment

OUTCOMES: Mapping[str, Mapping[str, Any]] = {
    "spends_much": {"field": "patterns.money", "op": "ge", "value": 5},
    "comes_often": {"field": "patterns.frequency", "op": "ge", "value": 5},
    "came_lately": {"field": "patterns.recency", "op": "ge", "value": 5},
    "stays_away": {"field": "patterns.recency", "op": "le", "value": 1},
    "bought_once": {"field": "facts.purchases", "op": "eq", "value": 1},
}
"""What a group may be more of than others, by name: the best and the worst of the scores, and never coming back."""
_TEXTS = ("gender", "income_band", "payment_method", "purchase_purpose", "source")
_CODES = ("kind", "language", "owner")
_AGES = ((0, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 74), (75, 130))
_MOST_TAGS = 30
_LONGEST = 100
_TESTS = {name: compiled(rule) for name, rule in OUTCOMES.items()}


def traits(profile: Mapping[str, Any], *, moment: Moment) -> set[str]:
    """The conditions that hold of a customer."""
    return {json.dumps(one, sort_keys=True, ensure_ascii=False) for one in _conditions(profile, moment)}


def outcomes(profile: Mapping[str, Any], *, moment: Moment) -> set[str]:
    """The names of the outcomes that hold of a customer."""
    return {name for name, test in _TESTS.items() if test.at(profile, moment).member}


def days_since(profile: Mapping[str, Any], *, moment: Moment) -> Decimal:
    """Days since the last purchase of somebody who bought."""
    last = local_date(datetime.fromisoformat(profile["facts"]["last_purchase_at"]), moment.zone)
    return Decimal(max((moment.day - last).days, 0))


def _conditions(profile: Mapping[str, Any], moment: Moment) -> Iterator[dict[str, Any]]:
    for name in _TEXTS:
        if profile.get(name):
            yield {"field": name, "op": "eq", "value": text.loose_key(profile[name])[:_LONGEST]}
    for name in _CODES:
        if profile.get(name):
            yield {"field": name, "op": "eq", "value": profile[name]}
    for tag in sorted(map(text.loose_key, profile.get("tags") or ()))[:_MOST_TAGS]:
        yield {"field": "tags", "op": "contains", "value": tag[:_LONGEST]}
    yield from _of_age(profile, moment)


def _of_age(profile: Mapping[str, Any], moment: Moment) -> Iterator[dict[str, Any]]:
    course = courses.age(profile, moment)
    if course is not None and course.step >= 0:
        age = course.value(course.step)
        yield from ({"field": "age", "op": "between", "value": [*ages]} for ages in _AGES if ages[0] <= age <= ages[1])
