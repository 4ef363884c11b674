"""Reminders over HTTP and through the tick."""

from typing import Any

import pytest

from tests.support.rows import count
from tests.support.shop import Shop
from tests.support.world import Api

VISIT = {"to": "customer", "customer_id": "sunita", "at": "2026-12-01T10:00", "subject": "Your visit"}


@pytest.fixture
def desk(shop: Shop) -> Shop:
    """A shop with a customer in Nepal and the caller in the list of staff."""
    shop.customer(timezone="Asia/Kathmandu")
    shop.member("manager", timezone="Europe/London", language="he")
    return shop


def test_a_reminder_to_a_customer_is_due_by_the_customers_clocks(desk: Shop, api: Api) -> None:
    made = api.post("/reminders", VISIT)
    assert made.status == 201
    assert (made.body["timezone"], made.body["due_at"]) == ("Asia/Kathmandu", "2026-12-01T04:15:00.000000Z")
    assert api.get(made.headers["location"]).body == made.body
    assert desk.at("2026-12-01T04:00Z").tick() == 0
    assert desk.at("2026-12-01T04:15Z").tick() == 1
    desk.deliver()
    assert [mail.subject for mail in desk.post.accepted] == ["Your visit"]
    assert api.get(made.headers["location"]).body["state"] == "sent"
    assert desk.wait(hours=1).tick() == 0


def test_a_reminder_to_staff_goes_to_the_caller_in_their_language(desk: Shop, api: Api) -> None:
    made = api.post("/reminders", {"to": "staff", "at": "2026-12-01T10:00", "subject": "Call", "customer_id": "sunita"})
    assert (made.body["staff"], made.body["timezone"]) == ("manager", "Europe/London")
    desk.at("2026-12-01T10:00Z").tick()
    desk.deliver()
    [mail] = desk.post.accepted
    assert (mail.to, mail.subject) == ("manager@shop.example", "תזכורת: \u2068Call\u2069")
    assert "Sunita Rai" in mail.text
    assert "List-Unsubscribe" not in mail.headers


def test_a_tick_that_comes_days_late_drops_nothing(desk: Shop, api: Api) -> None:
    for day in range(1, 6):
        api.post("/reminders", {**VISIT, "at": f"2026-12-0{day}T10:00"})
    assert desk.at("2026-12-20T04:00Z").tick() == 5
    desk.deliver()
    assert len(desk.post.accepted) == 5


def test_a_repeated_request_makes_no_second_reminder_even_when_its_time_is_over(desk: Shop, api: Api) -> None:
    key = {"idempotency-key": "k"}
    first = api.post("/reminders", VISIT, headers=key)
    desk.at("2026-12-02T00:00Z")
    assert api.post("/reminders", VISIT, headers=key).body == first.body
    assert api.post("/reminders", {**VISIT, "subject": "Other"}, headers=key).status == 409
    assert count("reminder") == 1


