"""Two records of one person are noticed: while the second is being made, and by a search in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm.core.errors import ViewsBeingBuilt
from crm.duplicates import pruning, rules
from crm.duplicates.models import pair_of
from crm.fanout.service import Page
from tests.merges.merging import merge
from tests.support import faults, flow
from tests.support.forgetting import empty
from tests.support.rows import all_items
from tests.support.world import Context

if TYPE_CHECKING:
    from tests.support.world import Api

ANY = {"if-match": "*"}


def new(api: Api, name: str, **fields: Any) -> dict[str, Any]:
    made = api.post("/customers", {"name": name, **fields}, query={"allow_duplicate": "true"})
    assert made.status == 201, made.body
    found: dict[str, Any] = made.body
    flow.project((f"CUSTOMER#{found['id']}", "PROFILE"))
    return found


def find() -> None:
    """The job of the day, to its end, and what the stream makes of it."""
    from handlers import jobs  # noqa: PLC0415 - after the settings are in place

    jobs.handler(flow.queue_event({"job": "duplicates", "day": "2026-11-22"}), Context())
    flow.do_jobs()
    flow.project(*[key for key in flow.all_keys() if key[1] == "PAIR"])


def pairs(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/duplicates").body["items"]
    return found


def test_whoever_registers_somebody_is_told_who_it_may_be_and_is_not_kept_from_it(api: Api) -> None:
    first = new(api, "Sunita Rai", birthday="1990-03-05")
    made = api.post("/customers", {"name": "SUNITA RAI", "birthday": "--03-05"})
    assert (made.status, made.body["possible_duplicates"]) == (
        201,
        [{"id": first["id"], "name": "Sunita Rai", "score": 50, "reasons": ["same_name", "same_day_of_birth"]}],
    )
    home = {"address": "12 Lake Road, Pokhara"}
    new(api, "Bikash Thapa", **home)
    made = api.post("/customers", {"name": "Bikas Thapa", "address": "Pokhara, Lake Road 12"})
    assert [one["reasons"] for one in made.body["possible_duplicates"]] == [["near_name", "same_address"]]
    assert "possible_duplicates" not in api.post("/customers", {"name": "Nobody Else", "birthday": "--03-05"}).body


def test_looking_for_them_takes_at_most_two_reads_and_never_stands_in_the_way(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    new(api, "Warm")
    body = {"name": "Sunita Rai", "birthday": "1990-03-05", "address": "12 Lake Road", "kind": "organisation"}
    with faults.recording() as calls:
        assert api.post("/customers", body).status == 201
    assert calls.count("Query") <= 2
    with faults.recording() as calls:
        assert api.post("/customers", {"name": "Sunita Rai"}).status == 201
    assert "Query" not in calls

    def built(*_: Any, **__: Any) -> None:
        raise ViewsBeingBuilt("not now")

    monkeypatch.setattr("crm.core.views.query", built)
    assert api.post("/customers", body).status == 201


def test_the_search_finds_pairs_by_each_key_the_most_alike_first(api: Api) -> None:
    new(api, "Sara Khan", phone="+923001234567", email="sara@example.com", birthday="1990-03-05")
    new(api, "Sara Khan", phone="+923001234567", birthday="1990-03-05")
    new(api, "S. Khan", email="sara+shop@example.com")
    new(api, "Amira Cohen", address="Herzl 5, Haifa")
    new(api, "Amirah Cohen", address="herzl 5 haifa")
    new(api, "Alone", birthday="1990-03-05")
    find()
    found = [(one["score"], one["reasons"], [each["name"] for each in one["customers"]]) for one in pairs(api)]
    assert [(score, reasons) for score, reasons, _ in found] == [
        (100, ["same_phone", "same_name", "same_birthday"]),
        (50, ["same_email", "other_name"]),
        (40, ["near_name", "same_address"]),
    ]
    assert {*found[2][2]} == {"Amira Cohen", "Amirah Cohen"}


def test_what_somebody_called_different_is_never_proposed_again_until_they_take_it_back(api: Api) -> None:
    new(api, "Sara Khan", birthday="1990-03-05")
    twin = new(api, "Sara Khan", birthday="1990-03-05")
    find()
    [pair] = pairs(api)
    path = f"/duplicates/{pair['id']}/different"
    answer = api.post(path)
    assert (answer.status, answer.body["state"], answer.body["decided_by"]) == (200, "different", "manager")
    api.patch(f"/customers/{twin['id']}", {"phone": "+923001234567"}, headers=ANY)
    flow.project((f"CUSTOMER#{twin['id']}", "PROFILE"))
    find()
    assert pairs(api) == []
    assert api.delete(path).body["state"] == "open"
    find()
    assert [one["id"] for one in pairs(api)] == [pair["id"]]
    assert api.post("/duplicates/nobody_none/different").status == 404


def test_of_a_pair_that_was_merged_or_deleted_nobody_is_asked(api: Api) -> None:
    one, two = (new(api, "Sara Khan", birthday="1990-03-05")["id"] for _ in range(2))
    find()
    merge(api, one, two)
    assert pairs(api) == []
    three = new(api, "Sara Khan", birthday="1990-03-05")["id"]
    find()
    assert three in pairs(api)[0]["id"]
    assert api.delete(f"/customers/{three}", headers=ANY).status == 204
    assert pairs(api) == []


def test_a_search_costs_what_changed_and_nothing_where_nobody_did(api: Api) -> None:
    for number in range(8):
        new(api, f"Person {number}", phone=f"+9230012345{number:02}")
    find()
    with faults.recording() as calls:
        find()
    # Who changed in the last hour is looked at again; nothing is written.
    assert "TransactWriteItems" not in calls
    assert calls.count("Query") <= 8 + 2


def test_a_bucket_that_half_the_town_shares_is_no_reason(api: Api) -> None:
    for _ in range(rules.MOST_IN_BUCKET + 1):
        new(api, "Ali Khan", address="Bazaar")
    find()
    assert pairs(api) == []


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ({"name": "Sara", "phone": "+1"}, {"name": "Bilal", "phone": "+1"}, 40),
        ({"name": "Sara", "birthday": "1990-03-05"}, {"name": "Sara", "birthday": "1991-03-05"}, None),
        ({"name": "Sara Khan"}, {"name": "Khan Sara"}, None),
        ({"name": "Sara", "email": "a@x.com", "kind": "person"}, {"name": "S", "email": "a@x.com", "kind": "x"}, None),
    ],
)
def test_what_speaks_for_two_being_one(one: dict[str, Any], other: dict[str, Any], score: int | None) -> None:
    found = rules.likeness(one, other)
    assert (found.score if found else None) == score


def prune(day: str = "2026-11-29") -> None:
    """The duty of the week."""
    from handlers import jobs  # noqa: PLC0415 - after the settings are in place

    jobs.handler(flow.queue_event({"job": "prune_pairs", "day": day}), Context())
    flow.do_jobs()


def kept() -> dict[str, str]:
    """The state of each pair there is."""
    found = [item for item in all_items() if item["sk"]["S"] == "PAIR"]
    return {item["pk"]["S"].removeprefix("DUPLICATE#"): item["state"]["S"] for item in found}


def decided(api: Api, *people: str) -> str:
    pair = pair_of(*people)
    assert api.post(f"/duplicates/{pair}/different").status == 200
    return pair


def test_pairs_of_who_is_gone_go_and_those_of_the_bin_stay(api: Api) -> None:
    ids = [new(api, "Sara Khan", birthday="1990-03-05", gender=f"{n}")["id"] for n in range(4)]
    find()
    assert len(kept()) == 6
    different = decided(api, ids[0], ids[1])
    for gone in ids[1:3]:
        assert api.delete(f"/customers/{gone}", headers=ANY).status == 204
    prune()
    assert len(kept()) == 6
    empty(ids[1])
    prune("2026-12-06")
    assert kept().keys() == {pair_of(*two) for two in ((ids[0], ids[2]), (ids[0], ids[3]), (ids[2], ids[3]))}
    assert different not in kept()


def test_what_was_decided_about_a_record_holds_for_the_one_it_was_merged_into(api: Api) -> None:
    old, into, other, third = (new(api, "Sara Khan", birthday="1990-03-05", gender=f"{n}")["id"] for n in range(4))
    find()
    decided(api, old, other)
    decided(api, into, third)
    decided(api, old, third)
    merge(api, into, old)
    prune()
    open_, different = "open", "different"
    assert kept() == {
        pair_of(into, other): different,
        pair_of(into, third): different,
        pair_of(other, third): open_,
    }


def test_a_decision_made_while_a_pair_is_taken_away_is_looked_at_again(api: Api) -> None:
    one, other = (new(api, "Sara Khan", birthday="1990-03-05", gender=f"{n}")["id"] for n in range(2))
    find()
    assert api.delete(f"/customers/{other}", headers=ANY).status == 204
    empty(other)
    page = Page("prune_pairs", "r", 0, 1, 0, ((f"DUPLICATE#{pair_of(one, other)}", "PAIR"),))
    with faults.interrupted(at=3, by=lambda: decided(api, one, other)):
        assert pruning.prune(page) == {"kept": 1}
    assert pruning.prune(page) == {"gone": 1}
    assert pruning.prune(page) == {"gone": 1}
