"""Who is new is led by the hand; a demo shop comes in one press and goes in one, with all that was made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from crm.core.config import settings
from crm.core.lease import Lease
from crm.demo import service
from crm.demo.models import Demo
from crm.demo.people import DOMAIN, PEOPLE
from crm.suppressions import service as suppressions
from infra.build import catalogues
from tests.console.browser import BASE, Browser, Shown
from tests.merges.merging import request
from tests.support.cloud import Cloud, at
from tests.support.faults import crash_points

START, DEMO = "/console/start", "/console/demo"
BANNER = "Demo shop: these customers are made up."
# Receipts of erasures and the audit, which hold random ids, and nothing of whom they were of.
KEPT_FOR_GOOD = {"erasure", "erased", "audit_record", "audit_entry", "audit_place", "audit_head", "audit_attempt"}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    catalogues.compile_into(catalogues.LOCALES)
    with Cloud(at("2026-11-22T09:00Z")).running() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIC_URL", BASE)
        Lease.forget_all()
        yield running
    Lease.forget_all()


def manager() -> Browser:
    Lease.forget_all()
    return Browser().signed_in("manager")


def press(cloud: Cloud, action: str) -> Shown:
    answer = manager().submit(START, DEMO, action=action)
    assert answer.status == 303, answer.text
    cloud.settle()
    return manager().get(answer.location)


def employ(cloud: Cloud) -> None:
    for staff in ("owner", "manager"):
        told = {"id": staff, "name": staff, "role": staff}
        assert cloud.api.post("/staff", told, role="owner").status == 201


def held(cloud: Cloud) -> list[tuple[str, str]]:
    """All that is kept, but what an audit and a receipt keep for good."""
    return [(one["pk"], one["sk"]) for one in cloud.items() if one["entity"] not in KEPT_FOR_GOOD]


def test_an_empty_shop_is_filled_with_a_press_and_says_so_on_each_page(cloud: Cloud) -> None:
    assert "Put the demo shop in" in manager().get(START).text
    assert BANNER not in manager().get("/console").text
    assert "The demo shop is in." in press(cloud, "in").text
    for address in ("/console", "/console/find?q=zz", START, "/console/imports"):
        assert BANNER in manager().get(address).text, address
    found = cloud.api.get("/customers", query={"limit": "50"}).body["items"]
    assert {one["name"] for one in found} == {one.name for one in PEOPLE}
    assert {one["language"] for one in found} == {"ur", "bn", "ne", "he", "en"}
    grace = next(one for one in found if one["name"] == "Grace Hall")
    page = manager().get(f"/console/customers/{grace['id']}").text
    for text in ("Tea set", "Wants the blue one, too", "demo", DOMAIN):
        assert text in page, text
    # Pressed again, by whomever, it is there once.
    press(cloud, "in")
    assert len(cloud.api.get("/customers", query={"limit": "50"}).body["items"]) == len(PEOPLE)


# Days of the business, in Karachi: before and after midnight there, a leap day, the end of a year.
@pytest.mark.parametrize(
    ("moment", "today"),
    [
        ("2026-11-22T19:20Z", "2026-11-23"),
        ("2028-02-28T19:30Z", "2028-02-29"),
        ("2026-12-31T18:00Z", "2026-12-31"),
        ("2026-12-31T19:30Z", "2027-01-01"),
    ],
)
def test_whoever_puts_it_in_finds_something_in_each_part_of_their_day(moment: str, today: str) -> None:
    with Cloud(at(moment)).running() as cloud, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIC_URL", BASE)
        employ(cloud)
        press(cloud, "in")
        cloud.wait(minutes=1)
        cloud.settle()
        for staff in ("manager", "owner"):
            Lease.forget_all()
            page = Browser().signed_in(staff, role=staff).get("/console").text
            for text in ("Send her the offer", "Say sorry for the late delivery", "Ask whether the price list came"):
                assert text in page, text
            # One of the three is of an earlier day.
            assert page.count("overdue") == 1
            # What the demo reminds of is nobody's first step.
            assert "Done:" not in Browser().signed_in(staff, role=staff).get(START).text
            for text in (
                "it is a year since",
                "later than they usually do",
                "have not for a long time",
                "The demo shop is in",
            ):
                assert text in page, text
        waiting = sorted(str(one["at"]) for one in cloud.items("reminder") if one["pk"] == "STAFF#owner")
        assert waiting[1] == f"{today}T12:00"
        assert cloud.post.accepted == []


def test_nobody_gets_a_mail_from_it_and_their_numbers_are_nobodys(cloud: Cloud) -> None:
    rule = {"name": "Day", "occasion": "birthday", "template": "birthday", "send_at": "09:00", "active": True}
    assert cloud.api.post("/greetings", rule).status == 201
    press(cloud, "in")
    cloud.live(until=cloud.now + timedelta(days=6), step=timedelta(hours=3))
    states = {(one["state"], one.get("reason_code")) for one in cloud.items("message")}
    assert states == {("withheld", "suppressed")}
    assert cloud.post.accepted == []
    assert all(one.phone.startswith("+120255501") for one in PEOPLE)


def test_out_takes_all_of_it_with_what_people_did_and_nothing_else(cloud: Cloud) -> None:
    own = cloud.api.post("/customers", {"name": "Ours", "phone": "+923001234567"}).body["id"]
    cloud.settle()
    assert "Put the demo shop in" not in manager().get(START).text
    refused = manager().submit(START, DEMO, action="in")
    assert "This is not possible just now" in manager().get(refused.location).text
    assert cloud.api.delete(f"/customers/{own}", headers={"if-match": "*"}).status == 204
    cloud.settle()
    before = held(cloud)

    press(cloud, "in")
    people = {one["name"]: one["id"] for one in cloud.api.get("/customers", query={"limit": "50"}).body["items"]}
    path = f"/customers/{people['Grace Hall']}"
    cloud.api.post(f"{path}/interactions", {"kind": "call", "summary": "tried"})
    cloud.api.patch(path, {"address": "1 Hill Road"}, headers={"if-match": "*"})
    planned = {"to": "customer", "customer_id": people["Grace Hall"], "at": "2099-01-01T10:00", "subject": "x"}
    assert cloud.api.post("/reminders", planned).status == 201
    assert cloud.api.delete(f"/customers/{people['Oscar Young']}", headers={"if-match": "*"}).status == 204
    made = cloud.api.post("/customers", {"name": "Real one"}).body["id"]
    merged = cloud.api.post("/merges", request(cloud.api, into=made, old=people["Maya O’Neill-Thapa"]))
    assert merged.status == 201, merged.body
    ours, rachel = (
        cloud.api.post("/customers", {"name": "Joined", "address": "9 Low Road"}).body["id"],
        people["רחל מזרחי"],
    )
    assert cloud.api.post("/merges", request(cloud.api, into=rachel, old=ours, name="into")).status == 201
    cloud.settle()
    shown = manager().get(f"{START}?ask=out")
    assert "Yes, take it out" in shown.text
    assert "Those of its customers that were merged with your own stay" in press(cloud, "out").text
    cloud.wait(minutes=20)
    cloud.settle()
    cloud.wait(minutes=20)
    cloud.settle()

    assert BANNER not in manager().get("/console").text
    left = cloud.api.get("/customers", query={"limit": "50"}).body["items"]
    # What is joined with one of ours stays: it holds what is ours.
    assert {one["name"] for one in left} == {"Real one", "רחל מזרחי"}
    gone = [one for name, one in people.items() if one != rachel and not name.startswith("Maya")]
    traces = [
        one for one in cloud.items() if one["entity"] not in KEPT_FOR_GOOD and (one["pk"], one["sk"]) not in before
    ]
    assert [one for one in traces if any(person in repr(one) for person in gone)] == []
    # No mail goes to the made-up address that the joined record has now.
    assert [one["entity"] for one in traces if one["pk"].startswith("SUPPRESSED#")] == ["suppression"] * 2
    assert [
        key for key in cloud.memory.tables[settings().views_table] if any(person in repr(key) for person in gone)
    ] == []


def test_out_leaves_nothing_in_a_shop_of_its_own(cloud: Cloud) -> None:
    employ(cloud)
    cloud.settle()
    before = held(cloud)
    press(cloud, "in")
    cloud.wait(minutes=1)
    cloud.settle()
    told = cloud.items("announcement")[0]["sk"].removeprefix("ANNOUNCEMENT#")
    assert cloud.api.post(f"/announcements/{told}/read", None).status == 200
    assert {one["sk"] for one in cloud.items("segment")} != set()
    press(cloud, "out")
    for _ in range(3):
        cloud.wait(minutes=20)
        cloud.settle()
    # That there are no patterns, and the number of the rules' last change.
    left = {sk for pk, sk in held(cloud) if (pk, sk) not in before}
    assert left == {"SUGGESTED", "CUTS", "EPOCH"}
    patterns = cloud.api.get("/patterns").body
    assert (patterns["customers"], cloud.api.get("/segments/suggested").body["items"]) == (0, [])


def test_killed_at_any_call_and_pressed_again_it_is_in_once_and_out_whole() -> None:
    for crash in crash_points(every=67):
        with Cloud(at("2026-11-22T09:00Z")).running() as cloud:
            with crash:
                service.put_in(by="manager")
            demo = service.put_in(by="owner")
            assert demo.state == "in"
            assert len(cloud.items("profile")) == len(PEOPLE)
            assert len(cloud.items("event")) == sum(len(one.bought) + len(one.said) for one in PEOPLE)
            assert len(cloud.items("suppression")) == len(PEOPLE)
    for crash in crash_points(every=67):
        with Cloud(at("2026-11-22T09:00Z")).running() as cloud:
            service.put_in(by="manager")
            with crash:
                service.take_out(by="manager")
            assert service.take_out(by="owner") == 0
            assert Demo.read() is None
            assert cloud.items("profile") == []
            assert cloud.items("suppression") == []


def test_no_mail_may_go_before_there_is_anybody(cloud: Cloud) -> None:
    for crash in crash_points(every=23):
        with Cloud(at("2026-11-22T09:00Z")).running() as other:
            with crash:
                service.put_in(by="manager")
            addresses = [str(one["email"]) for one in other.items("profile")]
            assert all(suppressions.read(one).stops for one in addresses)


def test_steps_are_ticked_when_they_are_done_and_go_when_nobody_wants_them(cloud: Cloud) -> None:
    page = manager().get(START)
    for text in ("Add a customer", "Bring in a file", "Switch on birthdays", "See tomorrow’s mail"):
        assert text in page.text, text
    assert "Done:" not in page.text
    cloud.api.post("/staff", {"id": "manager", "name": "Mona"}, role="owner")
    made = cloud.api.post("/customers", {"name": "Ours"}).body["id"]
    rule = {"name": "Day", "occasion": "birthday", "template": "birthday", "send_at": "09:00", "active": True}
    cloud.api.post("/greetings", rule)
    planned = {"to": "staff", "staff": "manager", "customer_id": made, "at": "2099-01-01T10:00", "subject": "x"}
    assert cloud.api.post("/reminders", planned).status == 201
    cloud.settle()
    browser = manager()
    assert browser.get(START).text.count("Done:") == 3
    assert browser.get(f"{START}?see=upcoming").location == "/console/upcoming"
    assert browser.get(START).text.count("Done:") == 4
    assert START in browser.get("/console").body
    assert browser.submit(START, START, action="dismiss").location == "/console"
    assert START not in browser.get("/console").body
    assert browser.submit(START, START, action="x").status == 400


def test_each_first_step_leads_to_where_it_is_done(cloud: Cloud) -> None:
    for role in ("owner", "manager", "sales", "service", "marketing", "till", "readonly"):
        reader = Browser().signed_in(f"m_{role}", role=role)
        listed = reader.get(START).body.partition('<ol class="rows">')[2].partition("</ol>")[0]
        links = re.findall(r'href="([^"]+)"', listed)
        assert len(links) == listed.count("<li>")
        assert [link for link in links if reader.get(link).status not in {200, 303}] == []


def test_who_may_not_is_led_to_what_they_may(cloud: Cloud) -> None:
    sales = Browser().signed_in("sara", role="sales")
    page = sales.get(START)
    assert ("Add a customer" in page.text, "Bring in a file" in page.text, "demo shop" in page.text) == (
        True,
        False,
        False,
    )
    assert sales.post(DEMO, {"csrf": sales.csrf, "action": "in"}).status == 403
    assert manager().submit(START, DEMO, action="x").status == 400
    reader = Browser().signed_in("rana", role="readonly")
    assert "Add a customer" not in reader.get(START).text
