"""What a change of a member of twenty groups writes: units, which are the same on every machine. See `make bench`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crm.core import table
from tests.support import faults, members

if TYPE_CHECKING:
    from tests.support.members import Key

CUSTOMERS = 60


@pytest.fixture
def keys(world: None, monkeypatch: pytest.MonkeyPatch) -> list[Key]:
    """Sixty members of twenty groups, projected."""
    monkeypatch.setattr(table, "_FIRST_PAUSE_SECONDS", 0)
    return members.prepare(monkeypatch, customers=CUSTOMERS)


def test_what_a_change_writes(keys: list[Key]) -> None:
    members.change(keys, members.late_call)
    sums = members.project(keys)
    assert sums.write_units / CUSTOMERS <= 3.0, sums.written
    assert sums.written.keys() == {"STATE", "TOTAL"}

    members.change(keys, members.purchase)
    purchase = members.project(keys)
    moved = members.moved(purchase)
    assert moved == 21 * CUSTOMERS, "in each group by money, and the day of the purchase"
    assert purchase.write_units <= 3.0 * CUSTOMERS + 5 * moved, purchase.written

    unchanged = members.project(keys)
    assert unchanged.write_units == 0
    # Six families of states, the item, and once for all: the rules, and whether anything is parked.
    assert unchanged.read_units <= 7 * CUSTOMERS + 3

    members.change(keys[:1], lambda facts: members.late_call(members.purchase(facts)))
    burst = members.project(keys[:1] * 100)
    assert burst.calls["TransactWriteItems"] == 1
    assert burst.write_units == 2 + 2 * members.GROUPS


def test_conflicts_and_throttles_are_waited_out(keys: list[Key]) -> None:
    members.change(keys, members.purchase)
    conflicts = faults.refusing("TransactWriteItems", error=faults.conflict(items=3), times=4)
    throttles = faults.refusing(error=faults.throttled(), times=6)
    with throttles as throttled, conflicts as conflicted:
        members.project(keys)
    assert (len(throttled), len(conflicted)) == (6, 4)
    assert members.project(keys).write_units == 0
