"""What is written for a change of one item: entries with their source, sums, who joined and left, a small state."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any

import pytest

from crm.core import table
from crm.core.projection import FLOW, SUM, Projected
from crm.views import difference, transaction
from crm.views.difference import Step, steps
from crm.views.state import NO_STATE, State, from_raw, state_key, to_values
from tests.support.units import item_size

KEY = ("CUSTOMER#0123456789abcdef0123456789abcdef", "PROFILE")
WRITE_UNIT = 1024


def member_of(count: int, *, customer: str = "0123456789abcdef0123456789abcdef", spent: str = "12550.75") -> Projected:
    """A member of so many groups as crm.segments.projection makes it: three entries and two sums in each."""
    places = {
        "name": f"asma begum khan#{customer}",
        "money": f"{spent}#{customer}",
        "contact": f"2026-11-20#{customer}",
    }
    entries: dict[str, dict[str, Any]] = {sort: {"id": customer} for sort in places}
    entries["name"] |= {"name": "Asma Begum Khan", "email": "asma.begum.khan@example.org", "language": "ur"}
    sums = {"members": Decimal(1), "spent": Decimal(spent), "purchases": Decimal(17), "interactions": Decimal(23)}
    spread = {"language:ur": Decimal(1), "owner:sales": Decimal(1), "income:high": Decimal(1)}
    epochs = range(120, 120 + count * 7, 7)
    return Projected(
        {(f"SEGMENT#{epoch}#{sort}", place): entries[sort] for sort, place in places.items() for epoch in epochs},
        {(f"TOTAL#SEGMENT#{epoch}", name): part for name, part in ((SUM, sums), ("by", spread)) for epoch in epochs},
    )


def planned(wanted: Projected, *, state: State = NO_STATE) -> list[Step]:
    return steps(KEY, "segments", state=state, wanted=wanted, epoch=1)


def test_a_state_is_read_as_it_was_written() -> None:
    state = planned(member_of(20))[-1].after
    assert from_raw(table.to_item(to_values(state))) == state


def test_the_state_of_a_member_of_twenty_groups_takes_one_write_unit() -> None:
    state = planned(member_of(20, customer=secrets.token_hex(16)))[-1].after
    pk, sk = state_key(KEY, "segments")
    assert item_size(table.to_item({"pk": pk, "sk": sk, **to_values(state)})) <= WRITE_UNIT


def test_who_joins_and_leaves_a_group_is_counted_beside_its_sum_and_nothing_else_is() -> None:
    (joining,) = planned(member_of(1))
    flow = ("TOTAL#SEGMENT#120", FLOW)
    assert joining.amounts[flow] == {"joined": Decimal(1)}
    assert {name for _, name in joining.amounts} == {SUM, "by", FLOW}
    (changing,) = planned(member_of(1, spent="1"), state=joining.after)
    assert flow not in changing.amounts
    (leaving,) = planned(Projected(), state=changing.after)
    assert leaving.amounts[flow] == {"left": Decimal(1)}
    assert leaving.after == NO_STATE


def test_entries_name_the_item_they_are_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIEWS_TABLE", "views")
    puts = [write["Put"]["Item"] for write in transaction._writes(planned(member_of(1))) if "Put" in write]
    assert [item["of"]["S"] for item in puts if item["pk"]["S"].startswith("SEGMENT#")] == [
        f"{'|'.join(KEY)}|segments"
    ] * 3


def test_a_large_difference_is_cut_and_each_state_says_what_is_applied_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference, "MOST_WRITES", 10)
    wanted = member_of(5)
    found = planned(wanted)
    assert all(step.own_size + len(step.amounts) <= 10 for step in found)
    assert [step.before for step in found[1:]] == [step.after for step in found[:-1]]
    assert planned(wanted, state=found[0].after)
    assert planned(wanted, state=found[-1].after) == []


def test_sums_of_many_items_stand_apart_so_that_all_share_one_write_of_each() -> None:
    first = planned(member_of(20))[-1].after
    found = steps(KEY, "segments", state=first, wanted=member_of(20, spent="1"), epoch=1, sums_apart=True)
    assert [(step.number, bool(step.puts), bool(step.amounts)) for step in found] == [
        (0, True, False),
        (1, False, True),
    ]
    assert found[1].before == found[0].after


def test_steps_share_a_transaction_and_pay_for_a_common_sum_once() -> None:
    one = planned(member_of(20))[-1].after
    changes = [
        Step((f"CUSTOMER#{number}", "PROFILE"), "segments", one, one, amounts={("TOTAL#X", SUM): {"spent": Decimal(1)}})
        for number in range(89)
    ]
    assert [len(pack) for pack in transaction.packs(changes, alone=())] == [89]
    assert [len(pack) for pack in transaction.packs([*changes, changes[0]], alone=())] == [89, 1]
    assert [len(pack) for pack in transaction.packs(changes[:3], alone={changes[1].key})] == [1, 1, 1]
