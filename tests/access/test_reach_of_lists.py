"""What comes from many customers at once holds those within reach, and tells of no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from crm.core import clock
from handlers import jobs
from tests.access.world_of_two import Two, opened
from tests.exports.desk import content
from tests.imports.office import Office
from tests.support.flow import queue_event, settle
from tests.support.world import Api, Context
from tests.support.worlds import chosen

ALL = {"ravi", "mira", "zoya", "omar", ""}
SEES = {"ravi": {"ravi", "mira", ""}, "zoya": {"zoya", ""}, "omar": {"omar"}}


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with pytest.MonkeyPatch.context() as patch, chosen(patch):
        yield filled_up(opened(Api()))


def filled_up(two: Two) -> Two:
    """For each customer a reminder, a twin, a friend of everybody, somebody in the bin, and a greeting to come."""
    api = two.api
    # Tomorrow: who has it today is greeted no more in the evening.
    day = (clock.now() + timedelta(days=1)).date().replace(year=1990)
    for owner, customer_id in two.ids.items():
        fields: dict[str, Any] = {"birthday": day.isoformat() if (day.month, day.day) != (2, 29) else "1990-02-28"}
        api.patch(f"/customers/{customer_id}", fields, headers={"if-match": "*"})
        told = {"name": f"Customer {owner or 'free'}", "birthday": fields["birthday"], "phone": "+923001234567"}
        twin = {**told, **({"owner": owner} if owner else {})}
        assert api.post("/customers", twin, query={"allow_duplicate": "true"}).status == 201
        gone = api.post("/customers", {"name": f"Gone {owner}", **({"owner": owner} if owner else {})}).body["id"]
        assert api.delete(f"/customers/{gone}", headers={"if-match": "1"}).status == 204
        reminder = {"to": "customer", "customer_id": customer_id, "at": "2099-01-01T10:00", "subject": f"To {owner}"}
        assert api.post("/reminders", reminder).status == 201
        for other in two.ids.values():
            if other != customer_id:
                api.post(f"/customers/{customer_id}/relations", {"kind": "household", "customer": other})
    assert (
        api.post("/greetings", {"name": "Day", "occasion": "birthday", "template": "birthday", "active": True}).status
        == 201
    )
    settle()
    jobs.handler(queue_event({"job": "duplicates", "day": clock.now().date().isoformat()}), Context())
    settle()
    return two


def owners(two: Two, who: str, path: str, **query: str) -> list[dict[str, Any]]:
    """All entries of a list in pages of one."""
    found, cursor = list[dict[str, Any]](), None
    while True:
        page = two.ask(who, "GET", path, query={"limit": "1", **query, **({"cursor": cursor} if cursor else {})})
        assert page.status == 200, page
        found += page.body["items"]
        cursor = page.body["next"]
        assert page.body["items"] or not found, "an empty page tells of somebody"
        if cursor is None:
            return found


@pytest.mark.parametrize("who", ["ravi", "zoya", "omar"])
def test_the_bin(two: Two, who: str) -> None:
    # To delete, and to bring back, reaches one's own alone, and for sales nobody's.
    seen = {who} | ({""} if who != "omar" else set())
    assert {one["owner"] or "" for one in owners(two, who, "/bin")} == seen
    theirs = next(one for one in two.api.get("/bin").body["items"] if one["owner"] == "mira")
    assert two.ask(who, "POST", f"/bin/{theirs['id']}/restore").status == 404


@pytest.mark.parametrize("who", ["ravi", "zoya", "omar"])
def test_reminders(two: Two, who: str) -> None:
    found = owners(two, who, "/reminders")
    assert {one["subject"].removeprefix("To").strip() for one in found} == SEES[who]
    for owner, customer_id in two.ids.items():
        of_one = two.ask(who, "GET", "/reminders", query={"customer": customer_id}).body
        nobodys = two.ask(who, "GET", "/reminders", query={"customer": "nobody"}).body
        assert (of_one != nobodys) == (owner in SEES[who])
    everybodys = two.api.get("/reminders").body["items"]
    for one in everybodys:
        status = 200 if one["subject"].removeprefix("To").strip() in SEES[who] else 404
        assert two.ask(who, "GET", f"/reminders/{one['id']}").status == status
        if status == 404:
            for verb, path in (("DELETE", ""), ("POST", "/complete"), ("POST", "/reopen")):
                refused = two.ask(who, verb, f"/reminders/{one['id']}{path}", headers={"if-match": "*"})
                assert refused.status == 404
    assert two.api.get("/reminders").body["items"] == everybodys


def test_a_members_reminders_are_for_them_and_their_team(two: Two) -> None:
    assert two.ask("zoya", "GET", "/reminders", query={"staff": "ravi"}).body == {"items": [], "next": None}
    assert two.ask("omar", "POST", "/staff/ravi/calendar").status == 404


@pytest.mark.parametrize("who", ["ravi", "zoya", "omar"])
def test_duplicates(two: Two, who: str) -> None:
    everybodys = two.api.get("/duplicates", query={"limit": "200"}).body["items"]
    assert len(everybodys) > len(owners(two, who, "/duplicates"))
    listed = two.api.get("/customers", query={"limit": "200"}).body["items"]
    of = {one["id"]: one["owner"] or "" for one in listed}
    for pair in everybodys:
        seen = {of[customer["id"]] for customer in pair["customers"]} <= SEES[who]
        assert (pair["id"] in {one["id"] for one in owners(two, who, "/duplicates")}) == seen
        if not seen:
            assert two.ask(who, "POST", f"/duplicates/{pair['id']}/different").status == 404


@pytest.mark.parametrize("who", ["ravi", "zoya", "omar"])
def test_relations_and_who_is_greeted_next(two: Two, who: str) -> None:
    others = owners(two, who, f"/customers/{two.ids[who]}/relations")
    assert {one["customer"]["name"] for one in others} == {f"Customer {one or 'free'}" for one in SEES[who] - {who}}
    upcoming = two.ask(who, "GET", "/upcoming", query={"days": "3"}).body["items"]
    assert {one["name"].removeprefix("Customer ").replace("free", "") for one in upcoming} == SEES[who]


def test_an_export_holds_who_is_within_reach_and_is_its_makers(two: Two) -> None:
    begun = two.ask("omar", "POST", "/exports", body={})
    assert begun.status == 202
    Office.work()
    shown = two.ask("omar", "GET", f"/exports/{begun.body['id']}")
    assert shown.body["state"] == "done"
    text = content(shown.body).decode("utf-8-sig")
    assert "Customer omar" in text
    assert not [one for one in ALL - {"omar"} if f"Customer {one or 'free'}" in text]
    assert two.ask("zoya", "GET", f"/exports/{begun.body['id']}").status == 404
    assert two.ask("zoya", "GET", "/exports").body["items"] == []
    everything = {"what": "everything", "format": "jsonl"}
    assert two.ask("omar", "POST", "/exports", body=everything).status == 403
    assert two.api.post("/exports", everything, role="marketing").status == 403


def test_a_contact_of_somebody_out_of_reach_is_not_told_of(two: Two) -> None:
    told = {"name": "Somebody", "email": "zoya@x.example"}
    mine = {"name": "Somebody", "email": "omar@x.example"}
    assert two.ask("omar", "POST", "/customers", body=mine).status == 409
    made = two.ask("omar", "POST", "/customers", body=told, headers={"idempotency-key": "k"})
    assert (made.status, made.body["owner"]) == (201, "omar")
    assert "possible_duplicates" not in made.body or "zoya" not in str(made.body["possible_duplicates"])
    again = two.ask("omar", "POST", "/customers", body=told, headers={"idempotency-key": "k"})
    assert (again.status, again.body["id"]) == (201, made.body["id"])
    # Once it was given to somebody else, the same request shows it no more.
    given = {"owner": "zoya"}
    assert two.api.patch(f"/customers/{made.body['id']}", given, headers={"if-match": "*"}).status == 200
    assert two.ask("omar", "POST", "/customers", body=told, headers={"idempotency-key": "k"}).status == 404


def test_numbers_over_all_customers_are_for_who_sees_them_all(two: Two) -> None:
    made = two.api.post("/segments", {"name": "All", "kind": "static"}).body["id"]
    seen = two.ask("ravi", "GET", f"/segments/{made}").body
    assert (seen["members"], seen["totals"], seen["progress"]) == (None, None, None)
    assert two.api.get(f"/segments/{made}").body["members"] == 0
    for path in ("/tags", "/patterns", f"/segments/{made}/growth", "/segments/suggested", "/birthdays/placeholders"):
        assert two.ask("ravi", "GET", path).status == 403
    picked = two.api.post(f"/segments/{made}/members", {"add": list(two.ids.values())})
    assert picked.body["added"] == len(two.ids)
    settle()
    members = owners(two, "ravi", f"/segments/{made}/customers")
    assert {one["owner"] or "" for one in members} == SEES["ravi"]
