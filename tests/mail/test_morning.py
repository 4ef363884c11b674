"""Very many greetings in one morning: at SES's pace, through a quota that runs out and returns, with mailers killed.

Nobody is greeted twice, nobody is left without an outcome, and nothing ends among the dead letters but what was killed
five times.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crm.mail.reasons import Code
from tests.mail.morning import RATE, Morning
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.shop import Shop

EVENING = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
# By then all have their outcome, with hours to spare: nothing more happens but ticks.
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MANY = int(os.environ.get("PEOPLE", "5000"))


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """Tables, queues and SES in memory."""
    memory = Memory()
    with in_memory(monkeypatch, memory=memory, post=Post()):
        yield memory


def morning(memory: Memory, patch: pytest.MonkeyPatch, *, people: int, seed: int = 1) -> Morning:
    post = memory.others["SendEmail"].__self__  # type: ignore[attr-defined]
    shop = Shop(post)
    shop.stop_clock(patch)
    return Morning(shop, memory, patch, people=people, seed=seed)


def check(day: Morning, people: int) -> dict[str, int]:
    """Nobody twice, nobody without an outcome; how many ended in which state."""
    keys = day.shop.post.keys()
    assert len(keys) == len(set(keys)), "somebody was greeted twice"
    outcomes = day.outcomes()
    assert set(outcomes) <= {"accepted", "delivered", "unknown", "expired"}, outcomes
    assert sum(outcomes.values()) == people
    assert day.fastest() <= RATE + 2, "faster than SES takes mail"
    return outcomes


def test_a_busy_morning_goes_out_at_the_pace_of_ses(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    day = morning(memory, monkeypatch, people=200).live(until=datetime(2026, 11, 21, 4, 30, tzinfo=UTC))
    assert set(check(day, 200)) <= {"accepted", "delivered"}
    took = max(day.sent_at) - min(day.sent_at)
    assert 200 / RATE * 0.8 <= took.total_seconds() <= 200 / RATE * 1.5
    assert (day.dead, day.refused) == ([], 0)


def test_a_quota_that_runs_out_is_waited_for(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    day = morning(memory, monkeypatch, people=120)
    day.small_quota, day.quota_returns = 60, datetime(2026, 11, 21, 8, 10, tzinfo=UTC)
    day.live(until=datetime(2026, 11, 21, 6, 0, tzinfo=UTC))
    waiting = [day.shop.message(key) for key in day.keys if day.shop.message(key).state == "due"]
    assert {message.reason_code for message in waiting} == {Code.QUOTA}
    # The last ten of the quota are kept for reminders; what two mailers hand over before they ask again is not.
    assert 45 <= len(day.sent_at) <= 60
    assert max(len(message.history) for message in waiting) <= 3, "the reason is written once and not with each tick"
    day.mailers[0].now = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    assert set(check(day.live(until=NOON), 120)) <= {"accepted", "delivered"}
    assert day.dead == []


def test_what_the_quota_never_takes_expires_with_that_reason(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    day = morning(memory, monkeypatch, people=60)
    day.small_quota, day.quota_returns = 40, datetime(2026, 11, 30, tzinfo=UTC)
    outcomes = check(day.live(until=datetime(2026, 11, 22, 13, 0, tzinfo=UTC)), 60)
    assert outcomes["expired"] >= 20
    expired = [day.shop.message(key) for key in day.keys if day.shop.message(key).state == "expired"]
    assert {message.reason_code for message in expired} == {Code.QUOTA}
    assert day.dead == []


@pytest.mark.parametrize("seed", range(2))
def test_killed_mailers_and_ticks_leave_nobody_out_and_greet_nobody_twice(
    memory: Memory, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    day = morning(memory, monkeypatch, people=150, seed=seed)
    day.kill, day.small_quota, day.quota_returns = 0.3, 80, datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    outcomes = check(day.live(until=NOON), 150)
    assert "expired" not in outcomes
    assert day.killed > 3


@pytest.mark.soak
def test_a_morning_with_five_thousand_greetings(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    day = morning(memory, monkeypatch, people=MANY, seed=int(os.environ.get("SEED", "5000")))
    day.kill, day.small_quota, day.quota_returns = 0.1, MANY // 2, datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    outcomes = check(day.live(until=EVENING), MANY)
    assert "expired" not in outcomes
    told = {"killed": day.killed, "dead letters": len(day.dead), "most waiting": day.most_waiting}
    print(outcomes, told, "fastest", day.fastest())  # noqa: T201 - the figures of a long run
