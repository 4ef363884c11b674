"""What is made of a group keeps it from being deleted, and is named; and how many groups there can be."""

from __future__ import annotations

from typing import Any

import pytest

from crm.core.text import quoted
from crm.segments import service
from tests.segments.groups import EVERYBODY, customer, group
from tests.support import faults, flow
from tests.support.world import Answer, Api

GREETING = {"name": "Birthdays", "occasion": "birthday", "send_at": "09:00", "template": "birthday", "active": True}


def remove(api: Api, group_id: str) -> Answer:
    return api.delete(f"/segments/{group_id}", headers={"If-Match": "*"})


def made_of(group_id: str) -> dict[str, Any]:
    return {"not": {"field": "segment", "op": "eq", "value": group_id}}


def greeting(api: Api, group_id: str) -> str:
    made = api.post("/greetings", {**GREETING, "segment": group_id})
    assert made.status == 201, made.body
    return str(made.body["id"])


def test_a_group_that_is_used_is_kept_and_its_users_are_named(api: Api) -> None:
    used = group(api)
    others, rule = group(api, made_of(used), name="Others"), greeting(api, used)
    refused = remove(api, used)
    assert refused.status == 409
    assert refused.body["used_by"] == [
        {"kind": "segment", "id": others, "name": "Others"},
        {"kind": "greeting", "id": rule, "name": "Birthdays"},
    ]
    named = f"the segment {quoted('Others')}, the greeting {quoted('Birthdays')}"
    assert named in refused.body["detail"], "in quotes and isolates: a Hebrew name turns no words around it"
    assert api.get(f"/segments/{used}").status == 200
    assert remove(api, others).status == 204
    assert api.delete(f"/greetings/{rule}", headers={"If-Match": "*"}).status == 204
    assert remove(api, used).status == 204


def test_a_group_made_of_it_meanwhile_keeps_it_too(api: Api) -> None:
    used = group(api)
    with faults.interrupted(at=7, by=lambda: api.post("/segments", {"name": "Others", "rule": made_of(used)})) as calls:
        assert remove(api, used).status == 409
    assert calls[6] == "TransactWriteItems"
    assert api.get(f"/segments/{used}").status == 200


def test_a_changed_group_no_longer_keeps_what_it_was_made_of(api: Api) -> None:
    used = group(api)
    others = group(api, made_of(used))
    assert api.patch(f"/segments/{others}", {"rule": EVERYBODY}, headers={"If-Match": "*"}).status == 200
    assert remove(api, used).status == 204
    flow.settle()
    assert api.get(f"/segments/{others}").body["state"] == "ready"


def test_a_group_still_being_filled_under_another_rule_can_be_deleted(api: Api) -> None:
    customer(api, "Asma")
    made = group(api)
    assert api.patch(f"/segments/{made}", {"rule": {"not": EVERYBODY}}, headers={"If-Match": "*"}).status == 200
    flow.project(("SEGMENTS", f"SEGMENT#{made}"))
    assert remove(api, made).status == 204
    flow.project(("SEGMENTS", f"SEGMENT#{made}"), change="REMOVE")
    flow.do_jobs()
    assert not [key for key in flow.view_keys() if key[0].startswith("SEGMENT#")]


def test_there_are_as_many_groups_as_there_can_be(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_SEGMENTS", 2)
    request: Any = {"headers": {"Idempotency-Key": "k"}}
    first = api.post("/segments", {"name": "Guests", "kind": "static"}, **request).body["id"]
    group(api)
    for body in ({"name": "Third", "rule": EVERYBODY}, {"name": "Third", "kind": "static"}):
        refused = api.post("/segments", body)
        assert (refused.status, refused.body["type"]) == (409, "urn:crm:problem:limit-reached")
        assert "2 groups" in refused.body["detail"]
    assert api.post("/segments", {"name": "Guests", "kind": "static"}, **request).body["id"] == first
    assert remove(api, first).status == 204
    assert api.post("/segments", {"name": "Third", "rule": EVERYBODY}).status == 201
