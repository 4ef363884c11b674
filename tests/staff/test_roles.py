"""Roles of members, roles of the business's own, teams and absences over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from crm.access import roster
from crm.access.models import Roster
from tests.support.world import Answer, Api

PACKER = {"id": "packer", "says": "Packs parcels.", "own": ["customers.read"], "all": ["business.read"]}


def enter(api: Api, staff_id: str, **fields: Any) -> Answer:
    return api.post("/staff", {"id": staff_id, "name": staff_id.title(), **fields}, role="owner", caller="amina")


def put(api: Api, staff_id: str, **fields: Any) -> Answer:
    return api.patch(f"/staff/{staff_id}", fields, headers={"if-match": "*"}, caller="amina", role="owner")


def owner(api: Api) -> None:
    assert enter(api, "amina", role="owner").status == 201


def test_a_member_has_the_role_they_were_given_from_the_next_request_on(api: Api) -> None:
    assert enter(api, "ravi", role="till").body["role"] == "till"
    assert api.get("/views", caller="ravi").status == 403
    assert api.patch("/staff/ravi", {"role": "manager"}, headers={"if-match": "1"}, role="owner").status == 200
    assert api.get("/views", caller="ravi", role="till").status == 200
    assert put(api, "ravi", inactive=True).status == 200
    assert api.get("/customers", caller="ravi", role="manager").status == 403
    assert put(api, "ravi", inactive=False).status == 200
    assert api.get("/views", caller="ravi", role="till").status == 200
    assert Roster.read().members["ravi"]["role"] == "manager"


def test_a_role_that_was_taken_away_is_not_made_good_by_the_token(api: Api) -> None:
    enter(api, "ravi", role="manager")
    assert api.patch("/staff/ravi", {"role": None}, headers={"if-match": "1"}, role="owner").body["role"] is None
    assert api.get("/customers", caller="ravi", role="manager").status == 403


def test_nobody_raises_themselves_or_gives_more_than_they_have(api: Api) -> None:
    owner(api)
    enter(api, "ravi", role="manager")
    for fields in ({"role": "owner"}, {"role": "owner", "name": "R"}):
        assert api.patch("/staff/ravi", fields, headers={"if-match": "*"}, caller="ravi").status == 403
        assert api.post("/staff", {"id": "twin", "name": "T", **fields}, caller="ravi").status == 403
    assert api.patch("/staff/ravi", {"role": "manager"}, headers={"if-match": "*"}, caller="ravi").status == 200
    assert api.get("/staff/twin").status == 404
    assert api.get("/staff/ravi").body["role"] == "manager"


@pytest.mark.parametrize("fields", [{"role": "till"}, {"role": None}, {"inactive": True}, {"substitute": "ravi"}])
def test_a_manager_cannot_lower_an_owner_by_whatever_the_owner_is_one(api: Api, fields: dict[str, Any]) -> None:
    owner(api)
    enter(api, "ravi", role="manager")
    assert api.patch("/staff/amina", fields, headers={"if-match": "*"}, caller="ravi").status == 403
    # The first owner, of whom the store says nothing, stays one by the group of the token.
    enter(api, "first")
    api.patch("/staff/first", fields, headers={"if-match": "*"}, caller="ravi")
    assert api.get("/views", caller="first", role="owner").status == 200


def test_the_last_owner_stays(api: Api) -> None:
    owner(api)
    for fields in ({"role": "manager"}, {"role": None}, {"inactive": True}):
        assert api.patch("/staff/amina", fields, headers={"if-match": "*"}, caller="amina").status == 409
    enter(api, "sita", role="owner")
    stepped_down = api.patch("/staff/amina", {"role": "manager"}, headers={"if-match": "*"}, caller="amina")
    assert (stepped_down.status, stepped_down.body["role"]) == (200, "manager")
    assert api.get("/customers", caller="amina", role="owner").status == 200
    assert api.post("/roles", PACKER, caller="amina", role="owner").status == 403


def test_an_owner_by_token_alone_does_not_lock_everybody_out(api: Api) -> None:
    enter(api, "first")
    refused = api.patch("/staff/first", {"role": "till"}, headers={"if-match": "*"}, caller="first", role="owner")
    assert refused.status == 409


def test_a_role_of_the_business_is_made_given_changed_and_taken_away(api: Api) -> None:
    made = api.post("/roles", PACKER, role="owner")
    assert (made.status, made.headers["location"]) == (201, "/roles/packer")
    assert api.post("/roles", PACKER, role="owner").body == made.body
    assert api.post("/roles", {**PACKER, "says": "Another."}, role="owner").status == 409
    assert api.post("/roles", {**PACKER, "id": "owner"}, role="owner").status == 409
    assert api.get("/roles/packer").body == made.body
    assert [one["id"] for one in api.get("/roles").body["items"]][-1] == "packer"
    enter(api, "ravi", role="packer")
    assert api.get("/business", caller="ravi").status == 200
    assert api.get("/teams", caller="ravi").status == 403
    changed = api.patch("/roles/packer", {"all": ["staff.read"]}, headers={"if-match": "1"}, role="owner")
    assert (changed.status, changed.body["version"], changed.body["says"]) == (200, 2, "Packs parcels.")
    assert api.get("/teams", caller="ravi").status == 200
    assert api.get("/business", caller="ravi").status == 403
    assert api.delete("/roles/packer", headers={"if-match": "1"}, role="owner").status == 412
    assert api.delete("/roles/packer", headers={"if-match": "2"}, role="owner").status == 409
    assert api.patch("/staff/ravi", {"role": "till"}, headers={"if-match": "*"}, role="owner").status == 200
    assert api.delete("/roles/packer", headers={"if-match": "2"}, role="owner").status == 204
    assert api.get("/roles/packer").status == 404


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"all": ["customers.read", "everything"]}, "/all/1"),
        ({"all": ["*"]}, "/all/0"),
        ({"own": ["staff.manage"]}, "/own/0"),
        ({"hidden": ["/name"]}, "/hidden/0"),
        ({"hidden": ["gender"]}, "/hidden/0"),
    ],
)
def test_a_role_is_made_of_what_there_is(api: Api, fields: dict[str, Any], pointer: str) -> None:
    refused = api.post("/roles", {**PACKER, **fields}, role="owner")
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)
    assert api.get("/roles/packer").status == 404


def test_only_the_owner_makes_roles_and_nobody_changes_a_built_in_one(api: Api) -> None:
    assert api.post("/roles", PACKER).status == 403
    assert api.patch("/roles/till", {"all": []}, headers={"if-match": "*"}, role="owner").status == 404
    assert api.delete("/roles/till", headers={"if-match": "*"}, role="owner").status == 404


def test_a_manager_gives_no_role_that_holds_more_than_a_manager(api: Api) -> None:
    api.post("/roles", {**PACKER, "id": "deputy", "all": ["roles.manage"]}, role="owner")
    assert api.post("/staff", {"id": "ravi", "name": "Ravi", "role": "deputy"}).status == 403
    assert api.post("/staff", {"id": "ravi", "name": "Ravi", "role": "till"}).status == 201


def test_a_team_is_made_filled_renamed_and_taken_away_when_it_is_empty(api: Api) -> None:
    assert api.post("/teams", {"id": "north", "name": "North"}).status == 201
    assert api.post("/teams", {"id": "north", "name": "North"}).status == 201
    assert api.post("/teams", {"id": "north", "name": "Nord"}).status == 409
    enter(api, "ravi", teams=["north"])
    team = api.get("/teams/north").body
    assert (team["members"], team["version"]) == (["ravi"], 1)
    assert api.patch("/teams/north", {"name": "Nord"}, headers={"if-match": "1"}).body["name"] == "Nord"
    assert api.delete("/teams/north", headers={"if-match": "2"}).status == 409
    assert api.patch("/staff/ravi", {"teams": []}, headers={"if-match": "*"}).status == 200
    assert api.delete("/teams/north", headers={"if-match": "2"}).status == 204
    assert api.get("/teams").body["items"] == []
    # Whoever was in no role before still has that of their token.
    assert api.get("/views", caller="ravi").status == 200


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"role": "king"}, "/role"),
        ({"teams": ["nowhere"]}, "/teams/0"),
        ({"substitute": "nobody"}, "/substitute"),
        ({"substitute": "ravi"}, "/substitute"),
        ({"away_until": "2027-03-01"}, "/away_until"),
        ({"away_from": "2027-03-01", "away_until": "2027-03-01"}, "/away_until"),
        ({"away_from": "--03-01"}, "/away_from"),
    ],
)
def test_a_member_is_given_what_there_is(api: Api, fields: dict[str, Any], pointer: str) -> None:
    refused = enter(api, "ravi", **fields)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)
    assert api.get("/staff/ravi").status == 404
    assert Roster.read().members == {}


def test_another_process_knows_the_role_when_it_reads_the_roster_again(api: Api) -> None:
    enter(api, "ravi", role="till")
    roster.forget()
    assert api.get("/views", caller="ravi").status == 403


def test_a_role_that_a_key_acts_in_is_not_deleted_before_the_key_is_over(api: Api) -> None:
    owner(api)
    by: dict[str, Any] = {"role": "owner", "caller": "amina"}
    assert api.post("/roles", PACKER, **by).status == 201
    key = api.post("/keys", {"name": "Scale 3", "role": "packer", "rate": 5, "valid_days": 30}, **by).body["id"]
    refused = api.delete("/roles/packer", headers={"if-match": "*"}, **by)
    assert (refused.status, "the keys Scale 3 have this role" in refused.body["detail"]) == (409, True)
    assert api.delete(f"/keys/{key}", **by).status == 204
    assert api.delete("/roles/packer", headers={"if-match": "*"}, **by).status == 204


def test_nobody_deletes_a_role_that_may_more_than_they(api: Api) -> None:
    owner(api)
    by: dict[str, Any] = {"role": "owner", "caller": "amina"}
    assert api.post("/roles", {"id": "chief", "all": ["roles.manage", "customers.read"]}, **by).status == 201
    assert api.post("/roles", {"id": "above", "all": ["keys.manage"]}, **by).status == 201
    assert enter(api, "cem", role="chief").status == 201
    assert api.delete("/roles/above", headers={"if-match": "*"}, caller="cem").status == 403
    assert api.get("/roles/above", **by).status == 200
