"""Requests of a key are counted by the minute, and too many are told when to come again."""

from __future__ import annotations

from datetime import timedelta

from tests.keys.desk import Shop, stored


def test_requests_are_counted_by_the_minute_and_too_many_are_told_when_to_come_again(shop: Shop) -> None:
    key_id, sent = shop.made()
    remembered = shop.let_in(sent)
    statuses = [shop.machine(remembered).status for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    refused = shop.machine(remembered)
    assert (refused.headers["retry-after"], refused.body["type"]) == ("20", "urn:crm:problem:too-many-requests")
    _, other = shop.made(key="k2")
    assert shop.ask(other).status == 200
    shop.now += timedelta(seconds=20)
    assert shop.machine(remembered).status == 200
    assert (stored(key_id).minute, stored(key_id).used) == ("2026-11-22T09:01", 1)
    # An environment whose clock is behind counts in the minute of the others.
    shop.now -= timedelta(seconds=5)
    assert [shop.machine(remembered).status for _ in range(5)] == [200] * 4 + [429]


def test_what_the_guard_refuses_counts_and_what_is_too_often_is_not_looked_at(shop: Shop) -> None:
    _, sent = shop.made()
    remembered = shop.let_in(sent)
    assert [shop.machine(remembered, path="/keys").status for _ in range(6)] == [403] * 5 + [429]


def test_a_change_of_the_key_does_not_lose_the_count(shop: Shop) -> None:
    key_id, sent = shop.made()
    shop.ask(sent)
    shop.rotate(key_id)
    assert (stored(key_id).used, stored(key_id).version) == (1, 2)
