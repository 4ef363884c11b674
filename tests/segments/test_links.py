"""Groups that are made of other groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.segments.test_segments import SPENDERS, URDU, customer, segment
from tests.support import flow
from tests.support.world import Api


def in_group(segment_id: str, op: str = "eq") -> dict[str, Any]:
    return {"field": "segment", "op": op, "value": [segment_id] if op == "in" else segment_id}


def members(api: Api, segment_id: str) -> list[str]:
    return [one["name"] for one in api.get(f"/segments/{segment_id}/customers").body["items"]]


def change(api: Api, made: Any, rule: Any) -> Any:
    version = api.get(f"/segments/{made['id']}").body["version"]
    return api.patch(f"/segments/{made['id']}", {"rule": rule}, headers={"If-Match": str(version)})


def test_a_group_can_be_made_of_others(api: Api) -> None:
    customer(api, "Asma", spent="250", language="ur")
    customer(api, "Bina", spent="50", language="ur")
    customer(api, "Chen", spent="300")
    spenders = segment(api, SPENDERS)
    both = segment(api, {"all": [in_group(spenders["id"]), URDU]})
    others = segment(api, {"all": [in_group(spenders["id"], "ne"), {"not": in_group(both["id"], "in")}]})
    flow.settle()
    assert members(api, both["id"]) == ["Asma"]
    assert members(api, others["id"]) == ["Bina"]
    assert api.get(f"/segments/{both['id']}").body["rule"] == {"all": [in_group(spenders["id"]), URDU]}


def test_a_group_follows_those_that_it_is_made_of(api: Api) -> None:
    customer(api, "Asma", spent="250", language="ur")
    customer(api, "Bina", spent="50", language="ur")
    spenders = segment(api, SPENDERS)
    named = segment(api, in_group(spenders["id"]))
    further = segment(api, {"not": in_group(named["id"])})
    flow.settle()
    assert (members(api, named["id"]), members(api, further["id"])) == (["Asma"], ["Bina"])
    assert change(api, spenders, {"not": SPENDERS}).status == 200
    states = [api.get(f"/segments/{one['id']}").body["state"] for one in (spenders, named, further)]
    assert states == ["building"] * 3
    assert (members(api, named["id"]), members(api, further["id"])) == (["Asma"], ["Bina"])
    flow.settle()
    assert (members(api, named["id"]), members(api, further["id"])) == (["Bina"], ["Asma"])


@pytest.mark.parametrize("op", ["eq", "in", "ne"])
def test_a_circle_is_refused_with_its_path(api: Api, op: str) -> None:
    first = segment(api, SPENDERS, name="First")
    second = segment(api, in_group(first["id"]), name="Second")
    third = segment(api, {"not": in_group(second["id"])}, name="Third")
    refused = change(api, first, {"any": [SPENDERS, in_group(third["id"], op)]})
    assert refused.status == 422
    (error,) = refused.body["errors"]
    assert error["pointer"] == "/rule/any/1/value" + ("/0" if op == "in" else "")
    assert "First → Third → Second → First" in error["reason"]
    assert change(api, first, in_group(first["id"])).status == 422


def test_a_group_that_is_not_there_is_named(api: Api) -> None:
    refused = api.post("/segments", {"name": "Group", "rule": {"all": [SPENDERS, in_group("nobody")]}})
    assert refused.status == 422
    assert [error["pointer"] for error in refused.body["errors"]] == ["/rule/all/1/value"]
    assert "'nobody'" in refused.body["errors"][0]["reason"]


def test_groups_of_groups_stay_within_bounds(api: Api) -> None:
    wide = segment(api, {"any": [SPENDERS] * 100})
    rule = {"any": [in_group(wide["id"])] * 4}
    wider = segment(api, rule)
    refused = api.post("/segments", {"name": "Group", "rule": {"any": [in_group(wider["id"])] * 2}})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/rule")
    small = segment(api, SPENDERS)
    many = segment(api, {"any": [in_group(small["id"])] * 9}, name="Nine times")
    refused = change(api, small, {"any": [SPENDERS] * 100})
    assert refused.status == 422
    assert "Nine times" in refused.body["errors"][0]["reason"]
    assert api.get(f"/segments/{many['id']}").body["version"] == 1
