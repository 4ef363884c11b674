"""Registering, reading, changing and forgetting a customer over HTTP."""

from typing import Any

import pytest

from crm.core import clock
from crm.customers.models import Contact, Profile
from crm.privacy import erasing
from tests.support import forgetting
from tests.support.rows import all_items, count
from tests.support.world import Api

SARA = {"name": "سارہ احمد", "email": "Sara@Example.com", "phone": "+92 300 1234567"}


def test_a_customer_comes_back_as_sent_with_what_the_store_adds(api: Api) -> None:
    made = api.post("/customers", SARA)
    assert made.status == 201, made.body
    read = api.get(made.headers["location"])
    assert read.body == made.body
    assert read.body["name"] == "سارہ احمد"
    assert read.body["email"] == "sara@example.com"
    assert read.body["phone"] == "+923001234567"
    assert read.body["kind"] == "person"
    assert read.body["facts"]["spent"] == "0.00"
    assert read.headers["etag"] == '"1"'


def test_every_profile_field_survives_the_round_trip(api: Api) -> None:
    fields: dict[str, Any] = {
        "name": "নাজমা",
        "kind": "person",
        "birthday": "--02-29",
        "gender": "female",
        "income_band": "B",
        "payment_method": "cash",
        "purchase_purpose": "gift",
        "language": "bn-BD",
        "timezone": "Asia/Dhaka",
        "address": "12 Lake Road\nDhaka",
        "source": "walk-in",
        "owner": "sales",
        "tags": ["vip", "বন্ধু"],
        "consent": {"greeting": True, "marketing": False, "service": None},
        "custom": {"shoe_size": 38, "weight": "61.50", "ratio": 0.1, "member": True},
    }
    read = api.get(api.post("/customers", fields).headers["location"]).body
    assert {name: read[name] for name in fields if name != "custom"} == {
        k: v for k, v in fields.items() if k != "custom"
    }
    assert read["custom"] == {"shoe_size": 38, "weight": "61.50", "ratio": 0.1, "member": True}


def test_local_digits_in_a_phone_are_understood(api: Api) -> None:
    assert api.post("/customers", {"name": "ا", "phone": "+۹۲ ۳۰۰ ۱۲۳۴۵۶۷"}).body["phone"] == "+923001234567"


def test_an_age_without_a_birthday_keeps_the_day_it_was_noted(api: Api) -> None:
    made = api.post("/customers", {"name": "Old", "age_noted": 70}).body["age_noted"]
    assert made["years"] == 70
    assert made["noted_on"][:4] == str(clock.now().year)


def test_the_same_request_under_the_same_key_makes_one_customer(api: Api) -> None:
    first, again = (api.post("/customers", SARA, headers={"idempotency-key": "k"}) for _ in range(2))
    assert first.status == again.status == 201
    assert first.body == again.body
    assert count("profile") == 1


def test_another_request_under_the_same_key_is_refused(api: Api) -> None:
    api.post("/customers", SARA, headers={"idempotency-key": "k"})
    before = all_items()
    refused = api.post("/customers", {"name": "Other"}, headers={"idempotency-key": "k"})
    assert refused.status == 409
    assert refused.body["type"].endswith("idempotency-key-reused")
    assert all_items() == before


def test_one_callers_key_does_not_answer_another_caller(api: Api) -> None:
    api.post("/customers", {"name": "A"}, headers={"idempotency-key": "k"}, caller="sales")
    api.post("/customers", {"name": "B"}, headers={"idempotency-key": "k"}, caller="till")
    assert count("profile") == 2


@pytest.mark.parametrize("twin", [{"email": "SARA@example.com"}, {"phone": "+923001234567"}])
def test_a_known_contact_is_refused_with_its_candidates(api: Api, twin: dict[str, str]) -> None:
    known = api.post("/customers", SARA).body
    refused = api.post("/customers", {"name": "Sara A.", **twin})
    assert refused.status == 409
    assert [found["id"] for found in refused.body["candidates"]] == [known["id"]]
    assert count("profile") == 1
    allowed = api.post("/customers", {"name": "Sara A.", **twin}, query={"allow_duplicate": "true"})
    assert allowed.status == 201
    address = allowed.body["email"] or allowed.body["phone"]
    contact = Contact.read(address)
    assert contact is not None
    assert contact.customers == {known["id"], allowed.body["id"]}


