"""Each change of a record is noted with the change itself: who, when, by which way, from what to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm.core.author import Author
from crm.customers import service
from tests.changes import record
from tests.support import faults
from tests.support.meter import metered
from tests.support.world import Api

if TYPE_CHECKING:
    from tests.support.shop import Shop

SUNITA: dict[str, Any] = {
    "name": "Sunita Rai",
    "email": "sunita@example.com",
    "tags": ["vip", "till"],
    "consent": {"greeting": True},
    "custom": {"size": 38, "shop": "Patan"},
}


@pytest.fixture
def api(shop: Shop) -> Api:
    return Api()


def registered(api: Api, **fields: Any) -> str:
    made = api.post("/customers", {**SUNITA, **fields})
    assert made.status == 201, made.body
    return str(made.body["id"])


def changed(api: Api, customer_id: str, **fields: Any) -> dict[str, Any]:
    """Change fields; what was noted of it."""
    answer = api.patch(f"/customers/{customer_id}", fields, headers={"if-match": "*"})
    assert answer.status == 200, answer.body
    found = record.changes(customer_id)[-1]
    assert found["sk"] == f"CHANGE#{answer.body['version']:010}"
    assert (found["who"], found["way"], found["at"]) == ("manager", "staff", answer.body["updated_at"])
    return dict(found["changes"])


def test_a_registration_is_the_first_change(api: Api) -> None:
    [first] = record.changes(registered(api))
    assert (first["sk"], first["who"], first["way"]) == ("CHANGE#0000000001", "manager", "staff")
    assert first["changes"]["/email"] == {"to": "sunita@example.com"}
    assert first["changes"]["/custom/size"] == {"to": 38}
    assert first["changes"]["/tags"] == {"added": ["till", "vip"]}


def test_a_change_names_each_field_from_what_to_what(api: Api) -> None:
    one = registered(api)
    assert changed(api, one, email="rai@example.com", phone="+9779841234567") == {
        "/email": {"from": "sunita@example.com", "to": "rai@example.com"},
        "/phone": {"to": "+9779841234567"},
    }
    assert changed(api, one, phone=None) == {"/phone": {"from": "+9779841234567"}}
    assert changed(api, one, tags=["till", "gold"]) == {"/tags": {"added": ["gold"], "removed": ["vip"]}}
    assert changed(api, one, tags=["gold", "till"]) == {"/tags": {}}
    assert changed(api, one, custom={"size": None, "shop": "Patan", "hat": True}) == {
        "/custom/size": {"from": 38},
        "/custom/hat": {"to": True},
    }
    assert changed(api, one, custom={"hat": 1}) == {"/custom/hat": {"from": True, "to": 1}}
    assert changed(api, one, consent={"greeting": False}) == {"/consent/greeting": {"from": True, "to": False}}
    assert record.replayed(record.changes(one)) == record.held(one)


def test_what_says_nothing_new_is_no_change(api: Api) -> None:
    one = registered(api)
    before = record.of(one)
    answer = api.patch(f"/customers/{one}", SUNITA, headers={"if-match": "1"})
    assert (answer.status, answer.headers["etag"]) == (200, '"1"')
    assert record.of(one) == before


def test_each_value_says_where_it_is_from(api: Api) -> None:
    one = registered(api)
    assert record.sources(one) == {}
    noted = changed(api, one, phone="+9779841234567", custom={"hat": True})
    by_hand = record.sources(one)
    assert by_hand.keys() == noted.keys() == {"/phone", "/custom/hat"}
    assert by_hand["/phone"].items() >= {"who": "manager", "way": "staff"}.items()
    author = Author("sales", "import", of="i1", at="2026-03-01T10:00:00+05:45")
    service.change(customer_id=one, fields={"phone": "+9779841234568"}, author=author, expected_version=None)
    brought = {"who": "sales", "way": "import", "of": "i1", "at": "2026-03-01T04:15:00.000000Z"}
    assert record.sources(one) == {**by_hand, "/phone": brought}
    last = record.changes(one)[-1]
    assert (last["way"], last["of"], last["said_at"]) == ("import", "i1", "2026-03-01T04:15:00.000000Z")
    assert last["at"] > last["said_at"]


def test_who_is_picked_for_a_group_keeps_their_version_and_it_is_noted_in_its_place(api: Api) -> None:
    one = registered(api)
    group = api.post("/segments", {"name": "Guests", "kind": "static"}).body["id"]
    for asked in ("add", "remove", "add"):
        assert api.post(f"/segments/{group}/members", {asked: [one]}, caller="sales").status == 200
    changed(api, one, phone="+9779841234567")
    assert [change["sk"] for change in record.changes(one)] == [
        "CHANGE#0000000001",
        "CHANGE#0000000001#0000000002",
        "CHANGE#0000000001#0000000003",
        "CHANGE#0000000001#0000000004",
        "CHANGE#0000000002",
    ]
    picked = record.changes(one)[1]
    assert (picked["who"], picked["changes"]) == ("sales", {"/groups": {"added": [group]}})
    assert record.replayed(record.changes(one)) == record.held(one)


def test_purchases_and_talks_are_no_changes_and_cost_nothing_for_it(world: None) -> None:
    api = Api()
    one = registered(api)
    bought = {"amount": "10.00", "currency": "USD", "at": "2026-01-05T10:00:00Z"}
    with metered() as cost:
        assert api.post(f"/customers/{one}/purchases", bought).status == 201
        assert api.post(f"/customers/{one}/interactions", {"kind": "call", "summary": "hello"}).status == 201
    assert cost.written.keys() == {"CUSTOMER"}
    kept = [sk for sk in record.of(one) if not sk.startswith(("EVENT#", "BOUGHT", "CONSENT#"))]
    assert kept == ["CHANGE#0000000001", "PROFILE"]


def test_a_change_costs_two_small_items_more(world: None) -> None:
    api = Api()
    one = registered(api)
    with metered() as cost:
        changed(api, one, address="Patan Durbar Square")
    assert cost.written == {"CUSTOMER": 2 + 2 * 2}
    assert cost.calls["GetItem"] + cost.calls["TransactWriteItems"] == 2


def test_a_change_killed_anywhere_leaves_record_changes_and_sources_in_step(api: Api) -> None:
    one = registered(api)
    tried = 0
    for number, crash in enumerate(faults.crash_points()):
        phone = f"+9779841{number:06}"
        with crash:
            api.patch(f"/customers/{one}", {"phone": phone}, headers={"if-match": "*"})
        profile = record.of(one)["PROFILE"]
        assert record.replayed(record.changes(one)) == record.held(one), str(crash)
        assert len(record.changes(one)) == profile["version"], str(crash)
        if "phone" in profile:
            assert record.sources(one)["/phone"]["at"] == profile["updated_at"], str(crash)
        tried += 1
    assert tried >= 4
