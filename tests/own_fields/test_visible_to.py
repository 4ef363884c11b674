"""A field that some roles alone see is seen by them and by whoever defines fields, and is nowhere for all others."""

from __future__ import annotations

from typing import Any

import pytest

from crm.access import roster
from tests.support import flow
from tests.support.world import Api

SECRET = {"name": "illness", "type": "text", "searchable": True, "visible_to": ["service"]}
ANY = {"if-match": "*"}


@pytest.fixture
def patient(api: Api) -> str:
    """A customer with a value that the service alone sees."""
    assert api.post("/fields", SECRET).status == 201
    made = api.post("/customers", {"name": "Sunita", "custom": {"illness": "canaryasthma"}})
    flow.settle()
    return str(made.headers["location"])


def seen(api: Api, path: str, role: str) -> Any:
    return api.get(path, role=role, caller=f"somebody in {role}").body.get("custom")


@pytest.mark.parametrize("role", ["service", "manager", "owner"])
def test_who_is_named_and_who_defines_fields_sees_it(api: Api, patient: str, role: str) -> None:
    assert seen(api, patient, role) == {"illness": "canaryasthma"}


@pytest.mark.parametrize("role", ["sales", "marketing", "readonly"])
def test_nobody_else_does(api: Api, patient: str, role: str) -> None:
    assert not seen(api, patient, role)
    found = api.get("/customers", query={"search": "canaryasthma"}, role=role, caller=f"somebody in {role}")
    assert found.status == 200
    assert found.body["items"] == []


def test_nobody_else_writes_it(api: Api, patient: str) -> None:
    refused = api.patch(patient, {"custom": {"illness": "nothing"}}, headers=ANY, role="sales", caller="manager")
    assert refused.status == 422
    assert "canary" not in str(refused.body)
    assert seen(api, patient, "manager") == {"illness": "canaryasthma"}


def test_it_holds_for_a_process_that_reads_anew_and_ends_with_the_list(api: Api, patient: str) -> None:
    roster.forget()
    assert not seen(api, patient, "marketing")
    changed = api.patch("/fields/illness", {"visible_to": None}, headers=ANY)
    assert (changed.status, changed.body["visible_to"]) == (200, [])
    roster.forget()
    assert seen(api, patient, "marketing") == {"illness": "canaryasthma"}


def test_what_customers_still_have_of_a_field_that_is_gone_stays_hidden(api: Api, patient: str) -> None:
    assert api.delete("/fields/illness", headers=ANY).status == 204
    assert not seen(api, patient, "marketing")
    assert seen(api, patient, "service") == {"illness": "canaryasthma"}


def test_a_role_that_there_is_not_is_refused(api: Api) -> None:
    refused = api.post("/fields", {**SECRET, "visible_to": ["service", "doctor"]})
    assert refused.status == 422
    assert [error["pointer"] for error in refused.body["errors"]] == ["/visible_to"]
    assert "doctor" in refused.body["errors"][0]["reason"]
    assert api.get("/fields/illness").status == 404
