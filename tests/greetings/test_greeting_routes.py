"""Rules of greetings over HTTP."""

from typing import Any

import pytest

from crm.core import table
from crm.core.config import settings
from tests.support.rows import count
from tests.support.shop import Shop
from tests.support.world import Api

RULE = {"name": "Birthdays", "occasion": "birthday"}


def test_a_rule_is_added_with_its_defaults_read_changed_and_deleted(api: Api) -> None:
    added = api.post("/greetings", RULE)
    assert added.status == 201
    rule = added.body
    assert {name: rule[name] for name in ("offset_days", "send_at", "segment", "template", "active", "version")} == {
        "offset_days": 0,
        "send_at": "09:00",
        "segment": None,
        "template": "birthday",
        "active": True,
        "version": 1,
    }
    path = added.headers["location"]
    assert api.get(path).body == rule
    changed = api.patch(path, {"send_at": "10:30", "active": False}, headers={"if-match": "1"})
    assert (changed.status, changed.body["send_at"], changed.body["version"]) == (200, "10:30", 2)
    assert [one["id"] for one in api.get("/greetings").body["items"]] == [rule["id"]]
    assert api.delete(path, headers={"if-match": "1"}).status == 412
    assert api.delete(path, headers={"if-match": "2"}).status == 204
    assert api.get(path).status == 404


def test_a_repeated_request_adds_no_second_rule(api: Api) -> None:
    key = {"idempotency-key": "k"}
    first, again = (api.post("/greetings", RULE, headers=key) for _ in range(2))
    assert first.body == again.body
    assert api.post("/greetings", {**RULE, "name": "Other"}, headers=key).status == 409
    assert count("greeting") == 1


