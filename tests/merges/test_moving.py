"""Between the look at an item and its move somebody changes it, or makes the same with the other record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm.core import clock, table
from crm.core.config import settings
from crm.merges import moving, raw, returning
from crm.merges.models import Merge
from tests.merges.merging import ask, before_the_move_of, carry, new, partition, undo
from tests.merges.test_answers import answer, answers, form
from tests.reminders.test_actions import do

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.shop import Shop
    from tests.support.world import Api


def two(api: Api) -> tuple[str, str]:
    return new(api, "Sara", email="sara@example.com"), new(api, "Sara Khan", email="khan@example.com")


def merged(api: Api, into: str, old: str, *, kind: str, meanwhile: Callable[[], Any]) -> str:
    with before_the_move_of(kind, meanwhile):
        merge_id = ask(api, into, old)
        carry(old)
    assert api.get(f"/merges/{merge_id}").body["state"] == "done"
    assert set(partition(old)) == {"MERGED"}
    return merge_id


def test_what_becomes_of_an_item_meanwhile_goes_over_with_it(shop: Shop, api: Api) -> None:
    into, old = two(api)
    told = {"to": "customer", "customer_id": old, "at": "2026-12-01T10:00", "subject": "Ring"}
    made = api.post("/reminders", {**told, "timezone": "UTC"})
    path = made.headers["location"]
    merged(api, into, old, kind="REMINDER#", meanwhile=lambda: do(api, path, "complete"))
    found = api.get(path).body
    assert (found["customer_id"], found["state"]) == (into, "completed")


@pytest.mark.parametrize("answered_before", [False, True])
def test_what_is_made_with_the_record_that_stays_meanwhile_stands(
    shop: Shop, api: Api, *, answered_before: bool
) -> None:
    form_id, (into, old) = form(api), two(api)
    # So far apart that no answer is taken for a correction of the one before.
    if answered_before:
        answer(api, into, form_id, hobby="tea")
        shop.wait(days=2)
    answer(api, old, form_id, hobby="chess")
    shop.wait(days=2)
    merge_id = merged(api, into, old, kind="ANSWERS#", meanwhile=lambda: answer(api, into, form_id, hobby="music"))
    assert answers(api, into) == [{"hobby": "music"}]
    undo(api, merge_id)
    assert (answers(api, into), answers(api, old)) == ([{"hobby": "music"}], [{"hobby": "chess"}])


def test_what_becomes_of_an_item_that_is_united_meanwhile_is_in_what_stands(shop: Shop, api: Api) -> None:
    form_id, (into, old) = form(api), two(api)
    answer(api, old, form_id, hobby="tea")
    shop.wait(days=2)
    answer(api, into, form_id, hobby="chess")
    shop.wait(days=2)

    def later() -> None:
        """As whoever had read it before the switch may: with a write that asks for nothing but the item."""
        key = raw.key(f"CUSTOMER#{old}", f"ANSWERS#{form_id}")
        item = partition(old)[f"ANSWERS#{form_id}"]
        said = {**item, "at": {"S": clock.stamp()}, "values": {"M": {"hobby": {"S": "music"}}}}
        table.client().put_item(TableName=settings().crm_table, Item={**said, **key})

    merge_id = merged(api, into, old, kind="ANSWERS#", meanwhile=later)
    assert answers(api, into) == [{"hobby": "music"}]
    undo(api, merge_id)
    assert (answers(api, into), answers(api, old)) == ([{"hobby": "chess"}], [{"hobby": "music"}])


def test_who_comes_late_to_the_end_of_a_merge_ends_nothing_that_began_since(api: Api) -> None:
    into, old = two(api)
    merge_id = ask(api, into, old)

    def ended_and_taken_back() -> None:
        carry(old)
        assert api.get(f"/merges/{merge_id}").body["state"] == "done"
        assert api.post(f"/merges/{merge_id}/undo").status == 200

    with before_the_move_of(f"MERGE#{merge_id}", ended_and_taken_back):
        carry(old)
    carry(old)
    assert api.get(f"/merges/{merge_id}").body["state"] == "undone"
    assert [api.get(f"/customers/{one}").body["id"] for one in (into, old)] == [into, old]
    assert not any("merging" in partition(one)["PROFILE"] for one in (into, old))


@pytest.mark.parametrize(
    ("since", "states"),
    [((), ["undone"]), (("merged",), ["undone", "done"]), (("merged", "parted"), ["undone", "undone"])],
    ids=["is undone", "is undone, and they are merged anew", "is undone, and so is another merge of them"],
)
def test_who_ends_what_has_gone_on_meanwhile_ends_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch, since: tuple[str, ...], states: list[str]
) -> None:
    """Even who only now looks at the records: they are marked again, by the undoing or by another merge."""
    into, old = two(api)
    merge_id, later = ask(api, into, old), list[str]()
    module = returning if since else moving
    real = module._finish

    def late(merge: Merge) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(module, "_finish", real)
            carry(old)
            if since:
                later.append(ask(api, into, old))
            if "parted" in since:
                carry(old)
            if since != ("merged",):
                assert api.post(f"/merges/{[merge_id, *later][-1]}/undo").status == 200
        real(merge)

    if since:
        carry(old)
        assert api.post(f"/merges/{merge_id}/undo").status == 200
    with monkeypatch.context() as patch:
        patch.setattr(module, "_finish", late)
        carry(old)
    # What is under way then goes on.
    carry(old)
    assert [api.get(f"/merges/{one}").body["state"] for one in (merge_id, *later)] == states
    assert [api.get(f"/customers/{one}").body["id"] for one in (into, old)] == [
        into,
        into if states[-1] == "done" else old,
    ]
    assert not any("merging" in partition(one).get("PROFILE", {}) for one in (into, old))
