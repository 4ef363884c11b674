"""Whoever sends several wrong fields is told of all of them, not of one after the other."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crm.core.errors import FieldError, InvalidFields, require_each
from crm.core.reason import Reason
from tests.support.world import Api

LATER = "2031-01-01"


def told(api: Api, path: str, body: Mapping[str, object]) -> list[str]:
    """The pointers of what is wrong."""
    answer = api.post(path, body)
    assert answer.status == 422, answer.body
    return sorted(one["pointer"] for one in answer.body["errors"])


def test_what_lies_in_the_future_of_a_customer(api: Api) -> None:
    new = {"birthday": LATER, "joined_on": LATER, "age_noted": {"years": 40, "noted_on": LATER}}
    assert told(api, "/customers", {"name": "Anna", **new}) == ["/age_noted/noted_on", "/birthday", "/joined_on"]


def test_own_fields_that_are_too_long(api: Api) -> None:
    answer = api.post("/customers", {"name": "Anna", "custom": {"one": "a" * 1001, "two": "b" * 1001, "three": 10**15}})
    assert answer.status == 422, answer.body
    assert {one["pointer"]: one["reason"] for one in answer.body["errors"]} == {
        "/custom/one": "must have at most 1000 characters",
        "/custom/two": "must have at most 1000 characters",
        "/custom/three": "must have at most 15 digits; send it as text",
    }


def test_the_time_and_the_sum_of_a_purchase(api: Api) -> None:
    customer = api.post("/customers", {"name": "Anna"}).body["id"]
    sold = {"amount": "-1.00", "at": f"{LATER}T10:00:00Z"}
    assert told(api, f"/customers/{customer}/purchases", sold) == ["/amount", "/at"]


def test_what_is_said_of_a_relation(api: Api) -> None:
    anna, bilal = (api.post("/customers", {"name": name}).body["id"] for name in ("Anna", "Bilal"))
    said = {"kind": "household", "customer": bilal, "title": "Aunt", "roles": ["payer"], "from": LATER}
    assert told(api, f"/customers/{anna}/relations", said) == ["/from", "/roles", "/title"]


def test_both_ends_of_a_relation(api: Api) -> None:
    firm = api.post("/customers", {"name": "Firm", "kind": "organisation"}).body["id"]
    anna = api.post("/customers", {"name": "Anna"}).body["id"]
    said = {"kind": "member_of", "customer": anna}
    assert told(api, f"/customers/{firm}/relations", said) == ["/customer", "/kind"]


def test_checks_that_find_nothing_raise_nothing_and_all_others_are_made() -> None:
    def refuse() -> None:
        raise InvalidFields.one("/a", Reason("must not be empty"))

    require_each(lambda: None)
    with pytest.raises(InvalidFields) as refused:
        require_each(refuse, lambda: None, refuse)
    assert refused.value.fields == (FieldError("/a", Reason("must not be empty")),) * 2
    assert refused.value.detail == "/a: must not be empty; /a: must not be empty"