def test_a_rule_whose_group_was_deleted_can_still_be_switched_off(api: Api) -> None:
    group = api.post("/segments", {"name": "Urdu", "rule": {"field": "language", "op": "eq", "value": "ur"}})
    path = api.post("/greetings", {**RULE, "segment": group.body["id"]}).headers["location"]
    assert api.delete(group.headers["location"], headers={"if-match": "1"}).status == 409
    # Both at the same moment: the group is looked for before the greeting is there.
    key = table.to_item({"pk": "SEGMENTS", "sk": f"SEGMENT#{group.body['id']}"})
    table.client().delete_item(TableName=settings().crm_table, Key=key)
    assert api.patch(path, {"active": False}, headers={"if-match": "1"}).body["active"] is False
    again = api.patch(path, {"active": True, "segment": group.body["id"]}, headers={"if-match": "2"})
    assert (again.status, again.body["errors"][0]["pointer"]) == (422, "/segment")
    assert api.patch(path, {"active": True, "segment": None}, headers={"if-match": "2"}).status == 200


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"send_at": "24:00"}, "/send_at"),
        ({"send_at": "9:00"}, "/send_at"),
        ({"send_at": "٠٩:٠٠"}, "/send_at"),
        ({"send_at": "20:00"}, "/send_at"),
        ({"send_at": "19:46"}, "/send_at"),  # at 19:45 and at 20:00 it is asked what is due
        ({"occasion": "easter"}, "/occasion"),
        ({"occasion": "feast"}, "/feast"),
        ({"occasion": "feast", "feast": "black_friday"}, "/feast"),
        ({"rest_days": "skip"}, "/rest_days"),
        ({"template": "digest"}, "/template"),
        ({"offset_days": 500}, "/offset_days"),
        ({"offset_days": "1"}, "/offset_days"),
        ({"segment": "unknown"}, "/segment"),
        ({"template": "../../etc/passwd"}, "/template"),
        ({"version": 3}, "/version"),
        ({"offset_days": 61}, "/offset_days"),
        ({"min_amount": "100.00"}, "/min_amount"),
        ({"occasion": "large_purchase_anniversary"}, "/min_amount"),
        ({"occasion": "large_purchase_anniversary", "min_amount": "0"}, "/min_amount"),
        ({"occasion": "large_purchase_anniversary", "min_amount": 100}, "/min_amount"),
        ({"occasion": "custom_anniversary", "template": "birthday"}, "/field"),
        ({"occasion": "custom_anniversary", "field": "installed_on"}, "/template"),
        ({"occasion": "days_after", "event": "custom", "field": "installed_on"}, "/template"),
        ({"occasion": "days_after", "template": "birthday"}, "/event"),
        ({"occasion": "days_after", "event": "custom", "template": "birthday"}, "/field"),
        ({"occasion": "days_after", "event": "joined", "offset_days": -1, "template": "birthday"}, "/offset_days"),
        ({"occasion": "days_after", "event": "joined", "offset_days": 3651, "template": "birthday"}, "/offset_days"),
        ({"event": "joined"}, "/event"),
        ({"purpose": "service"}, "/purpose"),
        ({"starts_on": "--12-01"}, "/starts_on"),
        ({"starts_on": "2026-12-01", "ends_on": "2026-11-30"}, "/ends_on"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_nothing_is_written(
    api: Api, fields: dict[str, Any], pointer: str
) -> None:
    refused = api.post("/greetings", {**RULE, **fields})
    assert refused.status == 422
    assert [error["pointer"] for error in refused.body["errors"]] == [pointer]
    assert count("greeting") == 0


def test_a_rule_can_be_about_every_occasion(api: Api) -> None:
    occasions: list[dict[str, Any]] = [
        {"occasion": "large_purchase_anniversary", "min_amount": "250.00"},
        {"occasion": "custom_anniversary", "field": "installed_on", "template": "purchase_anniversary"},
        {"occasion": "days_after", "event": "last_contact", "offset_days": 3650, "template": "follow_up"},
        {"occasion": "days_after", "event": "custom", "field": "installed_on", "template": "maintenance"},
        {"occasion": "joined_anniversary", "template": "purchase_anniversary", "purpose": "marketing"},
        {"occasion": "hebrew_birthday", "template": "birthday"},
        {"occasion": "feast", "feast": "easter", "offset_days": -2, "rest_days": "before"},
        {"occasion": "last_purchase_anniversary", "starts_on": "2026-12-01", "ends_on": "2026-12-01"},
    ]
    for given in occasions:
        added = api.post("/greetings", {"name": "Rule", **given})
        assert added.status == 201, added.body
        assert {name: added.body[name] for name in given} == given


def test_under_another_occasion_what_only_the_old_one_needed_is_dropped(api: Api) -> None:
    given = {"name": "Large", "occasion": "large_purchase_anniversary", "min_amount": "250.00"}
    path = api.post("/greetings", given).headers["location"]
    refused = api.patch(path, {"occasion": "days_after"}, headers={"if-match": "1"})
    assert [error["pointer"] for error in refused.body["errors"]] == ["/event"]
    changed = api.patch(path, {"occasion": "birthday"}, headers={"if-match": "1"}).body
    assert (changed["occasion"], changed["min_amount"]) == ("birthday", None)


def test_a_change_is_checked_together_with_what_stays(api: Api) -> None:
    path = api.post("/greetings", {**RULE, "starts_on": "2026-12-01"}).headers["location"]
    refused = api.patch(path, {"ends_on": "2026-11-30"}, headers={"if-match": "1"})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/ends_on")
    assert api.patch(path, {"starts_on": None, "ends_on": "2026-11-30"}, headers={"if-match": "1"}).status == 200


def test_a_rule_says_since_when_it_greets_as_it_does_now(shop: Shop, api: Api) -> None:
    rule = api.post("/greetings", RULE).body
    assert rule["active_since"] == "2026-11-21T04:00:00.000000Z"
    path = f"/greetings/{rule['id']}"
    shop.wait(hours=1)
    assert api.patch(path, {"name": "Cards"}, headers={"if-match": "1"}).body["active_since"] == rule["active_since"]
    assert api.patch(path, {"active": False}, headers={"if-match": "2"}).body["active_since"] is None
    again = api.patch(path, {"active": True}, headers={"if-match": "3"}).body
    assert again["active_since"] == "2026-11-21T05:00:00.000000Z"
