"""The due list of a member of staff."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import faults
from tests.support.shop import Shop
from tests.support.world import Api

CALL = {"to": "staff", "customer_id": "sunita", "at": "2026-12-01T10:00", "subject": "Call Sunita"}


@pytest.fixture
def desk(shop: Shop) -> Shop:
    shop.customer(timezone="Asia/Kathmandu")
    for staff_id in ("manager", "sales"):
        shop.member(staff_id, timezone="Asia/Kathmandu")
    return shop


def due_list(api: Api, **query: Any) -> Any:
    answer = api.get("/reminders", query={"staff": "me", "state": "pending", **query})
    assert answer.status == 200
    return answer.body


def test_it_is_in_order_of_time_with_names_and_without_what_is_settled(desk: Shop, api: Api) -> None:
    for day in (3, 1, 2):
        api.post("/reminders", {**CALL, "at": f"2026-12-0{day}T10:00", "subject": f"s{day}"})
    api.post("/reminders", {**CALL, "customer_id": None, "at": "2026-11-30T10:00", "subject": "mine"})
    api.post("/reminders", {**CALL, "staff": "sales", "subject": "theirs"})
    api.post("/reminders", {**CALL, "to": "customer", "subject": "to her"})
    done = api.post("/reminders", {**CALL, "subject": "done"}).headers["location"]
    api.post(f"{done}/complete", headers={"if-match": "1"})
    desk.views()
    listed = due_list(api)["items"]
    assert [(one["subject"], one["customer_name"]) for one in listed] == [
        ("mine", None),
        ("s1", "Sunita Rai"),
        ("s2", "Sunita Rai"),
        ("s3", "Sunita Rai"),
    ]
    assert [one["subject"] for one in due_list(api, staff="sales")["items"]] == ["theirs"]
    page = due_list(api, limit="3")
    assert page["items"] + due_list(api, limit="3", cursor=page["next"])["items"] == listed


def test_it_is_one_query_however_many_have_been_settled(desk: Shop, api: Api) -> None:
    for day in range(1, 29):
        path = api.post("/reminders", {**CALL, "at": f"2026-12-{day:02}T10:00"}).headers["location"]
        if day < 28:
            api.post(f"{path}/complete", headers={"if-match": "1"})
    desk.views()
    with faults.recording() as calls:
        assert len(due_list(api)["items"]) == 1
    assert calls == ["Query", "BatchGetItem", "BatchGetItem"]


def test_what_the_view_does_not_know_yet_is_left_out_rather_than_shown_wrongly(desk: Shop, api: Api) -> None:
    path = api.post("/reminders", CALL).headers["location"]
    desk.views()
    api.post(f"{path}/complete", headers={"if-match": "1"})
    assert due_list(api)["items"] == []
