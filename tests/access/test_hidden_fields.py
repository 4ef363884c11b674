"""What a role does not see is nowhere: planted values stand in no answer and steer no list, search, group, export."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from crm.console.customers import telling
from crm.core import veil
from crm.core.actor import Actor
from crm.customers.schemas import CustomerFields
from tests.access.blinded import CANARIES, PLANTED, POLICY, ask, blind, blinded
from tests.access.world_of_two import Two
from tests.exports.desk import content
from tests.imports.office import Office


@pytest.fixture(scope="module")
def shop() -> Iterator[Two]:
    with blinded() as found:
        yield found


def test_no_answer_holds_what_was_planted(shop: Two) -> None:
    named = {
        **{"customer_id": shop.ids["one"], "segment_id": shop.ids["group"], "version": "2", "name": "shoe"},
        **{"questionnaire_id": shop.ids["asked"], "mail_id": shop.ids["mail"], "reminder_id": shop.ids["due"]},
    }
    answered = 0
    for route in POLICY.routes:
        verb, _, path = route.partition(" ")
        if verb != "GET":
            continue
        for name, value in named.items():
            path = path.replace(f"{{{name}}}", value)
        answer = ask(shop, "GET", path)
        text = json.dumps(answer.body, ensure_ascii=False, default=str)
        text = text.replace("'shoe'", "what was asked for")
        assert [one for one in CANARIES if one in text] == [], (route, text)
        answered += answer.status == 200
    assert answered > 30


def test_what_is_hidden_is_as_if_it_were_unknown(shop: Two) -> None:
    seen = ask(shop, "GET", f"/customers/{shop.ids['one']}").body
    whole = shop.api.get(f"/customers/{shop.ids['one']}").body
    assert seen["name"] == "Asha"
    assert {name for name in whole if whole[name] != seen[name]} >= set(PLANTED)
    assert set(seen) == set(whole)
    blind("/custom/shoe", "/gender")
    try:
        part = ask(shop, "GET", f"/customers/{shop.ids['one']}").body
        assert (part["custom"], part["gender"], part["email"]) == ({}, None, PLANTED["email"])
    finally:
        blind()


@pytest.mark.parametrize("name", [*PLANTED, "age_noted"])
def test_a_hidden_field_is_written_like_one_that_there_is_not(shop: Two, name: str) -> None:
    for verb, path in (("POST", "/customers"), ("PATCH", f"/customers/{shop.ids['one']}")):
        told = {"name": "Asha", name: PLANTED.get(name, 5)}
        refused = ask(shop, verb, path, body=told, headers={"if-match": "*"})
        unknown = ask(shop, verb, path, body={"name": "Asha", "nothing": 1}, headers={"if-match": "*"})
        assert refused.status == unknown.status == 422
        assert str(refused.body).replace(name, "nothing") == str(unknown.body)
    assert shop.api.get(f"/customers/{shop.ids['one']}").body[name] not in (None, [], {}) or name not in PLANTED


def test_fields_that_are_not_seen_are_not_emptied_with_the_others(shop: Two) -> None:
    path = f"/customers/{shop.ids['one']}"
    blind("/custom/shoe")
    try:
        refused = ask(shop, "PATCH", path, body={"custom": None}, headers={"if-match": "*"})
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/custom")
        assert ask(shop, "PATCH", path, body=[], headers={"if-match": "*"}).status == 422
    finally:
        blind()
    assert shop.api.get(path).body["custom"]


@pytest.mark.parametrize(
    "search",
    [
        *("canarymail", "canarymail@hidden.example", "+923339998887", "hidden.example asha"),
        *("narymail", "mail@hidd", "998887", "idden asha", "sha 998887"),
    ],
)
def test_nobody_is_found_by_what_is_hidden(shop: Two, search: str) -> None:
    assert shop.api.get("/customers", query={"search": search}).body["items"] != []
    nothing = ask(shop, "GET", "/customers", query={"search": "qqqqqqqq"}).body
    assert ask(shop, "GET", "/customers", query={"search": search}).body == nothing
    assert [one["name"] for one in ask(shop, "GET", "/customers", query={"search": "ash"}).body["items"]] == ["Asha"]


@pytest.mark.parametrize("name", ["language", "tag"])
def test_a_list_cannot_be_asked_for_by_a_hidden_field(shop: Two, name: str) -> None:
    refused = ask(shop, "GET", "/customers", query={name: "ne"})
    unknown = ask(shop, "GET", "/customers", query={"nothing": "ne"})
    assert str(refused.body).replace(name, "nothing") == str(unknown.body)
    export = ask(shop, "POST", "/exports", body={name: "ne"})
    assert (export.status, export.body["errors"][0]["pointer"]) == (422, f"/{name}")


def test_groups_whose_rules_name_it_are_not_there_also_through_another(shop: Two) -> None:
    assert [one["name"] for one in ask(shop, "GET", "/segments").body["items"]] == ["Plain"]
    assert len(shop.api.get("/segments").body["items"]) == 3
    for group in ("group", "beyond"):
        for path in ("", "/customers", "/growth"):
            theirs = ask(shop, "GET", f"/segments/{shop.ids[group]}{path}")
            nobodys = ask(shop, "GET", f"/segments/nothing{path}")
            assert (theirs.status, str(theirs.body)) == (404, str(nobodys.body).replace("nothing", shop.ids[group]))
        listed = ask(shop, "GET", "/customers", query={"segment": shop.ids[group]})
        assert listed.status == 404
        assert ask(shop, "POST", "/exports", body={"segment": shop.ids[group]}).status == 404
    # Who does not see all fields makes no rules and merges nobody.
    for path in ("/segments", "/segments/preview", "/merges/preview", "/imports"):
        assert ask(shop, "POST", path, body={}).status == 403


def test_sums_are_not_by_it(shop: Two) -> None:
    plain = next(one for one in ask(shop, "GET", "/segments").body["items"])
    assert plain["totals"]["members"] == 1
    assert [plain["totals"][f"by_{name}"] for name in ("language", "age_band", "income_band")] == [{}, {}, {}]


@pytest.mark.parametrize("format_", ["csv", "jsonl", "xlsx"])
def test_an_export_has_neither_the_values_nor_the_columns(shop: Two, format_: str) -> None:
    begun = ask(shop, "POST", "/exports", body={"format": format_}).body["id"]
    Office.work()
    shown = ask(shop, "GET", f"/exports/{begun}").body
    assert shown["state"] == "done", shown
    if format_ != "xlsx":
        text = content(shown).decode("utf-8-sig")
        assert "Asha" in text
        assert [one for one in (*CANARIES, *PLANTED) if one in text.replace("timezone_", "")] == []
    # An export of somebody who sees more is not theirs to see.
    whole = shop.api.post("/exports", {}).body["id"]
    Office.work()
    assert ask(shop, "GET", f"/exports/{whole}").status == 404
    assert whole not in [one["id"] for one in ask(shop, "GET", "/exports").body["items"]]


def test_the_history_of_a_hidden_field_is_that_of_none(shop: Two) -> None:
    path = f"/customers/{shop.ids['one']}/history"
    refused = ask(shop, "GET", path, query={"field": "/income_band"})
    unknown = ask(shop, "GET", path, query={"field": "/nothing_such"})
    assert str(refused.body).replace("/income_band", "/nothing_such") == str(unknown.body)
    assert ask(shop, "GET", path).status == 200


def test_every_field_of_customers_can_be_hidden_or_never_is_by_decision() -> None:
    assert {f"/{name}" for name in CustomerFields.model_fields} - set(POLICY.hideable) <= {"/owner"}
    assert veil.is_hidden("/birthday_bikram_sambat", {"/birthday"})
    assert veil.is_hidden("/other_addresses", {"/phone"})
    assert not veil.is_hidden("/custom/shoe", {"/custom/size"})


def test_what_happened_is_told_without_what_it_says_of_hidden_fields(shop: Two) -> None:
    path = f"/customers/{shop.ids['one']}"
    seen = {one["kind"]: one["details"] for one in ask(shop, "GET", f"{path}/timeline").body["items"]}
    whole = {one["kind"]: one["details"] for one in shop.api.get(f"{path}/timeline").body["items"]}
    assert seen["call"] == whole["call"] == {"summary": "Hello"}
    assert set(whole["purchase"]) - set(seen["purchase"]) == {"payment_method", "purpose"}
    assert (seen["interview"]["summary"], whole["interview"]["summary"].count("\n")) == ("Talk", 4)
    [bought] = ask(shop, "GET", f"{path}/purchases").body["items"]
    assert (bought["payment_method"], bought["purpose"], bought["amount"]) == (None, None, "5.00")
    contacts = {one["kind"]: one["summary"] for one in ask(shop, "GET", f"{path}/interactions").body["items"]}
    assert contacts == {"call": "Hello", "interview": "Talk"}
    till = shop.api.get(f"{path}/purchases", role="service").body["items"]
    assert (till[0]["payment_method"], till[0]["purpose"]) == (None, None)


def test_a_question_about_a_hidden_field_is_not_asked_and_its_answer_not_taken(shop: Two) -> None:
    asked = f"/questionnaires/{shop.ids['asked']}"
    assert [one["id"] for one in ask(shop, "GET", asked).body["questions"]] == ["name"]
    assert len(shop.api.get(asked).body["questions"]) == 4
    held = {"questionnaire": shop.ids["asked"], "answers": {"name": "Bina", "band": "high"}}
    path = f"/customers/{shop.ids['other']}/interviews"
    refused = ask(shop, "POST", path, body=held)
    nothing = ask(shop, "POST", path, body={**held, "answers": {"name": "Bina", "none": "high"}})
    assert (refused.status, str(refused.body).replace("band", "none")) == (422, str(nothing.body))
    assert ask(shop, "POST", path, body={**held, "answers": {"name": "Bina"}}).status == 201


def test_a_mail_does_not_say_the_hidden_address_of_who_wrote_it(shop: Two) -> None:
    [mail] = ask(shop, "GET", "/inbox").body["items"]
    assert (mail["sender"], mail["sender_name"], mail["candidates"]) == (None, "Asha", [])
    assert shop.api.get("/inbox").body["items"][0]["sender"] == PLANTED["email"]


def test_errors_that_list_what_there_is_name_nothing_hidden(shop: Two) -> None:
    history = ask(shop, "GET", f"/customers/{shop.ids['one']}/history", query={"field": "/nothing"})
    there_are = history.body["detail"].partition("there are ")[2].split(", ")
    assert {"name", "kind"} <= set(there_are)
    assert set(there_are) & set(PLANTED) == set()
    shop.api.post("/fields", {"name": "hat", "type": "text", "labels": {"en": "Hat"}})
    blind("/custom/shoe")
    try:
        made = ask(shop, "POST", "/customers", body={"name": "Chitra", "custom": {"none": "1"}})
        assert (made.status, "there are hat;" in made.body["detail"], "shoe" in str(made.body)) == (422, True, False)
        # Nobody is asked for what they do not see, though it is required.
        assert ask(shop, "POST", "/customers", body={"name": "Chitra", "custom": {"hat": "1"}}).status == 201
        assert shop.api.post("/customers", {"name": "Chitra", "custom": {"hat": "1"}}).status == 422
        assert [one["name"] for one in ask(shop, "GET", "/fields").body["items"]] == ["hat"]
        hidden, none = (ask(shop, "GET", f"/fields/{name}") for name in ("shoe", "none"))
        assert (hidden.status, str(hidden.body).replace("shoe", "none")) == (404, str(none.body))
        assert "custom.hat" in str(ask(shop, "GET", "/segments/rule-schema").body)
        assert "custom.shoe" not in str(ask(shop, "GET", "/segments/rule-schema").body)
    finally:
        blind()
        assert shop.api.delete("/fields/hat", headers={"if-match": "*"}).status == 204


def test_a_page_of_one_customer_tells_it_as_little() -> None:
    answered = {
        "kind": "interview",
        "at": "2026-11-22",
        "recorded_by": "ravi",
        "details": {"summary": "Talk\nBand: high"},
    }
    profile = {"owner": "ravi", "email": "a@x.example", "consent": {"marketing": True}}
    record: Any = SimpleNamespace(profile=profile, events=[answered])
    sees = Actor("ravi", "x", rights={"activity.read": "all"})
    hidden = replace(sees, hidden=frozenset({"/income_band"}))
    assert [telling.events(record, one)[0]["summary"] for one in (sees, hidden)] == ["Talk\nBand: high", "Talk"]
    email = frozenset({"/email"})
    bound = replace(sees, hidden=email, contact=email, purpose="marketing")
    assert telling.person(record, bound)["email"] == "a@x.example"
    assert telling.person(record, replace(bound, purpose=None, contact=frozenset()))["email"] is None
    profile["consent"] = {}
    assert telling.person(record, bound)["email"] is None
