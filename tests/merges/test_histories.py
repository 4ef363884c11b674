"""Random histories of customers, purchases, talks, merges and undoings, beside a model that only keeps lists."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from crm.core import table
from crm.core.config import settings
from tests.merges.merging import buy, merge, new, shown, talk, timeline, undo
from tests.support.rows import all_items
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop

SEEDS = range(12)
STEPS = 14


@dataclass
class Model:
    """Whose each event is, and who stands for whom: an event stays with whom it was recorded, or came to by a merge."""

    events: dict[str, dict[str, tuple[str, Decimal]]] = field(default_factory=dict)
    stands: dict[str, str] = field(default_factory=dict)
    merges: list[tuple[str, str, str, set[str]]] = field(default_factory=list)

    def whose(self, customer: str) -> str:
        while self.stands[customer] != customer:
            customer = self.stands[customer]
        return customer

    def standing(self) -> list[str]:
        return sorted(one for one, other in self.stands.items() if one == other)

    def merge(self, merge_id: str, into: str, old: str) -> None:
        self.merges.append((merge_id, into, old, set(self.events[old])))
        self.events[into] |= self.events.pop(old)
        self.stands[old] = into

    def can_be_undone(self) -> list[tuple[str, str, str, set[str]]]:
        return [one for one in self.merges if self.stands[one[1]] == one[1]]

    def undo(self, known: tuple[str, str, str, set[str]]) -> None:
        _, into, old, came = known
        self.merges.remove(known)
        self.events[old] = {event: self.events[into].pop(event) for event in came}
        self.stands[old] = old


@pytest.mark.parametrize("seed", SEEDS)
def test_facts_totals_and_timelines_are_those_of_the_model(quick_shop: Shop, seed: int) -> None:
    chance, model, api = random.Random(seed), Model(), Api()  # noqa: S311 - repeatable on purpose
    for _ in range(STEPS):
        step(api, model, chance)
        agree(api, model)


def step(api: Api, model: Model, chance: random.Random) -> None:
    known, standing = sorted(model.stands), model.standing()
    what = chance.choice(["new", "buy", "buy", "talk", "merge", "merge", "undo"]) if len(standing) > 1 else "new"
    if what == "new":
        customer = new(api, f"Person {len(known)}", email=f"p{len(known)}@example.com")
        model.stands[customer], model.events[customer] = customer, {}
    elif what in ("buy", "talk"):
        given = chance.choice(known)
        amount = Decimal(chance.randrange(1, 500)) / 100 if what == "buy" else Decimal(0)
        at = f"2026-01-{chance.randrange(1, 28):02}T10:00:00Z"
        made = buy(api, given, str(amount), at=at) if what == "buy" else talk(api, given, at=at)
        assert made.status == 201, made.body
        model.events[model.whose(given)][made.body["id"]] = (what, amount)
    elif what == "merge":
        into, old = chance.sample(standing, 2)
        model.merge(merge(api, into, old), into, old)
    elif model.can_be_undone():
        chosen = chance.choice(model.can_be_undone())
        undo(api, chosen[0])
        model.undo(chosen)


def agree(api: Api, model: Model) -> None:
    for customer in model.stands:
        whose = model.whose(customer)
        found, events = shown(api, customer), model.events[whose]
        assert found["id"] == whose
        assert sorted(timeline(api, customer)) == sorted(events)
        facts: dict[str, Any] = found["facts"]
        bought = [amount for what, amount in events.values() if what == "buy"]
        assert (Decimal(facts["spent"]), facts["purchases"]) == (sum(bought), len(bought))
        assert facts["interactions"] == len(events) - len(bought)
        largest = [Decimal(one["amount"]) for one in facts["largest_purchases"]]
        assert largest == sorted(bought, reverse=True)[:10]
    profiles = [table.from_item(item) for item in all_items() if item["sk"]["S"] == "PROFILE"]
    assert len(profiles) == len(model.standing())
    everything = [amount for events in model.events.values() for _, amount in events.values()]
    assert sum(one["facts"]["spent"] for one in profiles) == sum(everything)
    assert settings().reporting_currency == "USD"
