"""Whatever was done stands in the chain once: however often it is told of, whoever dies, whoever else is writing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.audit import chains
from tests.support import faults

if TYPE_CHECKING:
    from crm.core.items import Key
    from tests.support.shop import Shop


def test_each_deed_has_one_entry_with_who_and_what_and_no_value(shop: Shop) -> None:
    customer = chains.done()
    chains.link()
    entries = chains.entries()
    assert [one["says"]["number"] for one in entries] == [1, 2, 3, 4, 5]
    said = [(one["says"]["who"], one["says"]["route"], one["says"].get("about")) for one in entries]
    assert sorted(said) == sorted(
        [
            ("manager", "POST /customers", customer),
            ("manager", "PATCH /customers/{customer_id}", customer),
            ("manager", "POST /customers/{customer_id}/purchases", customer),
            ("manager", "POST /segments", None),
            ("manager", "PATCH /segments/{segment_id}", None),
        ]
    )
    changed = next(one["says"] for one in entries if one["says"]["route"].startswith("PATCH /customers"))
    assert changed["deeds"][0]["changes"].keys() == {"/email"}
    assert changed["deeds"][0]["changes"]["/email"].keys() == {"from", "to"}
    told = str(entries)
    assert not [value for value in ("Sunita", "example.com", "12.50", "Patan", "high", "127.0.0.1") if value in told]


def test_the_same_value_has_another_hash_in_each_record(quick_shop: Shop) -> None:
    chains.done()
    chains.done()
    chains.link()
    hashes = [
        one["says"]["deeds"][0]["changes"]["/email"]["to"]
        for one in chains.entries()
        if one["says"]["route"] == "POST /customers"
    ]
    assert len(hashes) == len(set(hashes)) == 2


def test_a_group_is_told_of_from_what_to_what(quick_shop: Shop) -> None:
    chains.done()
    names = [
        change["/name"]
        for item in chains.stored()
        if item["pk"].startswith("AUDIT#RECORDS#")
        for deed in item["deeds"]
        if "/name" in (change := deed["changes"])
    ]
    assert sorted(names, key=len) == [{"to": "Patan"}, {"from": "Patan", "to": "Lalitpur"}]


def test_killed_before_or_after_any_call_and_delivered_again_there_is_one_entry(quick_shop: Shop) -> None:
    for crash in faults.crash_points():
        chains.done()
        keys = chains.records()
        with crash:
            chains.link(keys)
        chains.link(keys)
        chains.link(keys[:3])
        told = [tuple(one["says"]["record"]) for one in chains.entries()]
        assert sorted(told) == sorted(keys), str(crash)


def test_two_auditors_that_meet_anywhere_fork_nothing(quick_shop: Shop) -> None:
    for place in range(1, 6):
        chains.done()
        keys = chains.records()
        with faults.interrupted(at=place, by=lambda told=keys: chains.link(told[::-1])):  # type: ignore[misc]
            chains.link(keys)
        found = chains.entries()
        assert sorted(tuple(one["says"]["record"]) for one in found) == sorted(keys)
        assert [one["before"] for one in found[1:]] == [one["hash"] for one in found[:-1]]


def test_two_auditors_whose_clocks_stand_on_two_days_fork_nothing(quick_shop: Shop) -> None:
    for place in range(1, 6):
        # No day on which there are entries yet: of one day no number is free twice.
        quick_shop.wait(days=2)
        known = set(chains.records())
        chains.done()
        keys = [key for key in chains.records() if key not in known]

        def of_tomorrow(told: list[Key] = keys) -> None:
            quick_shop.wait(days=1)
            chains.link(told[-2:])
            quick_shop.wait(days=-1)

        with faults.interrupted(at=place, by=of_tomorrow):
            chains.link(keys[:-2])
        chains.link(keys)
        found = chains.entries()
        assert sorted(tuple(one["says"]["record"]) for one in found) == sorted(chains.records())
        assert [one["says"]["number"] for one in found] == list(range(1, len(found) + 1))


def test_a_store_that_is_down_has_the_batch_come_again(quick_shop: Shop) -> None:
    chains.done()
    with faults.refusing("TransactWriteItems", error=faults.down()):
        assert len(chains.link()["batchItemFailures"]) == 1
    assert chains.link() == {"batchItemFailures": []}
    assert len(chains.entries()) == 5
