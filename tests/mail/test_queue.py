"""Ticks never heap up orders in front of mailers that are held up, and nothing that is left out is lost."""

from __future__ import annotations

import pytest

from crm.mail import queue
from tests.support import faults
from tests.support.shop import Shop


def test_a_tick_orders_what_the_queue_has_room_for_and_the_next_one_the_rest(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_WAITING", 4)
    shop.greeting()
    for number in range(6):
        shop.customer(f"c{number}", birthday="--11-21")
    assert shop.tick() == 4
    assert shop.tick() == 0, "nobody has worked any of them off"
    shop.deliver()
    assert shop.tick() == 2
    shop.deliver()
    assert len(set(shop.post.keys())) == len(shop.post.keys()) == 6


def test_a_quiet_tick_does_not_ask_for_room(shop: Shop) -> None:
    with faults.recording() as calls:
        assert queue.put([]) == 0
    assert calls == []
