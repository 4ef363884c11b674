"""The customers of a history as its clerk writes them, and the rules of its groups with a predicate by hand for each.

Nothing here uses the code that is being tried: items are written and read attribute by attribute.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crm.core import table

Key = tuple[str, str]
Item = Mapping[str, Any]
RuleText = Mapping[str, Any]
LEAP = "--02-29"
TEA = "tea"


@dataclass(frozen=True)
class Person:
    """What a history knows of a customer. `teas`: the days on which tea was bought, once each."""

    id: str
    name: str = "Asma"
    spent: str = "0"
    language: str | None = None
    owner: str | None = None
    birthday: str | None = None
    teas: tuple[date, ...] = ()
    groups: frozenset[str] = frozenset()

    @property
    def key(self) -> Key:
        return f"CUSTOMER#{self.id}", "PROFILE"

    def item(self, *, groups: Any = None) -> dict[str, Any]:
        """The profile as it is stored; a sum that is no number is what cannot be projected."""
        shown = {"name": self.name, "language": self.language, "owner": self.owner, "birthday": self.birthday}
        facts: dict[str, Any] = {"spent": {"S": "broken"} if self.spent == "broken" else {"N": self.spent}}
        facts |= {"purchases": {"N": str(len(self.teas))}, "interactions": {"N": "0"}}
        if self.teas:
            facts["last_purchase_at"] = {"S": f"{max(self.teas)}T07:00:00.000000Z"}
        known = table.to_item({**shown, "kind": "person", "version": 1, "revision": 1})
        return {**low(self.key), **known, "facts": {"M": facts}, **({"groups": groups} if groups else {})}

    def bought(self) -> dict[str, Any]:
        """What stands beside the profile."""
        baskets = {day.isoformat(): {"": ["1", "1", "5"], TEA: ["1", "1", "5"]} for day in self.teas}
        kept = zlib.compress(json.dumps({"days": baskets, "before": {}}).encode())
        return {**low((self.key[0], "BOUGHT")), "kept": {"B": kept}}

    def age(self, day: date) -> int | None:
        """Full years on a day; who was born on 29 February turns on the 28th in other years."""
        if self.birthday is None:
            return None
        return day.year - int(self.birthday[:4]) - (day < birthday_in(day.year, self.birthday))


def birthday_in(year: int, birthday: str) -> date:
    """The day of a year on which a birthday is kept."""
    month, day = int(birthday[5:7]), int(birthday[8:])
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return date(year, month, 28 if (month, day) == (2, 29) and not is_leap else day)


def people(truth: Mapping[Key, Item]) -> dict[str, Person]:
    """Who is in the truth, by id."""
    found = {}
    for (pk, sk), item in truth.items():
        if sk == "PROFILE":
            customer = pk.removeprefix("CUSTOMER#")
            texts = {name: item[name]["S"] for name in ("name", "language", "owner", "birthday") if name in item}
            spent = item["facts"]["M"]["spent"].get("N", "broken")
            teas = _teas(truth.get((pk, "BOUGHT")))
            groups = frozenset(item.get("groups", {}).get("SS", ()))
            found[customer] = Person(customer, spent=spent, teas=teas, groups=groups, **texts)
    return found


def _teas(bought: Item | None) -> tuple[date, ...]:
    if bought is None:
        return ()
    return tuple(date.fromisoformat(day) for day in json.loads(zlib.decompress(bought["kept"]["B"]))["days"])


Predicate = Callable[[Person, date], bool]
TIMELESS: list[tuple[RuleText, Predicate]] = [
    ({"field": "facts.spent", "op": "ge", "value": "100"}, lambda p, _: Decimal(p.spent) >= 100),
    ({"field": "language", "op": "eq", "value": "ur"}, lambda p, _: p.language == "ur"),
    ({"not": {"field": "language", "op": "eq", "value": "ur"}}, lambda p, _: p.language != "ur"),
    (
        {
            "any": [
                {"field": "facts.spent", "op": "lt", "value": 100},
                {"field": "language", "op": "in", "value": ["ur"]},
            ]
        },
        lambda p, _: Decimal(p.spent) < 100 or p.language == "ur",
    ),
]
TIMED: list[tuple[RuleText, Predicate]] = [
    (
        {"field": "birthday", "op": "anniversary_in", "value": "month"},
        lambda p, day: p.birthday is not None and p.birthday[5:7] == f"{day:%m}",
    ),
    (
        {"field": "facts.last_purchase_at", "op": "older_than", "value": "P30D"},
        lambda p, day: bool(p.teas) and max(p.teas) + timedelta(days=30) <= day,
    ),
    ({"field": "age", "op": "ge", "value": 40}, lambda p, day: (p.age(day) or 0) >= 40),
    (
        {"field": "purchases", "product": "Tea", "within": "P30D", "measure": "count", "op": "ge", "value": 2},
        lambda p, day: sum(bought + timedelta(days=30) > day for bought in p.teas) >= 2,
    ),
]
_BY_TEXT = {json.dumps(rule): predicate for rule, predicate in (*TIMELESS, *TIMED)}
_TIMELESS = {json.dumps(rule) for rule, _ in TIMELESS}


def made_of(group: str) -> RuleText:
    """A rule that names another group."""
    return {"all": [{"field": "segment", "op": "eq", "value": group}, TIMELESS[1][0]]}


def predicate_of(text: str, rules: Mapping[str, str]) -> Predicate:
    """Who belongs under the text of a rule; `rules` are the texts of all groups by id."""
    if text in _BY_TEXT:
        return _BY_TEXT[text]
    rule = json.loads(text)
    if "all" in rule:
        named = rule["all"][0]["value"]
        inner = predicate_of(rules[named], rules)
        return lambda p, day: inner(p, day) and p.language == "ur"
    picked = rule["value"]
    return lambda p, _: picked in p.groups


def is_timeless(text: str) -> bool:
    """Whether what a rule asks of somebody who never changes never changes either."""
    return text in _TIMELESS


def low(key: Key) -> dict[str, Any]:
    """A key as the low-level calls have it."""
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
