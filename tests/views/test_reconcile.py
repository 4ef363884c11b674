"""Views that have drifted are found, told of and mended; and nothing is called drift that is only late."""

from __future__ import annotations

import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from crm.core import built, table
from crm.core.projection import SUM
from crm.core.views import count_of, counted, plain
from crm.fanout import sources
from crm.views import reconcile, report
from tests.support import faults, flow
from tests.support.rows import all_items
from tests.views import wrong_reconciliations as wrong
from tests.views.test_rebuild import _next, _survived, do, grown, to_the_end
from tests.views.test_recomputed import VIEWS, _content

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import Api

__all__ = ["grown"]

# Whoever dies at a read left things as he who died behind the write before.
WRITES = {"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem", "SendMessage"}
Items = dict[tuple[str, str], Any]


@pytest.fixture
def shop(grown: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The same, where the first reconciliation is to come, and does not wait between its goes."""
    for key, item in items().items():
        if key[0].startswith("JOB#reconcile"):
            delete(item)
    monkeypatch.setattr(reconcile, "_WAIT_SECONDS", 0)
    monkeypatch.setattr(sources, "PAGE", 40)
    return grown


def ask(request: str = "asked") -> None:
    do({"job": "reconcile", "id": request, "request": request})


def reconciled(request: str = "asked") -> report.Report:
    ask(request)
    to_the_end()
    found = report.last()
    assert found is not None
    return found


def drift(found: report.Report) -> dict[str, tuple[int, int]]:
    return {name: (family.drift, family.repaired) for name, family in found.families.items() if family.drift}


def items() -> Items:
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in all_items(VIEWS)}


def put(item: Any) -> None:
    boto3.client("dynamodb").put_item(TableName="views", Item=item)


def delete(item: Any) -> None:
    boto3.client("dynamodb").delete_item(TableName="views", Key={"pk": item["pk"], "sk": item["sk"]})


def shown() -> Items:
    """What readers see: sums under the number that is read."""
    found = _content()
    return {
        (pk, plain(sk)): value
        for (pk, sk), value in found.items()
        if pk not in {"VIEWS", "FLOWS"} and not (pk.startswith("TOTAL#") and count_of(sk) != read_number())
    }


def read_number() -> int:
    mark = built.read()
    assert mark is not None
    return mark.count


def shard_of(name: str) -> Any:
    """One that holds something of a total of a group."""
    there = items()
    begin = f"{counted(name, read_number())}#"
    return next(item for key, item in there.items() if key[0].startswith("TOTAL#SEGMENT") and key[1].startswith(begin))


def lose_an_entry() -> None:
    there = items()
    delete(there[next(key for key in there if key[0] == "CUSTOMERS")])


def change_an_entry() -> None:
    there = items()
    put(there[next(key for key in there if key[0] == "RESIDENTS")] | {"name": {"S": "wrong"}})


def put_an_orphan() -> None:
    there = items()
    put(there[next(key for key in there if key[0] == "CUSTOMERS")] | {"sk": {"S": "nobody#x"}})


def change_a_sum() -> None:
    put(shard_of(SUM) | {"members": {"N": "1000"}})


def lose_a_shard() -> None:
    delete(shard_of("by"))


def lose_a_whole_sum() -> None:
    lost = shard_of(SUM)
    for (pk, sk), item in items().items():
        if pk == lost["pk"]["S"] and plain(sk.rpartition("#")[0]) == SUM:
            delete(item)


def spoil_a_state() -> None:
    there = items()
    put(there[next(key for key in there if key[0].startswith("STATE#CUSTOMER") and key[1] == "segments")] | SPOILT)


def cut_a_state() -> None:
    there = items()
    item = there[next(key for key in there if key[0].startswith("STATE#CUSTOMER") and key[1] == "lists")]
    put({name: value for name, value in item.items() if name in {"pk", "sk", "epoch"}})


def hollow_a_state() -> None:
    there = items()
    squeezed = zlib.compressobj(wbits=-12)
    said = squeezed.compress(b'[[["name","digest",null]],[]]') + squeezed.flush()
    state = next(key for key in there if key[0].startswith("STATE#CUSTOMER") and key[1] == "segments")
    put(there[state] | {"applied": {"B": said}})


SPOILT = {"applied": {"B": b"rubbish"}}
BY_HAND = [
    (lose_an_entry, {"lists": (1, 1)}),
    (change_an_entry, {"calendar": (1, 1)}),
    (put_an_orphan, {"lists": (1, 1)}),
    (change_a_sum, {"totals": (1, 1)}),
    (lose_a_shard, {"totals": (1, 1)}),
    (lose_a_whole_sum, {"totals": (1, 1)}),
]


@pytest.mark.parametrize(("spoil", "found"), BY_HAND, ids=[spoil.__name__ for spoil, _ in BY_HAND])
@pytest.mark.usefixtures("shop")
def test_what_was_spoilt_by_hand_is_found_and_mended(
    spoil: Callable[[], None], found: dict[str, tuple[int, int]]
) -> None:
    before, stored = shown(), items()
    spoil()
    assert items() != stored
    assert drift(reconciled()) == found
    assert shown() == before
    assert drift(reconciled("again")) == {}
    assert shown() == before


@pytest.mark.parametrize(
    ("spoil", "family"), [(spoil_a_state, "segments"), (cut_a_state, "lists"), (hollow_a_state, "segments")]
)
def test_a_state_that_cannot_be_read_is_told_and_made_anew(shop: Api, spoil: Callable[[], None], family: str) -> None:
    before = shown()
    spoil()
    flow.project(*flow.all_keys())
    assert shop.get("/views").body["parked"] == 1
    found = reconciled()
    assert found.families[family].drift > 0
    assert found.repaired == found.drift
    assert shop.get("/views").body["parked"] == 0
    assert shown() == before
    assert drift(reconciled("again")) == {}


@pytest.mark.parametrize("spoil", [spoil_a_state, cut_a_state, hollow_a_state])
def test_a_state_that_cannot_be_read_is_made_anew_by_a_rebuild(shop: Api, spoil: Callable[[], None]) -> None:
    before = shown()
    spoil()
    do({"job": "rebuild", "id": "anew"})
    to_the_end()
    assert shop.get("/views").body["parked"] == 0
    assert shown() == before
    assert drift(reconciled()) == {}


def test_an_item_that_cannot_be_projected_is_parked_and_is_no_drift(shop: Api) -> None:
    path = shop.post("/customers", {"name": "Late", "language": "ur"}).headers["location"]
    flow.settle()
    key = table.to_item({"pk": path.replace("/customers/", "CUSTOMER#"), "sk": "PROFILE"})
    item = boto3.client("dynamodb").get_item(TableName="crm", Key=key)["Item"]
    boto3.client("dynamodb").put_item(TableName="crm", Item=item | {"facts": {"S": "broken"}, "name": {"S": "New"}})
    assert drift(reconciled()) == {}
    assert shop.get("/views").body["parked"] == 1


def test_a_lost_batch_of_the_stream_is_found_and_mended(shop: Api) -> None:
    path = shop.post("/customers", {"name": "Lost", "language": "ur"}).headers["location"]
    shop.post(f"{path}/purchases", {"amount": "70.00", "at": "2026-01-05T10:00:00Z"})
    found = drift(reconciled())
    assert {"lists", "segments"} <= found.keys()
    assert {number for family in found.values() for number in family} == {1}
    assert [customer for customer in shop.get("/customers").body["items"] if customer["name"] == "Lost"]
    there = shown()
    flow.project(*flow.all_keys())
    assert shown() == there
    assert drift(reconciled("again")) == {}


def test_a_lost_deletion_is_found_and_mended(shop: Api) -> None:
    before = shown()
    path = shop.post("/customers", {"name": "Late", "language": "ur"}).headers["location"]
    flow.settle()
    shop.delete(path, headers={"if-match": "1"})
    assert shown() != before
    assert drift(reconciled())["lists"] == (1, 1)
    assert shown() == before


def test_a_healthy_shop_has_no_drift_however_much_is_written_meanwhile(shop: Api) -> None:
    ask()
    done = 0
    while (message := _next()) is not None:
        # Written before the page and projected behind it: at every look something is on its way.
        path = shop.post("/customers", {"name": f"New {done}", "language": "ur"}).headers["location"]
        key = (path.replace("/customers/", "CUSTOMER#"), "PROFILE")
        if done % 3:
            shop.post(f"{path}/purchases", {"amount": "30.00", "at": "2026-01-05T10:00:00Z"})
        do({"id": f"message {done}", **message})
        flow.project(key)
        if done % 3 == 1:
            shop.delete(path, headers={"if-match": str(shop.get(path).body["version"])})
            flow.project(key)
        done += 1
    assert done > 10
    found = report.last()
    assert found is not None
    assert drift(found) == {}
    assert {family.items > 0 for family in found.families.values()} == {True}
    there = shown()
    flow.project(*flow.all_keys())
    assert shown() == there


def members(api: Api) -> list[tuple[str, int]]:
    return [(group["name"], group["totals"]["members"]) for group in api.get("/segments").body["items"]]


def test_nobody_is_kept_waiting_and_sums_are_read_under_the_new_number(shop: Api) -> None:
    before = built.read()
    assert before is not None
    groups = members(shop)
    ask()
    done = 0
    while (message := _next()) is not None:
        do({"id": f"message {done}", **message})
        assert members(shop) == groups
        done += 1
    assert built.read() == built.Mark(before.build, before.count + 1, is_whole=True)


@pytest.mark.usefixtures("shop")
def test_killed_at_any_call_it_goes_on_and_reports_and_mends_the_same(
    monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    monkeypatch.setattr(sources, "PAGE", 150)
    before, points = shown(), 0
    for number, point in enumerate(faults.crash_points(operations=WRITES, every=every)):
        for spoil in (lose_an_entry, change_an_entry, put_an_orphan, change_a_sum):
            spoil()
        _survived(point, partial(ask, f"request {number}"))
        done = 0
        while (message := _next()) is not None:
            _survived(point, partial(do, {"id": f"message {number} {done}", **message}))
            done += 1
        assert shown() == before, str(point)
        found = report.last()
        assert found is not None
        assert drift(found) == {"lists": (2, 2), "calendar": (1, 1), "totals": (1, 1)}, str(point)
        points += point.reached
    assert points > 20 / every


@pytest.mark.usefixtures("shop")
def test_the_same_request_is_carried_out_once_and_a_second_joins_it() -> None:
    ask("one")
    ask("two")
    to_the_end()
    first = report.last()
    ask("one")
    to_the_end()
    assert report.last() == first
    assert reconciled("three") != first


def test_a_rebuild_that_begins_meanwhile_ends_it(shop: Api) -> None:
    before = shown()
    ask()
    first = _next()
    assert first is not None
    do({"job": "rebuild", "id": "anew"})
    do({"id": "late", **first})
    to_the_end()
    assert shown() == before
    assert report.last() is None
    assert shop.get("/customers").status == 200


def test_the_api_begins_a_reconciliation_and_says_what_it_found(shop: Api) -> None:
    assert shop.get("/views").body["reconciled"] is None
    lose_an_entry()
    for _ in range(2):
        assert shop.post("/views/reconcile", None, headers={"idempotency-key": "monday"}).status == 202
    to_the_end()
    found = shop.get("/views").body
    assert (found["whole"], found["parked"]) == (True, 0)
    assert (found["reconciled"]["drift"], found["reconciled"]["repaired"]) == (1, 1)
    assert {"family": "lists", "items": 6, "drift": 1, "repaired": 1} in found["families"]
    assert {job["share"] for job in found["jobs"] if job["job"].startswith("reconcile")} == {1.0}


def test_the_api_begins_a_rebuild_and_says_that_the_views_are_not_whole(shop: Api) -> None:
    assert shop.post("/views/rebuild", None).status == 202
    message = _next()
    assert message is not None
    do({"id": "asked", **message})
    assert shop.get("/views").body["whole"] is False
    to_the_end()
    assert shop.get("/views").body["whole"] is True


def test_what_was_only_late_at_the_first_look_is_no_drift(shop: Api) -> None:
    path = shop.post("/customers", {"name": "Slow", "language": "ur"}).headers["location"]
    key = (path.replace("/customers/", "CUSTOMER#"), "PROFILE")
    ask()
    is_late, done = True, 0
    while (message := _next()) is not None:
        if is_late and message["job"] == "reconcile_again":
            assert [key for key in flow.view_keys() if key[0].startswith("DRIFT#")]
            # The record arrives, and then another change whose own record is on its way.
            flow.project(key)
            shop.patch(path, {"name": "Slower"}, headers={"if-match": "1"})
            is_late = False
        do({"id": f"message {done}", **message})
        done += 1
    found = report.last()
    assert found is not None
    assert not is_late
    assert drift(found) == {}


def spoilt(spoil: Callable[[], None]) -> Callable[[Api], None]:
    """The test of what was spoilt by hand, with one of those things."""
    return lambda _: test_what_was_spoilt_by_hand_is_found_and_mended(spoil, dict(BY_HAND)[spoil])


def unreadable(shop: Api) -> None:
    test_a_state_that_cannot_be_read_is_told_and_made_anew(shop, cut_a_state, "lists")


WRONG: list[tuple[Callable[[], Any], Callable[[Api], None]]] = [
    (wrong.orphans_overlooked, spoilt(put_an_orphan)),
    (wrong.orphans_left, spoilt(put_an_orphan)),
    (wrong.entries_overlooked, spoilt(lose_an_entry)),
    (wrong.entries_overlooked, spoilt(change_an_entry)),
    (wrong.changed_entries_overlooked, spoilt(change_an_entry)),
    (wrong.entries_not_written_anew, spoilt(lose_an_entry)),
    (wrong.entries_not_written_anew, spoilt(change_an_entry)),
    (wrong.sums_not_compared, spoilt(change_a_sum)),
    (wrong.old_sums_read_on, spoilt(change_a_sum)),
    (wrong.old_sums_read_on, spoilt(lose_a_shard)),
    (wrong.lost_sums_overlooked, spoilt(lose_a_whole_sum)),
    (wrong.first_look_is_a_verdict, test_what_was_only_late_at_the_first_look_is_no_drift),
    (wrong.drift_left, test_a_lost_batch_of_the_stream_is_found_and_mended),
    (wrong.spoilt_states_left, unreadable),
]


@pytest.mark.parametrize(
    ("mutant", "check"), WRONG, ids=[f"{number}-{mutant.__name__}" for number, (mutant, _) in enumerate(WRONG)]
)
def test_wrong_variants_are_found(shop: Api, mutant: Callable[[], Any], check: Callable[[Api], None]) -> None:
    with mutant(), pytest.raises(AssertionError):
        check(shop)
