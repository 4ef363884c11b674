"""Whoever comes between two calls of a merge or of its undoing is not lost, and nothing is booked or mailed twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from crm.mail import orders
from tests.merges.merging import request, shown
from tests.support import faults

if TYPE_CHECKING:
    from tests.support.shop import Shop
from tests.merges.two import KEY, Two


@pytest.mark.parametrize("what", ["purchase of the old", "purchase of the new", "reminder", "mail", "change"])
def test_whoever_comes_between_two_calls_of_a_merge_is_not_lost(quick_shop: Shop, what: str, every: int) -> None:
    for call in range(1, 400, every):
        two = Two(quick_shop)
        merge_id = ""

        def meanwhile(two: Two = two) -> None:
            _come(two, what)

        with faults.interrupted(at=call, by=meanwhile) as calls:
            answer = two.api.post("/merges", two.asked, headers=KEY)
            two.job()
        if answer.status == 412:
            # Somebody changed one of them after the preview.
            two.asked = request(two.api, two.into, two.old)
        merge_id = two.merge()
        two.are_one(merge_id)
        if len(calls) < call:
            return
        _arrived(two, what)
    raise AssertionError("the merge makes more calls than expected")


@pytest.mark.parametrize("what", ["purchase of the old", "purchase of the new", "reminder", "mail"])
def test_whoever_comes_between_two_calls_of_an_undoing_is_not_lost(quick_shop: Shop, what: str, every: int) -> None:
    for call in range(1, 400, every):
        two = Two(quick_shop, merged=True)
        merge_id = two.merge_id

        def meanwhile(two: Two = two) -> None:
            _come(two, what)

        with faults.interrupted(at=call, by=meanwhile) as calls:
            two.undo(merge_id)
            two.job()
        two.undo(merge_id)
        two.job()
        two.are_two(merge_id)
        if len(calls) < call:
            return
        _arrived(two, what)
    raise AssertionError("the undoing makes more calls than expected")


def _come(two: Two, what: str) -> None:
    if what.startswith("purchase"):
        customer = two.old if what.endswith("old") else two.into
        # A till repeats itself until it has an answer.
        while two.buy(customer, 7, key="till") != 201:
            two.more += 1
            assert two.more < 5
    elif what == "reminder":
        two.reminders.append(two.remind("customer"))
    elif what == "mail":
        order = f"customer_{two.old}_{two.reminders[0].rpartition('/')[2]}_once"
        two.shop.at("2026-12-01T10:00Z")

        two.shop.mailer(orders.of_key(order).text())
    else:
        two.api.patch(f"/customers/{two.old}", {"gender": "f"}, headers={"if-match": "*"})


def _arrived(two: Two, what: str) -> None:
    if what.startswith("purchase"):
        customer = two.old if what.endswith("old") else two.into
        before = sum(two.amounts.values())
        assert two.buy(customer, 7, key="till") == 201
        assert sum(two.amounts.values()) == before, "booked twice"
        assert 7 in two.amounts.values()
        spent = {shown(two.api, one)["id"]: float(shown(two.api, one)["facts"]["spent"]) for one in (two.into, two.old)}
        assert sum(spent.values()) == before
    elif what == "mail":
        two.shop.at("2026-12-01T10:30Z").tick()
        two.shop.deliver()
        two.shop.tick()
        two.shop.deliver()
        subjects = Counter(mail.to for mail in two.shop.post.accepted if "Visit" in mail.subject)
        assert subjects["manager@shop.example"] == 1
        assert sum(subjects.values()) == 2, subjects
        two.shop.post.accepted.clear()
    elif what == "change":
        assert shown(two.api, two.old)["gender"] == "f"