def test_a_change_needs_the_version_it_is_based_on(api: Api) -> None:
    made = api.post("/customers", SARA)
    path = made.headers["location"]
    changed = api.patch(path, {"language": "ur"}, headers={"if-match": '"1"'})
    assert (changed.status, changed.body["version"], changed.body["language"]) == (200, 2, "ur")
    stale = api.patch(path, {"language": "en"}, headers={"if-match": "1"})
    assert stale.status == 412
    assert "version 2" in stale.body["detail"]
    assert api.get(path).body["language"] == "ur"


def test_null_empties_a_field_and_objects_are_merged_by_key(api: Api) -> None:
    path = api.post(
        "/customers", {**SARA, "gender": "female", "consent": {"greeting": True}, "custom": {"a": 1, "b": 2}}
    ).headers["location"]
    change = {"gender": None, "consent": {"marketing": False}, "custom": {"a": None, "c": 3}}
    changed = api.patch(path, change, headers={"if-match": "1"}).body
    assert changed["gender"] is None
    assert changed["consent"] == {"greeting": True, "marketing": False, "service": None}
    assert changed["custom"] == {"b": 2, "c": 3}


def test_a_changed_contact_is_free_for_others_and_the_new_one_taken(api: Api) -> None:
    path = api.post("/customers", SARA).headers["location"]
    api.patch(path, {"email": "new@example.com"}, headers={"if-match": "1"})
    assert Contact.read("sara@example.com") is None
    assert api.post("/customers", {"name": "X", "email": "sara@example.com"}).status == 201
    taken = api.patch(path, {"email": "sara@example.com"}, headers={"if-match": "2"})
    assert taken.status == 409
    assert api.get(path).body["email"] == "new@example.com"


def test_a_forgotten_customer_is_gone_at_once_and_leaves_nothing_but_a_used_id(api: Api) -> None:
    made = api.post("/customers", SARA)
    path = made.headers["location"]
    api.post(f"{path}/interactions", {"kind": "call", "summary": "hello"})
    assert api.delete(path, headers={"if-match": "7"}).status == 412
    assert api.delete(path, headers={"if-match": "1"}).status == 204
    assert api.get(path).status == 404
    assert api.delete(path, headers={"if-match": "1"}).status == 404
    assert api.post(f"{path}/interactions", {"kind": "call", "summary": "late"}).status == 404
    forgetting.empty(made.body["id"])
    # The number under which sums are counted says nothing of anybody; names of sums have been looked through.
    left = sorted(item["entity"]["S"] for item in forgetting.but_the_audit(all_items()) if item["pk"]["S"] != "RULES")
    assert left == ["erased", "erasure", *["forgotten"] * 2]


@pytest.mark.parametrize("is_emptied", [False, True])
def test_a_request_that_is_repeated_after_the_deletion_brings_nobody_back(api: Api, is_emptied: bool) -> None:
    key = {"idempotency-key": "k"}
    made = api.post("/customers", SARA, headers=key)
    api.delete(made.headers["location"], headers={"if-match": "1"})
    if is_emptied:
        forgetting.empty(made.body["id"])
    again = api.post("/customers", SARA, headers=key)
    assert (again.status, again.body["type"]) == (409, "urn:crm:problem:idempotency-key-reused")
    assert api.get(made.headers["location"]).status == 404
    back = {"allow_forgotten": "true"} if is_emptied else {}
    assert api.post("/customers", SARA, headers={"idempotency-key": "k2"}, query=back).status == 201


def test_erasing_leaves_a_living_customer_alone(api: Api) -> None:
    made = api.post("/customers", SARA).body["id"]
    erasing.erase(customer_id=made, places=())
    assert Profile.read(made).name == "سارہ احمد"
