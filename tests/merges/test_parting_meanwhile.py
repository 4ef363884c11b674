"""Between the look at an item and its way back to its own record somebody changes it, or is there before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm.core import table
from crm.core.config import settings
from crm.merges import raw, switching
from tests.merges.merging import ANY, ask, before_the_move_of, carry, merge, new, partition
from tests.merges.test_answers import answer, answers, form
from tests.reminders.test_actions import do

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pynamodb.transactions import TransactWrite

    from tests.support.shop import Shop
    from tests.support.world import Api


def two(api: Api) -> tuple[str, str]:
    return new(api, "Sara", email="sara@example.com"), new(api, "Sara Khan", email="khan@example.com")


def parted(api: Api, merge_id: str, old: str, *, kind: str, meanwhile: Callable[[], Any]) -> None:
    assert api.post(f"/merges/{merge_id}/undo").status == 200
    with before_the_move_of(kind, meanwhile):
        carry(old)
    assert api.get(f"/merges/{merge_id}").body["state"] == "undone"


def both_answered(shop: Shop, api: Api) -> tuple[str, str, str]:
    """The form, and two of whom the second answered it later."""
    form_id, (into, old) = form(api), two(api)
    for one, hobby in ((into, "tea"), (old, "chess")):
        answer(api, one, form_id, hobby=hobby)
        # So far apart that no answer is taken for a correction of the one before.
        shop.wait(days=2)
    return form_id, into, old


def test_what_becomes_of_an_item_meanwhile_goes_back_with_it(shop: Shop, api: Api) -> None:
    into, old = two(api)
    told = {"to": "customer", "customer_id": old, "at": "2026-12-01T10:00", "subject": "Ring", "timezone": "UTC"}
    path = api.post("/reminders", told).headers["location"]
    parted(api, merge(api, into, old), old, kind="REMINDER#", meanwhile=lambda: do(api, path, "complete"))
    found = api.get(path).body
    assert (found["customer_id"], found["state"]) == (old, "completed")


def test_what_is_said_with_the_record_that_stays_meanwhile_stands(shop: Shop, api: Api) -> None:
    form_id, into, old = both_answered(shop, api)
    merge_id = merge(api, into, old)
    shop.wait(days=2)
    meanwhile = lambda: answer(api, into, form_id, hobby="music")  # noqa: E731
    parted(api, merge_id, old, kind=f"MERGE#{merge_id}#KEPT", meanwhile=meanwhile)
    assert (answers(api, into), answers(api, old)) == ([{"hobby": "music"}], [{"hobby": "chess"}])


@pytest.mark.parametrize("both", [False, True])
def test_what_is_said_with_the_record_that_is_whole_again_meanwhile_stands(shop: Shop, api: Api, *, both: bool) -> None:
    """It has a place of its own again, and what is on its way back finds it taken."""
    if both:
        form_id, into, old = both_answered(shop, api)
    else:
        form_id, (into, old) = form(api), two(api)
        answer(api, old, form_id, hobby="chess")
    merge_id = merge(api, into, old)
    shop.wait(days=2)
    meanwhile = lambda: answer(api, old, form_id, hobby="music")  # noqa: E731
    kind = f"MERGE#{merge_id}#KEPT" if both else "ANSWERS#"
    parted(api, merge_id, old, kind=kind, meanwhile=meanwhile)
    assert answers(api, old) == [{"hobby": "music"}]
    assert answers(api, into) == ([{"hobby": "tea"}] if both else [])


def test_who_comes_late_brings_nothing_back_that_is_gone_since(shop: Shop, api: Api) -> None:
    form_id, old, into = both_answered(shop, api)
    merge_id = merge(api, into, old)

    def ended_and_taken_away() -> None:
        carry(old)
        assert answers(api, old) == [{"hobby": "tea"}]
        key = raw.key(f"CUSTOMER#{old}", f"ANSWERS#{form_id}")
        table.client().delete_item(TableName=settings().crm_table, Key=key)

    parted(api, merge_id, old, kind=f"MERGE#{merge_id}#KEPT", meanwhile=ended_and_taken_away)
    assert answers(api, old) == []


def test_no_two_states_of_a_record_have_one_revision(shop: Shop, api: Api) -> None:
    """Somebody changes it while the merge ends: whoever has read what they wrote must not write over the end."""
    into, old = two(api)
    merge_id, revisions = ask(api, into, old), list[int]()

    def changed() -> None:
        assert api.patch(f"/customers/{into}", {"gender": "f"}, headers=ANY).status == 200
        revisions.append(int(partition(into)["PROFILE"]["revision"]["N"]))

    with before_the_move_of(f"MERGE#{merge_id}", changed):
        carry(old)
    assert api.get(f"/merges/{merge_id}").body["state"] == "done"
    assert int(partition(into)["PROFILE"]["revision"]["N"]) > revisions[0]
    assert api.get(f"/customers/{into}").body["gender"] == "f"


@pytest.mark.parametrize("where", ["switching", "parting"])
def test_who_comes_to_an_address_meanwhile_is_found_by_it(
    shop: Shop, api: Api, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Between the look at whom it leads to and the write that lets it lead elsewhere."""
    into, old = two(api)
    real = switching.readdress
    asked, came = {"email": "khan@example.com"}, list[str]()

    def late(transaction: TransactWrite, holds: Mapping[str, set[str]], *, also: set[str]) -> None:
        real(transaction, holds, also=also)
        if not came:
            made = api.post("/customers", {"name": "Third", **asked}, query={"allow_duplicate": "true"})
            came.append(str(made.body["id"]))

    merge_id = merge(api, into, old) if where == "parting" else ""
    with monkeypatch.context() as patch:
        patch.setattr(f"crm.merges.{where}.readdress", late)
        if merge_id:
            assert api.post(f"/merges/{merge_id}/undo").status == 200
        else:
            ask(api, into, old)
    candidates = api.post("/customers", {"name": "Fourth", **asked}).body["candidates"]
    assert {one["id"] for one in candidates} == {*came, old if merge_id else into}
