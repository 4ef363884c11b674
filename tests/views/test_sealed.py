"""What is as it was is told from its seal, without reading the state; and never where something has changed."""

from __future__ import annotations

from decimal import Decimal
from unittest import mock

from crm.core import table
from crm.core.projection import Projected
from crm.views import counting, refresh, state
from crm.views.difference import steps
from crm.views.state import NO_STATE, is_sealed, to_values
from tests.support.world import Api

ENTRY = {"id": "c1", "name": "Sara"}


def test_a_change_of_one_field_reads_only_the_states_that_it_concerns(api: Api) -> None:
    sara = api.post("/customers", {"name": "Sara", "language": "ur"}).body["id"]
    refresh.refresh(f"CUSTOMER#{sara}", "PROFILE")
    assert states_read(sara) == 1
    changed = api.patch(f"/customers/{sara}", {"language": "he"}, headers={"If-Match": "1"})
    assert changed.status == 200
    # Lists, contact and search show the language, the finder of duplicates the change, the calendar neither;
    # of groups there is no state to have a seal.
    assert states_read(sara) == 5


def states_read(customer: str) -> int:
    with mock.patch.object(refresh, "from_raw", wraps=state.from_raw) as read:
        refresh.refresh(f"CUSTOMER#{customer}", "PROFILE")
    return read.call_count


def test_other_entries_or_a_sum_break_the_seal() -> None:
    was = Projected({("A", "1"): ENTRY, ("B", "1"): ENTRY})
    (step,) = steps(("c", "PROFILE"), "lists", state=NO_STATE, wanted=was, epoch=1)
    stored = table.to_item(to_values(step.after))
    assert is_sealed(stored, was)
    for now in (
        Projected({("A", "1"): ENTRY}),
        Projected({("A", "1"): ENTRY, ("B", "2"): ENTRY}),
        Projected({("A", "1"): ENTRY, ("B", "1"): {**ENTRY, "name": "Tara"}}),
        Projected(was.listings, totals={("T", "sum"): {"members": Decimal(1)}}),
        Projected(),
    ):
        assert not is_sealed(stored, now)


def test_a_sum_is_sealed_with_the_entries() -> None:
    was = Projected({("A", "1"): ENTRY}, totals={("T", "sum"): {"members": Decimal(1)}})
    (step,) = steps(("c", "PROFILE"), "calendar", state=NO_STATE, wanted=was, epoch=1)
    stored = table.to_item(to_values(step.after))
    assert is_sealed(stored, was)
    for now in (
        Projected(was.listings),
        Projected(was.listings, totals={("T", "sum"): {"members": Decimal(2)}}),
        Projected(was.listings, totals={("T", "other"): {"members": Decimal(1)}}),
        counting.under(was, (0, 1)),
        counting.under(was, (1,)),
    ):
        assert not is_sealed(stored, now)


def test_a_state_with_several_sums_or_one_half_way_has_no_seal() -> None:
    totals = {("T", name): {"members": Decimal(1)} for name in ("sum", "by")}
    (step,) = steps(("c", "PROFILE"), "segments", state=NO_STATE, wanted=Projected(totals=totals), epoch=1)
    assert "seal" not in to_values(step.after)
    many = Projected({("A", str(number)): ENTRY for number in range(200)})
    found = steps(("c", "PROFILE"), "lists", state=NO_STATE, wanted=many, epoch=1)
    assert [bool(step.after.seal) for step in found] == [False, False, True]
