"""Mail goes out at the pace at which SES takes it, shared among the mailers."""

from __future__ import annotations

import time

import pytest

from crm.mail import pace
from tests.support.shop import Shop


@pytest.fixture
def waited(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited; the clock goes on meanwhile."""
    found: list[float] = []

    def sleep(seconds: float) -> None:
        found.append(round(seconds, 3))
        shop.wait(seconds=seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    return found


def test_two_mailers_share_the_rate_of_ses(shop: Shop, waited: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILERS", "2")
    shop.forget_settings()
    shop.post.account.per_second = 10
    for _ in range(4):
        pace.take_turn()
    assert waited == [0.2, 0.2, 0.2]


def test_who_has_waited_already_goes_at_once(shop: Shop, waited: list[float]) -> None:
    shop.post.account.per_second = 10
    pace.take_turn()
    shop.wait(seconds=0.04)
    pace.take_turn()
    shop.wait(seconds=5)
    pace.take_turn()
    assert waited == [0.06]


def test_a_clock_that_is_moved_makes_nobody_wait_longer_than_a_turn(shop: Shop, waited: list[float]) -> None:
    shop.post.account.per_second = 10
    pace.take_turn()
    shop.wait(days=-3)
    pace.take_turn()
    assert waited == [0.1]


def test_whoever_was_too_fast_goes_slower_for_a_while(shop: Shop, waited: list[float]) -> None:
    shop.post.account.per_second = 10
    pace.take_turn()
    for _ in range(6):
        pace.slow_down()
    pace.take_turn()
    assert waited == [0.8], "eight times slower at most"
    shop.wait(minutes=2)
    pace.take_turn()
    pace.take_turn()
    assert waited == [0.8, 0.1]


def test_a_turn_leaves_time_for_the_answer_of_ses(shop: Shop, waited: list[float]) -> None:
    shop.post.account.per_second = 1
    for _ in range(3):
        pace.slow_down()
    pace.take_turn()
    pace.take_turn()
    assert waited == [pace.LONGEST_TURN]


@pytest.mark.parametrize("rate", [0, None])
def test_where_ses_does_not_say_how_fast_it_goes_carefully(shop: Shop, waited: list[float], rate: int | None) -> None:
    if rate is None:
        shop.post.account_is_silent = True
    else:
        shop.post.account.per_second = rate
    pace.take_turn()
    pace.take_turn()
    assert waited == [1.0]
