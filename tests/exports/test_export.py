"""A list of customers becomes a file that others can read, and everything becomes one that we can."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from crm.core import clock, files
from crm.exports import sources, writers
from tests.exports.desk import Desk, content, lines, table
from tests.imports.office import Office
from tests.support.world import Api

SARA = {
    "name": "Sara Ahmed",
    "email": "sara@example.com",
    "phone": "+923001234567",
    "birthday": "--05-17",
    "tags": ["vip"],
    "owner": "sales",
    "custom": {"size": 38, "note": "tall"},
}


@pytest.fixture
def desk(api: Api) -> Desk:
    return Desk(api)


def test_a_list_comes_as_csv_in_its_order_with_a_link(desk: Desk) -> None:
    desk.register(**SARA)
    desk.register(name="Bilal Malik", owner="sales")
    desk.register(name="Zoya", owner="manager")
    desk.project()
    accepted = desk.ask(owner="sales")
    assert (accepted.status, accepted.body["state"], accepted.body["url"]) == (202, "running", None)
    assert accepted.headers["location"] == f"/exports/{accepted.body['id']}"
    shown = desk.export(owner="sales")
    assert (shown["state"], shown["rows"], shown["percent"], shown["asked"]) == ("done", 2, 100.0, {"owner": "sales"})
    assert shown["url_expires_in_seconds"] == 900
    assert f"exports/{shown['id']}/file.csv" in shown["url"]
    assert shown["bytes"] == len(content(shown))
    assert content(shown).startswith(b"\xef\xbb\xbfreference,kind,name,")
    assert content(shown).endswith(b"\r\n")
    rows = table(shown)
    assert [row["name"] for row in rows] == ["Bilal Malik", "Sara Ahmed"]
    assert (rows[1]["custom.size"], rows[1]["custom.note"], rows[1]["tags"]) == ("38", "tall", "vip")


def test_every_list_can_be_exported_and_what_none_answers_is_refused_at_once(desk: Desk) -> None:
    desk.register(**SARA)
    desk.project()
    for asked in (
        {},
        {"search": "sara"},
        {"tag": "vip"},
        {"sort": "newest"},
        {"sort": "last_contact", "order": "desc"},
    ):
        assert desk.export(**asked)["rows"] == 1, asked
    assert desk.ask(tag="vip", sort="newest").status == 422
    assert desk.ask(segment="none").status == 404
    assert desk.ask(search="|").body["errors"][0]["pointer"] == "/search", "it stands in the body, not in the address"
    assert desk.ask(what="everything").status == 422
    assert desk.ask(what="everything", format="jsonl", tag="vip").status == 422
    assert desk.ask(sort="pk").status == 422
    assert desk.ask(what="customers", fields="name").status == 422


def test_a_workbook_holds_text_alone(desk: Desk) -> None:
    desk.register(**{**SARA, "name": "=1+1"})
    desk.project()
    shown = desk.export(format="xlsx")
    with zipfile.ZipFile(io.BytesIO(content(shown))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert set(re.findall(r'<c [^>]*t="(\w+)"', sheet)) == {"inlineStr"}
    assert {"=1+1", "+923001234567", "38"} <= set(re.findall(r"<t[^>]*>([^<]*)</t>", sheet))


def test_json_lines_hold_what_is_known_and_nothing_of_how_it_is_stored(desk: Desk) -> None:
    sara = desk.register(**SARA)
    desk.project()
    (row,) = lines(desk.export(format="jsonl"))
    assert {name: row[name] for name in ("id", *SARA)} == {"id": sara, **SARA}
    assert not {"pk", "sk", "entity", "revision", "request_hash"} & set(row)


def test_everything_is_exported_in_readable_form(desk: Desk) -> None:
    sara = desk.register(**SARA)
    desk.api.post(f"/customers/{sara}/purchases", {"amount": "5.00"}, headers={"idempotency-key": "a-secret-key"})
    desk.api.post("/segments", {"name": "VIP", "rule": {"field": "facts.spent", "op": "ge", "value": "1"}})
    shown = desk.export(what="everything", format="jsonl")
    found = lines(shown)
    kinds = [row["kind"] for row in found]
    assert kinds.count("customer") == kinds.count("event") == 1
    assert "segment" in kinds
    (event,) = [row for row in found if row["kind"] == "event"]
    assert (event["customer"], event["event"], event["details"]["amount"]) == (sara, "purchase", "5.00")
    (customer,) = [row for row in found if row["kind"] == "customer"]
    assert (customer["id"], customer["name"], customer["kind_of_customer"]) == (sara, "Sara Ahmed", "person")
    assert shown["rows"] == len(found)
    text = json.dumps(found)
    assert [word for word in ("request_hash", "revision", "a-secret-key", "PROFILE", "CONTACT#") if word in text] == []


def test_the_same_key_asks_once(desk: Desk) -> None:
    def ask(**asked: Any) -> Any:
        return desk.api.post("/exports", asked, headers={"idempotency-key": "k"})

    assert ask().body["id"] == ask().body["id"]
    assert ask(format="xlsx").status == 409
    assert [one["id"] for one in desk.api.get("/exports").body["items"]] == [ask().body["id"]]
    assert desk.api.get("/exports/none").status == 404


def test_a_file_is_kept_for_seven_days(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = desk.export()
    later = clock.now() + timedelta(days=7, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    again = desk.shown(shown["id"])
    assert (again["state"], again["url"], again["kept_until"]) == ("expired", None, shown["kept_until"])


def test_a_segment_that_goes_meanwhile_ends_it_with_the_reason(desk: Desk) -> None:
    made = desk.api.post("/segments", {"name": "VIP", "kind": "static"}).body
    desk.project()
    answer = desk.ask(segment=made["id"])
    assert answer.status == 202, answer.body
    desk.api.delete(f"/segments/{made['id']}", headers={"if-match": "*"})
    Office.work()
    shown = desk.shown(answer.body["id"])
    assert shown["state"] == "failed"
    assert "segment" in shown["failure"]


def test_a_workbook_that_would_be_too_long_says_the_remedy(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "MOST_IN_WORKBOOK", 1)
    desk.register(**SARA)
    desk.register(name="Bilal")
    desk.project()
    shown = desk.export(format="xlsx")
    assert shown["state"] == "failed"
    assert "ask for csv" in shown["failure"]
    assert list(files.listed("exports/")) == []


def test_a_group_that_is_too_large_for_a_workbook_is_told_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "MOST_IN_WORKBOOK", 2)
    monkeypatch.setattr(sources, "ROWS", 1)
    monkeypatch.setattr(sources, "_PAGE", 1)
    made = desk.api.post("/segments", {"name": "VIP", "kind": "static"}).body["id"]
    people = [desk.register(name=f"P{number}") for number in range(3)]
    assert desk.api.post(f"/segments/{made}/members", {"add": people}).status == 200
    desk.project()
    shown = desk.export(format="xlsx", segment=made)
    assert (shown["state"], shown["rows"]) == ("failed", 1)
    assert "ask for csv" in shown["failure"]
    assert desk.export(format="csv", segment=made)["rows"] == 3


def test_a_customer_whose_place_moves_while_pages_are_read_comes_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "ROWS", 1)
    monkeypatch.setattr(sources, "_PAGE", 1)
    anna, _ = desk.register(name="Anna"), desk.register(name="Bilal")
    desk.project()
    read = sources.part

    def renamed_meanwhile(export: Any) -> Any:
        found = read(export)
        desk.api.patch(f"/customers/{anna}", {"name": "Zoya"}, headers={"if-match": "*"})
        desk.project()
        return found

    monkeypatch.setattr(sources, "part", renamed_meanwhile)
    rows = table(desk.export())
    assert [row["name"] for row in rows] == ["Anna", "Bilal"]
