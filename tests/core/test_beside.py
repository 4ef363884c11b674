"""Calls beside each other: all at once, each answer at its place, and nothing that waits for a thread that waits."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from crm.core import beside

SECONDS = 10


def test_what_works_beside_works_at_the_same_time() -> None:
    meeting = threading.Barrier(3)
    # Nobody is the last to come unless all three are there.
    assert sorted(beside.at_once(*[partial(meeting.wait, SECONDS)] * 3)) == [0, 1, 2]


def test_the_first_works_where_it_was_asked_for_and_threads_are_kept_for_the_next() -> None:
    here, other = beside.at_once(threading.current_thread, threading.current_thread)
    assert here is threading.current_thread() is not other
    assert beside.at_once(int, threading.current_thread)[1] is other


def test_who_works_beside_may_have_others_work_beside_however_deep() -> None:
    def deep(left: int) -> int:
        return 1 if not left else sum(beside.at_once(*[partial(deep, left - 1)] * 3))

    assert deep(4) == 3**4


def test_what_fails_beside_is_raised_after_the_others_have_ended() -> None:
    ended = list[str]()
    is_late = threading.Event()

    def late() -> None:
        is_late.wait(0.05)
        ended.append("late")

    def fails() -> None:
        raise LookupError("nobody")

    for order in ((fails, late), (late, fails)):
        ended.clear()
        with pytest.raises(LookupError, match="nobody"):
            beside.at_once(*order)
        assert ended == ["late"]


def test_of_many_only_so_many_are_asked_at_once_and_each_answer_is_at_its_place() -> None:
    inside, most = set[int](), list[int]()

    def ask(number: int) -> int:
        inside.add(number)
        most.append(len(inside))
        threading.Event().wait(0.002)
        inside.discard(number)
        return number * number

    assert beside.each(ask, range(40), most=4) == [number * number for number in range(40)]
    assert max(most) <= 4
    assert beside.each(ask, [], most=4) == []
