"""A merge or its undoing that is killed at any call ends done or not begun, and is made once when asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.merges.merging import shown
from tests.support import faults
from tests.support.rows import all_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.shop import Shop
from tests.merges.two import Two


def dying(shop: Shop, act: Callable[[Two], Any], *, every: int) -> Iterator[tuple[Two, str]]:
    """Worlds in which `act` dies before or after each of its calls, or loses its answer."""
    for crash in faults.crash_points(every=every):
        two = Two(shop)
        with crash:
            act(two)
        yield two, str(crash)
    for at in range(1, faults.MOST_CALLS, every):
        two = Two(shop)
        with faults.losing_answer(at=at) as calls:
            act(two)
        yield two, f"answer {at} lost"
        if len(calls) < at:
            return


def asked_and_carried(two: Two) -> None:
    two.ask()
    two.job()


def test_a_merge_that_is_killed_anywhere_is_made_once_when_it_is_asked_again(quick_shop: Shop, every: int) -> None:
    tried = 0
    for two, where in dying(quick_shop, Two.ask, every=every):
        before = shown(two.api, two.old)["id"]
        assert before in (two.old, two.into), where
        two.are_one(two.merge())
        assert sum(item["entity"]["S"] == "merge" for item in all_items()) == 1, where
        tried += 1
    assert tried > 30 // every


def test_the_carrying_over_killed_anywhere_and_delivered_again_loses_and_doubles_nothing(
    quick_shop: Shop, every: int
) -> None:
    tried = 0
    for two, _ in dying(quick_shop, asked_and_carried, every=every):
        two.ask()
        two.job()
        two.are_one(two.ask())
        tried += 1
    assert tried > 80 // every


def test_an_undoing_killed_anywhere_and_asked_again_leaves_two(quick_shop: Shop, every: int) -> None:
    tried = 0

    for point in faults.crash_points(every=every):
        two = Two(quick_shop, merged=True)
        merge_id = two.merge_id
        with point:
            two.undo(merge_id)
            two.job()
        two.undo(merge_id)
        two.job()
        two.are_two(merge_id)
        tried += 1
    assert tried > 80 // every
