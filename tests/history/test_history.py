"""The history of a record: who changed what, when, by which way; and values that are restored from it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crm.core import table
from crm.core.author import Author
from crm.core.config import settings
from crm.customers import service
from tests.changes import record
from tests.mail.test_preferences import save
from tests.support import faults, forgetting
from tests.support.rows import all_items
from tests.support.world import Answer, Api, Context

if TYPE_CHECKING:
    from tests.support.shop import Shop

CORPUS = Path(__file__).parents[2] / "events" / "api"
SUNITA: dict[str, Any] = {"name": "Sunita Rai", "email": "sunita@example.com", "tags": ["vip"], "custom": {"size": 38}}


@pytest.fixture
def api(shop: Shop) -> Api:
    return Api()


@pytest.fixture
def sunita(api: Api) -> str:
    return str(api.post("/customers", SUNITA).body["id"])


def change(api: Api, customer_id: str, *, caller: str = "manager", **fields: Any) -> int:
    """Change fields; the version that it made."""
    answer = api.patch(f"/customers/{customer_id}", fields, headers={"if-match": "*"}, caller=caller)
    assert answer.status == 200, answer.body
    return int(answer.body["version"])


def history(api: Api, customer_id: str, **query: str) -> list[dict[str, Any]]:
    answer = api.get(f"/customers/{customer_id}/history", query=query)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.body["items"]
    return found


def restore(
    api: Api, customer_id: str, of: int, *fields: str, version: str = "*", key: str | None = None, **more: Any
) -> Answer:
    headers = {"if-match": version, **({"idempotency-key": key} if key else {})}
    body = {**({"fields": list(fields)} if fields else {}), **more}
    return api.post(f"/customers/{customer_id}/history/{of}/restore", body, headers=headers)


def test_the_newest_change_is_first_and_says_who_when_which_way_and_what(api: Api, sunita: str, shop: Shop) -> None:
    shop.wait(minutes=5)
    change(api, sunita, caller="sales", email="rai@example.com", custom={"size": None})
    shop.wait(minutes=5)
    author = Author("manager", "import", of="i1", at="2026-03-01")
    service.change(customer_id=sunita, fields={"phone": "+9779841234567"}, author=author, expected_version=None)
    told, by_hand, first = history(api, sunita)
    assert told == {
        "version": 3,
        "at": "2026-11-21T04:10:00.000000Z",
        "way": "import",
        "who": "manager",
        "of": "i1",
        "by_rule": None,
        "said_at": "2026-03-01",
        "record": None,
        "changes": {"/phone": {"from": None, "to": "+9779841234567"}},
    }
    assert (by_hand["who"], by_hand["way"], by_hand["at"]) == ("sales", "staff", "2026-11-21T04:05:00.000000Z")
    assert by_hand["changes"] == {
        "/custom/size": {"from": 38, "to": None},
        "/email": {"from": "sunita@example.com", "to": "rai@example.com"},
    }
    assert (first["version"], first["changes"]["/tags"]) == (1, {"added": ["vip"]})


def test_what_customers_answer_themselves_is_the_customers_word(api: Api, shop: Shop) -> None:
    shop.customer("sunita")
    save("marketing=yes")
    [answered] = history(api, "sunita")
    assert (answered["way"], answered["who"], answered["of"]) == ("customer", None, "preferences_page")
    assert answered["changes"]["/consent/marketing"] == {"from": None, "to": True}
    assert answered["changes"]["/own_answers/marketing"]["to"]["allowed"] is True


def test_changes_of_a_record_that_was_merged_say_so(api: Api, sunita: str) -> None:
    change(api, sunita, email="rai@example.com")
    [item] = [item for item in all_items() if item["sk"]["S"] == "CHANGE#0000000002"]
    table.client().put_item(
        TableName=settings().crm_table, Item={**item, "sk": {"S": "CHANGE#0000000002#~old#~between"}}
    )
    told = [(entry["version"], entry["record"]) for entry in history(api, sunita)]
    assert told == [(2, "old"), (2, None), (1, None)]


def test_who_deleted_and_who_brought_back_is_told_with_the_groups_that_are_gone(api: Api, sunita: str) -> None:
    groups = [api.post("/segments", {"name": name, "kind": "static"}).body["id"] for name in ("Guests", "Gone")]
    for group in groups:
        api.post(f"/segments/{group}/members", {"add": [sunita]})
    assert api.delete(f"/customers/{sunita}", headers={"if-match": "*"}, caller="sales").status == 204
    assert api.delete(f"/segments/{groups[1]}", headers={"if-match": "*"}).status == 204
    assert api.post(f"/bin/{sunita}/restore").status == 200
    back, deleted, *_ = history(api, sunita)
    assert (deleted["who"], deleted["way"], deleted["of"], deleted["changes"]) == ("sales", "staff", "bin", {})
    assert (back["who"], back["way"], back["of"]) == ("manager", "restore", "bin")
    assert back["changes"] == {"/groups": {"removed": [groups[1]]}}
    assert record.replayed(record.changes(sunita)) == record.held(sunita)


def test_pages_hold_each_change_once_and_end(api: Api, sunita: str) -> None:
    for number in range(7):
        change(api, sunita, **({"address": f"Ward {number}"} if number % 2 else {"custom": {"size": number}}))
    for query in ({}, {"field": "address"}, {"field": "custom"}, {"field": "/custom/size"}):
        whole = history(api, sunita, **query)
        paged: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = api.get(f"/customers/{sunita}/history", query={**query, "limit": "2", **cursor}).body
            paged += page["items"]
            if page["next"] is None:
                break
            assert len(page["items"]) == 2
            cursor = {"cursor": page["next"]}
        assert paged == whole
    assert [entry["version"] for entry in history(api, sunita, field="address")] == [7, 5, 3]


def test_a_field_that_there_is_not_is_refused(api: Api, sunita: str) -> None:
    answer = api.get(f"/customers/{sunita}/history", query={"field": "mail"})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "field")
    assert api.get("/customers/nobody/history").status == 404


def test_a_value_is_restored_as_a_change_of_its_own(api: Api, sunita: str) -> None:
    made = change(api, sunita, email="rai@example.com", address="Patan", custom={"size": 40})
    answer = restore(api, sunita, made, "email", "/custom/size", version="2")
    assert (answer.status, answer.headers["etag"]) == (200, '"3"')
    after = api.get(f"/customers/{sunita}").body
    assert (after["email"], after["address"], after["custom"]) == ("sunita@example.com", "Patan", {"size": 38})
    last = history(api, sunita)[0]
    assert (last["way"], last["of"], last["who"]) == ("restore", "2", "manager")
    assert last["changes"].keys() == {"/email", "/custom/size"}
    assert api.post("/customers", {"name": "Other", "email": "sunita@example.com"}).status == 409
    assert restore(api, sunita, 3).status == 200
    assert api.get(f"/customers/{sunita}").body["email"] == "rai@example.com"


def test_every_kind_of_field_comes_back(api: Api, sunita: str) -> None:
    full: dict[str, Any] = {
        "birthday": "1990-05-01",
        "age_noted": {"years": 36, "noted_on": "2026-05-02"},
        "consent": {"greeting": False},
        "tags": ["vip", "till"],
        "custom": {"size": 40, "hat": True},
        "owner": "sales",
    }
    empty: dict[str, Any] = {
        **dict.fromkeys(full),
        "consent": {"greeting": None},
        "custom": {"size": None, "hat": None},
        "tags": [],
    }
    change(api, sunita, **full)
    whole = {name: api.get(f"/customers/{sunita}").body[name] for name in full}
    emptied = change(api, sunita, **empty)
    assert restore(api, sunita, emptied).status == 200
    after = api.get(f"/customers/{sunita}").body
    assert {name: after[name] for name in full if name != "tags"} == {n: v for n, v in whole.items() if n != "tags"}
    assert set(after["tags"]) == set(whole["tags"])
    assert restore(api, sunita, emptied + 1).status == 200
    assert api.get(f"/customers/{sunita}").body["owner"] is None


def test_what_was_changed_since_is_told_and_restored_only_knowingly(api: Api, sunita: str) -> None:
    made = change(api, sunita, email="rai@example.com", address="Patan", custom={"size": 39})
    change(api, sunita, email="new@example.com", custom={"size": 40})
    answer = restore(api, sunita, made)
    assert (answer.status, answer.body["title"]) == (409, "This was changed again since")
    assert answer.body["changed"] == [
        {"field": "/custom/size", "now": 40, "then": 39},
        {"field": "/email", "now": "new@example.com", "then": "rai@example.com"},
    ]
    assert api.get(f"/customers/{sunita}").body["address"] == "Patan"
    assert restore(api, sunita, made, "address").status == 200
    assert restore(api, sunita, made, anyway=True).status == 200
    assert api.get(f"/customers/{sunita}").body["email"] == "sunita@example.com"


def test_tags_are_taken_back_whatever_else_was_done_to_them(api: Api, sunita: str) -> None:
    made = change(api, sunita, tags=["till", "new"])
    change(api, sunita, tags=["till", "new", "gold"])
    assert restore(api, sunita, made, "tags").status == 200
    assert set(api.get(f"/customers/{sunita}").body["tags"]) == {"vip", "gold"}


def test_what_cannot_be_restored_is_said(api: Api, sunita: str) -> None:
    group = api.post("/segments", {"name": "Guests", "kind": "static"}).body["id"]
    api.post(f"/segments/{group}/members", {"add": [sunita]})
    made = change(api, sunita, email="rai@example.com")
    before = all_items()
    assert restore(api, sunita, 1).status == 422
    assert restore(api, sunita, 99).status == 404
    assert restore(api, sunita, made, "phone").body["errors"][0]["pointer"] == "/fields/0"
    assert restore(api, sunita, made, version="1").status == 412
    assert restore(api, sunita, 0).status in (404, 422)
    assert api.post(f"/customers/{sunita}/history/{made}/restore", {}).status == 428
    assert all_items() == before


def test_a_restored_consent_leaves_on_record_what_the_customer_answered(api: Api, shop: Shop) -> None:
    shop.customer("sunita", consent={"marketing": True})
    save("marketing=no")
    answered = api.get("/customers/sunita").body
    assert restore(api, "sunita", answered["version"]).status == 200
    after = api.get("/customers/sunita").body
    assert after["consent"]["marketing"] is True
    assert after["own_answers"] == answered["own_answers"]


@pytest.mark.parametrize("case", ["history", "sources", "decide_conflict", "restore_value"])
def test_the_corpus_is_answered(api: Api, shop: Shop, case: str) -> None:
    from handlers import api as handler  # noqa: PLC0415 - after the settings are in place

    event = json.loads((CORPUS / f"{case}.json").read_text("utf-8"))
    one = shop.customer(event["pathParameters"]["id"], email="first@example.com")
    change(api, one, email="sunita@example.com")
    author, said = Author("", "questionnaire"), {"email": "rai@example.com"}
    service.change(customer_id=one, fields=said, author=author, expected_version=None, on_conflict="note")
    if case == "restore_value":
        change(api, one, address="Patan")
    answer = handler.handler(event, Context())
    assert answer["statusCode"] == 200, answer["body"]


def test_an_address_that_somebody_else_has_by_now_is_restored_only_knowingly(api: Api, sunita: str) -> None:
    made = change(api, sunita, email="rai@example.com")
    api.post("/customers", {"name": "Other", "email": "sunita@example.com"})
    assert restore(api, sunita, made).status == 409
    path = f"/customers/{sunita}/history/{made}/restore"
    answer = api.post(path, {}, headers={"if-match": "*"}, query={"allow_duplicate": "true"})
    assert answer.status == 200, answer.body


def test_a_restoration_killed_anywhere_and_repeated_restores_once(api: Api, sunita: str) -> None:
    tried = 0
    for number, crash in enumerate(faults.crash_points()):
        made = change(api, sunita, email=f"rai{number}@example.com", tags=["vip", f"t{number}"])
        before = api.get(f"/customers/{sunita}").body["version"]
        with crash:
            restore(api, sunita, made, version=str(before), key=f"k{number}")
        answer = restore(api, sunita, made, version=str(before), key=f"k{number}")
        assert (answer.status, answer.body["version"]) == (200, before + 1), str(crash)
        after = api.get(f"/customers/{sunita}").body
        assert (after["email"], after["tags"]) == ("sunita@example.com", ["vip"]), str(crash)
        assert record.replayed(record.changes(sunita)) == record.held(sunita), str(crash)
        tried += 1
    assert tried >= 6


def test_somebody_elses_change_between_looking_and_restoring_is_seen(api: Api, sunita: str) -> None:
    made = change(api, sunita, email="rai@example.com")
    for call in range(1, 9):
        email = f"new{call}@example.com"
        with faults.interrupted(at=call, by=partial(change, api, sunita, email=email)) as calls:
            answer = restore(api, sunita, made)
        if len(calls) < call:
            return
        now = api.get(f"/customers/{sunita}").body["email"]
        assert (answer.status, now) in {(409, email), (200, email)}, (call, answer.body)
        change(api, sunita, email="rai@example.com")
    raise AssertionError("a restoration makes more calls than expected")


def test_a_text_of_the_largest_size_is_kept_whole_and_can_be_restored(api: Api, sunita: str) -> None:
    long = {f"t{number}": "न" * 1000 for number in range(90)}
    for custom in (long, dict.fromkeys(long, "ण" * 1000)):
        service.change(customer_id=sunita, fields={"custom": custom}, author=Author("manager"), expected_version=None)
    made = int(api.get(f"/customers/{sunita}").body["version"])
    stored = record.changes(sunita)[-1]
    assert len(str(stored).encode()) < 400_000
    assert any(ends["to"] == {"cut": 3002} for ends in stored["changes"].values())
    assert restore(api, sunita, made).status == 200
    assert api.get(f"/customers/{sunita}").body["custom"] == {**long, "size": 38}


def test_history_sources_and_conflicts_go_with_an_erasure(api: Api, sunita: str) -> None:
    change(api, sunita, email="rai@example.com")
    fields = {"email": "other@example.com"}
    author = Author("", "questionnaire")
    service.change(customer_id=sunita, fields=fields, author=author, expected_version=None, on_conflict="note")
    assert {"SOURCES", "CHANGE#0000000002", "CHANGE#0000000002#0000000003"} <= record.of(sunita).keys()
    api.delete(f"/customers/{sunita}", headers={"if-match": "*"})
    assert api.get(f"/customers/{sunita}/history").status == 404
    assert api.get(f"/customers/{sunita}/sources").status == 404
    forgetting.empty(sunita)
    assert record.of(sunita) == {}
    assert "example.com" not in str(all_items())