def test_a_request_that_is_repeated_after_the_deletion_makes_no_second_reminder(desk: Shop, api: Api) -> None:
    key = {"idempotency-key": "k"}
    path = api.post("/reminders", VISIT, headers=key).headers["location"]
    assert api.delete(path, headers={"if-match": "1"}).status == 204
    again = api.post("/reminders", VISIT, headers=key)
    assert (again.status, again.body["type"]) == (409, "urn:crm:problem:idempotency-key-reused")
    assert (api.get(path).status, count("reminder")) == (404, 0)
    assert api.post("/reminders", VISIT, headers={"idempotency-key": "k2"}).status == 201


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"at": "2026-11-21T09:44"}, "/at"),  # over: it is 09:45 in Kathmandu
        ({"at": "2026-02-30T10:00"}, "/at"),
        ({"at": "2026-12-01T10:00Z"}, "/at"),
        ({"at": "2026-12-01"}, "/at"),
        ({"at": "9999-12-31T23:59", "timezone": "Pacific/Pago_Pago"}, "/at"),  # its instant is beyond the calendar
        ({"at": "0001-01-01T00:00"}, "/at"),
        ({"customer_id": "nobody"}, "/customer_id"),
        ({"to": "staff", "staff": "nobody"}, "/staff"),
        ({"to": "everybody"}, "/to"),
        ({"subject": "two\nlines"}, "/subject"),
        ({"subject": ""}, "/subject"),
        ({"state": "sent"}, "/state"),
        ({"timezone": "UTC+5"}, "/timezone"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_nothing_is_written(
    desk: Shop, api: Api, fields: dict[str, Any], pointer: str
) -> None:
    refused = api.post("/reminders", {**VISIT, **fields})
    assert refused.status == 422
    assert [error["pointer"] for error in refused.body["errors"]] == [pointer]
    assert (count("reminder"), count("reminder_pointer")) == (0, 0)


@pytest.mark.parametrize("fields", [{"customer_id": None}, {"staff": "manager"}])
def test_a_reminder_to_a_customer_has_one_recipient(desk: Shop, api: Api, fields: dict[str, Any]) -> None:
    assert api.post("/reminders", {**VISIT, **fields}).status == 422
    assert count("reminder") == 0


def test_a_pending_reminder_can_be_moved_and_a_sent_one_not(desk: Shop, api: Api) -> None:
    made = api.post("/reminders", VISIT)
    path = made.headers["location"]
    moved = api.patch(path, {"at": "2026-12-02T10:00", "timezone": "Asia/Karachi"}, headers={"if-match": "1"})
    assert (moved.status, moved.body["due_at"]) == (200, "2026-12-02T05:00:00.000000Z")
    assert api.patch(path, {"subject": "x"}, headers={"if-match": "1"}).status == 412
    assert api.patch(path, {"at": "2026-11-01T10:00"}, headers={"if-match": "2"}).status == 422
    desk.at("2026-12-01T05:00Z").tick()
    desk.deliver()
    assert desk.post.accepted == []
    desk.at("2026-12-02T05:00Z").tick()
    desk.deliver()
    assert api.patch(path, {"subject": "x"}, headers={"if-match": "2"}).status == 409
    assert api.delete(path, headers={"if-match": "2"}).status == 204
    assert api.get(path).status == 404


def test_a_deleted_reminder_is_not_sent_although_it_was_ordered(desk: Shop, api: Api) -> None:
    made = api.post("/reminders", VISIT)
    desk.at("2026-12-01T05:00Z").tick()
    assert api.delete(made.headers["location"], headers={"if-match": "1"}).status == 204
    desk.deliver()
    assert (desk.post.accepted, count("message"), count("reminder")) == ([], 0, 0)


def test_reminders_are_listed_by_due_time_or_by_recipient(desk: Shop, api: Api) -> None:
    for day in (3, 1, 2):
        api.post("/reminders", {**VISIT, "at": f"2026-12-0{day}T10:00", "subject": f"s{day}"})
    api.post("/reminders", {"to": "staff", "at": "2026-12-02T01:00", "subject": "mine"})
    desk.views()
    everybody = api.get("/reminders", query={"state": "pending"}).body
    assert [one["subject"] for one in everybody["items"]] == ["s1", "mine", "s2", "s3"]
    assert everybody["next"] is None
    page = api.get("/reminders", query={"limit": "3"}).body
    rest = api.get("/reminders", query={"limit": "3", "cursor": page["next"]}).body
    assert page["items"] + rest["items"] == everybody["items"]
    assert [one["subject"] for one in api.get("/reminders", query={"staff": "manager"}).body["items"]] == ["mine"]
    of_one = api.get("/reminders", query={"customer": "sunita", "state": "pending"}).body["items"]
    assert [one["subject"] for one in of_one] == ["s1", "s2", "s3"]
    assert api.get("/reminders", query={"customer": "sunita", "state": "sent"}).body["items"] == []
    assert api.get("/reminders", query={"state": "sent"}).status == 422
    assert api.get("/reminders", query={"customer": "sunita", "staff": "manager"}).status == 422


def test_a_customer_who_refuses_service_mail_is_not_reminded_and_it_says_so(desk: Shop, api: Api) -> None:
    made = api.post("/reminders", VISIT)
    desk.customer(timezone="Asia/Kathmandu", consent={"service": False})
    desk.at("2026-12-01T05:00Z").tick()
    desk.deliver()
    reminder = api.get(made.headers["location"]).body
    assert (reminder["state"], desk.post.accepted) == ("withheld", [])
    assert "does not want" in reminder["reason"]
