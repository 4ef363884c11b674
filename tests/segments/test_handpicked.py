"""Groups whose members are picked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm.core import table
from crm.core.config import settings
from crm.segments import disbanding
from handlers import jobs
from tests.segments.groups import customer, forget, names, purchase
from tests.support import faults, flow
from tests.support.world import Answer, Api, Context

if TYPE_CHECKING:
    from tests.support.shop import Shop


@pytest.fixture
def api(shop: Shop) -> Api:
    return Api()


def picked(api: Api, *customer_ids: str, name: str = "Guests", **request: Any) -> str:
    """A hand-picked group of these; the id."""
    made = api.post("/segments", {"name": name, "kind": "static"}, **request)
    assert made.status == 201, made.body
    if customer_ids:
        assert pick(api, made.body["id"], add=[*customer_ids]).status == 200
    flow.settle()
    return str(made.body["id"])


def pick(api: Api, group_id: str, **change: list[str]) -> Answer:
    return api.post(f"/segments/{group_id}/members", change)


def groups_of(api: Api, customer_id: str) -> list[str]:
    found: list[str] = api.get(f"/customers/{customer_id}").body["groups"]
    return found


def remove(api: Api, group_id: str) -> None:
    assert api.delete(f"/segments/{group_id}", headers={"If-Match": "*"}).status == 204


def test_a_hand_picked_group_is_there_at_once_and_empty(api: Api) -> None:
    made = api.post("/segments", {"name": "Guests", "kind": "static"}).body
    assert (made["kind"], made["state"], made["members"]) == ("static", "ready", 0)
    assert names(api, made["id"]) == []


def test_who_is_picked_counts_with_what_they_spend_and_is_listed(api: Api) -> None:
    asma, bina = customer(api, "Asma"), customer(api, "Bina")
    purchase(api, asma, "12.50")
    guests = picked(api, asma, bina)
    assert names(api, guests, sort="money") == ["Asma", "Bina"]
    totals = api.get(f"/segments/{guests}").body["totals"]
    assert (totals["members"], totals["spent"]) == (2, "12.50")
    assert groups_of(api, asma) == [guests]
    assert [one["name"] for one in api.get("/customers", query={"segment": guests}).body["items"]] == ["Asma", "Bina"]


def test_picking_again_changes_nothing_and_says_so(api: Api) -> None:
    asma, bina = customer(api, "Asma"), customer(api, "Bina")
    guests = picked(api, asma)
    before = api.get(f"/customers/{asma}").body
    answer = pick(api, guests, add=[asma, bina, asma])
    assert answer.body == {"added": 1, "removed": 0, "unchanged": 1, "unknown": []}
    assert api.get(f"/customers/{asma}").body == before
    assert pick(api, guests, remove=[bina], add=[asma]).body["removed"] == 1
    assert pick(api, guests, remove=[bina]).body == {"added": 0, "removed": 0, "unchanged": 1, "unknown": []}
    flow.settle()
    assert names(api, guests) == ["Asma"]


def test_unknown_and_deleted_customers_are_named_and_the_others_picked(api: Api) -> None:
    asma, gone = customer(api, "Asma"), customer(api, "Bina")
    forget(api, gone)
    answer = pick(api, picked(api), add=["nobody", asma, gone])
    assert answer.status == 200
    assert answer.body == {"added": 1, "removed": 0, "unchanged": 0, "unknown": sorted(["nobody", gone])}


def test_a_deleted_customer_leaves_the_group(api: Api) -> None:
    asma, bina = customer(api, "Asma"), customer(api, "Bina")
    guests = picked(api, asma, bina)
    forget(api, asma)
    assert names(api, guests) == ["Bina"]
    assert api.get(f"/segments/{guests}").body["members"] == 1


def test_a_change_of_the_customer_keeps_the_groups(api: Api) -> None:
    asma = customer(api, "Asma")
    guests = picked(api, asma)
    assert api.patch(f"/customers/{asma}", {"name": "Asma K"}, headers={"If-Match": "1"}).status == 200
    assert groups_of(api, asma) == [guests]
    refused = api.patch(f"/customers/{asma}", {"groups": []}, headers={"If-Match": "*"})
    assert refused.status == 422


def test_a_group_by_a_rule_cannot_be_picked_for_and_a_picked_one_takes_no_rule(api: Api) -> None:
    asma = customer(api, "Asma")
    rule = {"field": "name", "op": "exists", "value": True}
    by_rule = api.post("/segments", {"name": "All", "rule": rule}).body["id"]
    assert pick(api, by_rule, add=[asma]).status == 409
    both = api.post("/segments", {"name": "All", "kind": "static", "rule": rule})
    assert (both.status, both.body["errors"][0]["pointer"]) == (422, "/rule")
    guests = picked(api)
    changed = api.patch(f"/segments/{guests}", {"rule": rule}, headers={"If-Match": "*"})
    assert (changed.status, changed.body["errors"][0]["pointer"]) == (422, "/rule")
    assert api.patch(f"/segments/{guests}", {"name": "Friends"}, headers={"If-Match": "*"}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"add": []},
        {"add": ["a"], "remove": ["a"]},
        {"add": [f"c{n}" for n in range(101)]},
        {"add": [f"c{n}" for n in range(60)], "remove": [f"d{n}" for n in range(60)]},
        {"add": [""]},
        {"add": [None]},
        {"add": ["x" * 201]},
        {"add": "asma"},
        {"add": ["\u0000"]},
        [],
    ],
)
def test_nonsense_is_refused(api: Api, body: Any) -> None:
    assert api.post(f"/segments/{picked(api)}/members", body).status == 422


def test_a_hundred_are_picked_in_a_few_calls(api: Api) -> None:
    made = [customer(api, f"C{n}") for n in range(100)]
    guests = picked(api)
    with faults.recording() as calls:
        assert pick(api, guests, add=made).body["added"] == 100
    assert len(calls) <= 5


def test_two_who_change_the_same_customer_at_once_both_get_their_way(api: Api) -> None:
    asma = customer(api, "Asma")
    guests = picked(api)

    def rename() -> None:
        assert api.patch(f"/customers/{asma}", {"name": "Asma K"}, headers={"If-Match": "*"}).status == 200

    with faults.interrupted(at=3, by=rename) as calls:
        assert pick(api, guests, add=[asma]).body["added"] == 1
    assert calls[2] == "TransactWriteItems"
    shown = api.get(f"/customers/{asma}").body
    assert (shown["name"], shown["groups"]) == ("Asma K", [guests])


def test_nobody_comes_into_a_group_that_is_deleted_meanwhile(api: Api) -> None:
    asma = customer(api, "Asma")
    guests = picked(api)
    with faults.interrupted(at=3, by=lambda: remove(api, guests)):
        assert pick(api, guests, add=[asma]).status == 404
    assert groups_of(api, asma) == []


def test_deleting_lets_the_members_go_wherever_the_job_dies(
    api: Api, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disbanding, "_PAGES", 1)
    monkeypatch.setattr(disbanding, "_AT_ONCE", 2)
    made = [customer(api, f"C{n}") for n in range(5)]
    tried = 0
    for point in faults.crash_points(every=every):
        guests = picked(api, *made, name="Guests")
        kept = picked(api, made[0], name="Kept")
        remove(api, guests)
        flow.project(("SEGMENTS", f"SEGMENT#{guests}"), change="REMOVE")
        flow.project(("SEGMENTS", f"DISBANDING#{guests}"), change="INSERT")
        message = {"job": "disband", "segment": guests}
        with point:
            jobs.handler(flow.queue_event(message), Context())
        flow.do_jobs()
        flow.settle()
        assert [groups_of(api, one) for one in made] == [[kept], [], [], [], []], str(point)
        assert marks() == [], str(point)
        assert api.get("/segments").body["items"][0]["members"] == 1
        remove(api, kept)
        disbanding.disband(segment_id=kept, mark=None, after=None)
        tried += 1
    assert tried > 8 / every


def test_the_table_is_gone_through_in_pages_of_many_messages(
    api: Api, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [customer(api, f"C{n}", email=f"c{n}@example.org") for n in range(9)]
    guests = picked(api, *made)
    remove(api, guests)
    scan = table.client().scan
    monkeypatch.setattr(table.client(), "scan", lambda **asked: scan(**asked, Limit=1))
    monkeypatch.setattr(disbanding, "_PAGES", 1)
    flow.project(("SEGMENTS", f"DISBANDING#{guests}"), change="INSERT")
    sent = [job for job in flow.do_jobs(at_most=200) if job["job"] == "disband"]
    assert len(sent) >= 9
    assert "@" not in str(sent), "a place is no e-mail address"
    assert [groups_of(api, one) for one in made] == [[]] * 9
    assert marks() == []


def test_a_message_of_an_earlier_deletion_does_nothing_to_a_later_one(api: Api) -> None:
    asma = customer(api, "Asma")
    guests = picked(api, asma)
    remove(api, guests)
    assert disbanding.disband(segment_id=guests, mark="2020-01-01T00:00:00.000000Z", after=None) is None
    assert marks() == [f"DISBANDING#{guests}"]
    assert groups_of(api, asma) == [guests]


def test_a_group_that_is_being_emptied_cannot_come_back_under_its_key(api: Api) -> None:
    request: Any = {"headers": {"Idempotency-Key": "k"}}
    guests = picked(api, customer(api, "Asma"), **request)
    remove(api, guests)
    refused = api.post("/segments", {"name": "Guests", "kind": "static"}, **request)
    assert refused.status == 409
    disbanding.disband(segment_id=guests, mark=None, after=None)
    assert picked(api, **request) == guests
    assert names(api, guests) == []


def marks() -> list[str]:
    found = table.client().query(
        TableName=settings().crm_table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": "SEGMENTS"}, ":sk": {"S": "DISBANDING#"}},
    )
    return [item["sk"]["S"] for item in found["Items"]]
