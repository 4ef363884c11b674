"""Sums are kept under numbers: what is counted anew stands beside what is read, and neither is ever wrong."""

from __future__ import annotations

from decimal import Decimal

from crm.core.projection import FLOW, SUM, Key, Projected
from crm.core.views import counted
from crm.views import counting
from crm.views.difference import Step, steps, steps_of_sums
from crm.views.state import NO_STATE, State

ITEM: Key = ("CUSTOMER#a", "PROFILE")
ONE = {"members": Decimal(1)}


def moved(state: State, wanted: Projected, *counts: int) -> tuple[State, dict[Key, dict[str, Decimal]]]:
    """The state after a projection under these numbers, and what was added to sums."""
    found = steps(ITEM, "segments", state=counting.kept(state, counts), wanted=counting.under(wanted, counts), epoch=1)
    return _after(found, state)


def _after(found: list[Step], state: State) -> tuple[State, dict[Key, dict[str, Decimal]]]:
    added = {key: dict(amounts) for step in found for key, amounts in step.amounts.items()}
    return (found[-1].after if found else state), added


IN = Projected(totals={("TOTAL#X", SUM): ONE})
OUT = Projected()


def test_a_second_number_is_filled_beside_the_first_and_nobody_joins_by_it() -> None:
    state, added = moved(NO_STATE, IN, 0)
    assert added == {("TOTAL#X", SUM): ONE, ("TOTAL#X", FLOW): {"joined": 1}}
    state, added = moved(state, IN, 0, 1)
    assert added == {("TOTAL#X", counted(SUM, 1)): ONE}
    _, added = moved(state, OUT, 0, 1)
    minus = {"members": Decimal(-1)}
    assert added == {
        ("TOTAL#X", SUM): minus,
        ("TOTAL#X", counted(SUM, 1)): minus,
        ("TOTAL#X", FLOW): {"left": 1},
    }


def test_a_number_that_is_no_longer_kept_is_forgotten_without_a_write() -> None:
    state, _ = moved(NO_STATE, IN, 0, 1)
    same, added = moved(state, IN, 1)
    assert (same, added) == (state, {})
    _, added = moved(state, OUT, 1)
    assert added == {("TOTAL#X", counted(SUM, 1)): {"members": Decimal(-1)}, ("TOTAL#X", FLOW): {"left": 1}}


def test_a_state_is_counted_as_it_is() -> None:
    state, _ = moved(NO_STATE, IN, 3)
    found = steps_of_sums(ITEM, "segments", state=state, totals=counting.recounted(state, (3, 4)))
    after, added = _after(found, state)
    assert added == {("TOTAL#X", counted(SUM, 4)): ONE}
    assert after.listings == state.listings
    assert moved(after, IN, 3, 4)[1] == {}


def test_sums_that_were_recounted_in_part_are_recounted_whole() -> None:
    one, two = {"members": Decimal(1)}, {"members": Decimal(2)}
    state = State("token", 1, {}, {("A", "sum"): one, ("B", "sum"): two, ("A", counted("sum", 1)): one})
    whole = {("A", "sum"): one, ("B", "sum"): two, ("A", counted("sum", 1)): one, ("B", counted("sum", 1)): two}
    assert counting.recounted(state, (0, 1)) == whole
