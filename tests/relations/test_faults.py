"""Relations whose making, change or end is killed at any call: whole or not there, and made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.core import table
from crm.core.config import settings
from tests.merges.merging import ask
from tests.relations.relating import ANY, agree, firm, held, new, relate
from tests.support import faults, forgetting
from tests.support.flow import queue_event
from tests.support.rows import all_items
from tests.support.world import Api, Context

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.shop import Shop


class Three:
    """Three who can be related, and nothing else."""

    def __init__(self) -> None:
        for item in all_items():
            table.client().delete_item(TableName=settings().crm_table, Key={"pk": item["pk"], "sk": item["sk"]})
        self.api = Api()
        self.sara, self.shop, self.head = new(self.api, "Sara"), firm(self.api, "Shop"), firm(self.api, "Head")

    def relate(self) -> int:
        return relate(self.api, self.sara, "member_of", self.shop, key="k", roles=["payer"]).status

    def place(self) -> str:
        return f"/customers/{self.sara}/relations/member_of/{self.shop}"


def test_a_relation_killed_anywhere_and_asked_again_is_there_once(quick_shop: Shop) -> None:
    tried = 0
    for crash in faults.crash_points():
        three = Three()
        with crash:
            three.relate()
        assert agree() in (0, 1), crash
        assert three.relate() == 201
        assert (agree(), three.relate(), held(three.api, three.shop)) == (1, 201, {"member": 1}), crash
        tried += 1
    assert tried > 10
    for at in range(1, 20):
        three = Three()
        with faults.losing_answer(at=at) as calls:
            assert three.relate() in (201, 503)
        assert (three.relate(), agree()) == (201, 1)
        if len(calls) < at:
            return


def test_a_change_or_an_end_killed_anywhere_is_made_on_both_sides_or_on_none(quick_shop: Shop) -> None:
    def change(three: Three) -> None:
        three.api.patch(three.place(), {"until": "2026-01-31"}, headers=ANY)

    def end(three: Three) -> None:
        three.api.delete(three.place(), headers=ANY)

    acts: tuple[Callable[[Three], None], ...] = (change, end)
    for act in acts:
        for crash in faults.crash_points():
            three = Three()
            three.relate()
            with crash:
                act(three)
            agree()
            act(three)
            assert agree() == (act is change), crash
            assert held(three.api, three.shop) == {}


def test_of_two_at_once_that_make_a_circle_one_is_refused(quick_shop: Shop) -> None:
    for longer in (False, True):
        for at in range(1, 20):
            three, others = Three(), list[int]()
            above = three.head
            if longer:
                above = firm(three.api, "Third")
                assert relate(three.api, three.head, "branch_of", above).status == 201

            def other_way(three: Three = three, above: str = above, others: list[int] = others) -> None:
                others.append(relate(three.api, above, "branch_of", three.shop).status)

            with faults.interrupted(at=at, by=other_way) as calls:
                status = relate(three.api, three.shop, "branch_of", three.head).status
            assert agree() == 1 + longer, at
            if len(calls) < at:
                assert (status, others) == (201, [])
                break
            assert sorted([status, *others]) == [201, 422]


def test_an_erasure_killed_anywhere_leaves_nothing_with_others(quick_shop: Shop, every: int) -> None:
    for crash in faults.crash_points(every=every * 4):
        three = Three()
        three.relate()
        relate(three.api, three.sara, "referred_by", three.head, note="secret")
        assert three.api.delete(f"/customers/{three.sara}", headers=ANY).status == 204
        forgetting.begin(three.sara)
        with crash:
            forgetting.empty(three.sara)
        forgetting.empty(three.sara)
        assert (agree(), "secret" in str(all_items())) == (0, False), crash
        assert three.api.get(f"/erasures/{three.sara}").body["erased"]["relation"] == 4


def test_a_merge_killed_anywhere_brings_every_relation_over(quick_shop: Shop, every: int) -> None:
    for crash in faults.crash_points(every=every * 4):
        three = Three()
        twin, bilal = new(three.api, "Sara"), new(three.api, "Bilal")
        three.relate()
        relate(three.api, twin, "member_of", three.shop, roles=["user"])
        relate(three.api, twin, "household", bilal)
        relate(three.api, twin, "household", three.sara)
        ask(three.api, three.sara, twin)
        with crash:
            carry(twin)
        carry(twin)
        assert agree() == 2, crash
        assert held(three.api, three.sara)["member_of"][three.shop]["roles"] == ["payer", "user"]
        assert held(three.api, bilal) == {"household": 1}


def carry(old: str) -> None:
    """Every delivery of the job's message."""
    from handlers import jobs  # noqa: PLC0415 - after the settings are in place

    for _ in range(4):
        jobs.handler(queue_event({"job": "merge", "customer": old}), Context())
