"""What is exported comes back by an import as it was, in an empty shop."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exports.desk import Desk, content
from tests.imports.office import Office
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post

PEOPLE: list[dict[str, Any]] = [
    {
        "name": "Sara Ahmed",
        "email": "sara@example.com",
        "phone": "+923001234567",
        "birthday": "--05-17",
        "joined_on": "2020-01-31",
        "gender": "female",
        "language": "bn-BD",
        "timezone": "Asia/Dhaka",
        "address": 'House 1,\n"Rose" Street',
        "tags": ["vip", "a, b", "=tag"],
        "consent": {"marketing": False, "service": False},
        "custom": {"size": 38, "code": "0300", "number": "12", "member": True, "formula": "=1+1", "quoted": "'=x"},
        "owner": "sales",
    },
    {"name": '=HYPERLINK("http://x")', "birthday": "1990-05-17", "tags": ["plain", "two"]},
    {"name": "'=quoted", "phone": "+8801712345678"},
    {"name": "＝wide", "email": "wide@example.com", "source": "-shop"},
    {"name": "بلال", "kind": "person", "email": "b@example.com", "address": "@home"},
    {"name": "Acme", "kind": "organisation", "email": "acme@example.com", "payment_method": "+cash"},
]
_OWN = ("id", "version", "created_at", "updated_at", "facts", "own_answers")


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_customers_come_back_as_they_were(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        desk = Desk()
        for person in PEOPLE:
            desk.register(**person)
        desk.project()
        before = customers(desk)
        file = content(desk.export(format=format_))
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        office = Office()
        shown = office.bring_in(file)
        assert (shown["state"], shown["counts"]["created"], shown["questions"]) == ("done", len(PEOPLE), [])
        assert customers(Desk(office.api)) == before


def customers(desk: Desk) -> dict[str, dict[str, Any]]:
    """All customers by name, without what is of the record alone."""
    found = Office(desk.api).customers()
    ids = [one["pk"].partition("#")[2] for one in found]
    shown = [desk.api.get(f"/customers/{one}").body for one in ids]
    return {one["name"]: {name: one[name] for name in one if name not in _OWN} for one in shown}


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_an_export_raises_no_consent_where_it_comes_back(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        desk = Desk()
        sara = desk.register(name="Sara", email="sara@example.com", consent={"marketing": True, "service": True})
        desk.project()
        file = content(desk.export(format=format_))
        refused = {"consent": {"marketing": False, "service": None}}
        assert desk.api.patch(f"/customers/{sara}", refused, headers={"if-match": "*"}).status == 200
        office = Office(desk.api)
        assert office.bring_in(file)["counts"]["created"] == 0
        consent = office.customer("Sara")["consent"]
        assert (consent["marketing"], consent["service"]) == (False, None)


def test_defined_fields_come_back_in_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    defined = {"code": "text", "paid": "money", "size": "number", "since": "date", "member": "yes_no"}
    custom = {"code": "0012", "paid": "12.50", "size": 38, "since": "2020-01-31", "member": True}
    kept = []
    file = b""
    for _ in range(2):
        with in_memory(monkeypatch, memory=Memory(), post=Post()):
            office = Office()
            for name, type_ in defined.items():
                made = office.api.post("/fields", {"name": name, "type": type_, "labels": {"en": name}})
                assert made.status == 201, made.body
            desk = Desk(office.api)
            if file:
                office.bring_in(file)
            else:
                desk.register(name="Sara", custom={**custom, "code": "12"})
            desk.project()
            file = content(desk.export())
            kept.append(office.customer("Sara")["custom"])
    assert kept[0] == kept[1]
    assert kept[1]["code"] == "12"


def test_an_export_that_comes_back_into_its_own_shop_makes_nobody_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        desk = Desk()
        desk.register(name="Only A Name")
        desk.register(name="Sara", phone="+923001234567")
        desk.project()
        file = content(desk.export())
        office = Office(desk.api)
        before = customers(desk)
        counts = office.bring_in(file.replace(b"Only A Name", b"Only A New Name"))["counts"]
        assert (counts["created"], counts["changed"], counts["skipped"], counts["refused"]) == (0, 1, 1, 0)
        assert list(customers(desk)) == ["Only A New Name", "Sara"]
        assert customers(desk)["Sara"] == before["Sara"]
