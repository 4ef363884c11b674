"""The first page: what waits for somebody, whom they are to call and why; and saying that it is done."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from crm.calls.rules import partition
from crm.console import assets, house
from crm.console.day import mailed as mailed_today
from crm.core import built, clock, table
from crm.core.config import settings
from crm.core.lease import Lease
from crm.customers import service as customers
from crm.greetings import today
from crm.mail.models import Message
from crm.segments import service as segments
from crm.views import rebuild
from tests.console.browser import Browser
from tests.support.flow import do_jobs, settle
from tests.support.meter import metered
from tests.support.world import Api

CANARY = "<b onclick=x>"


@pytest.fixture(scope="module")
def hina(shop: None) -> str:
    """A customer of whom a member of the staff is reminded today, and whom no mail has reached."""
    api = Api()
    for name in ("hassan", "rida"):
        api.post("/staff", {"id": name, "name": name.title(), "role": "sales"}, role="owner")
    made = api.post("/customers", {"name": f"Hina {CANARY}", "phone": "+92 300 7654321", "owner": "hassan"}).body
    soon = (clock.now() + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M")
    reminder = {"to": "staff", "staff": "hassan", "customer_id": made["id"], "subject": f"Ring her {CANARY}"}
    for at in (soon, "2099-01-01T10:00"):
        told = {**reminder, "at": at, "timezone": "UTC", "subject": f"{reminder['subject']} {at[:4]}"}
        assert api.post("/reminders", told).status == 201
    call(made["id"], owner="hassan")
    settle()
    return str(made["id"])


def call(customer_id: str, *, owner: str) -> None:
    """A greeting that found no address, as the mailer leaves it."""
    today = clock.now().astimezone(settings().business_timezone).date().isoformat()
    to_call = {"owner": owner, "on": today, "say": f"Many happy returns {CANARY}"}
    mailed(customer_id, "birthday", state="withheld", reason_code="no_address", to_call=to_call)


def mailed(customer_id: str, rule: str, *, occurrence: str = "2026", **fate: Any) -> None:
    """A greeting with its fate, as the mailer leaves it."""
    now = clock.stamp()
    counts: dict[str, Any] = {
        "revision": 1,
        "attempts": 0,
        "doubts": 0,
        "created_at": now,
        "updated_at": now,
        "history": [],
    }
    Message(f"CUSTOMER#{customer_id}", f"MAIL#{rule}#{occurrence}", purpose="greeting", **(counts | fate)).save()


def test_it_says_what_waits_and_whom_to_call_and_why(browser: Browser, hina: str) -> None:
    page = browser.signed_in("hassan", role="sales").get("/console")
    year = f"{clock.now() + timedelta(hours=6):%Y}"
    assert f"Ring her {CANARY} {year}" in page.text
    assert "2099" not in page.text
    assert "Many happy returns" in page.text
    assert "no e-mail address is known" in page.text
    assert "+923007654321" in page.text
    assert page.body.count(f'href="/console/customers/{hina}"') == 2
    assert "<b onclick" not in page.body


def test_it_costs_three_round_trips_and_sixty_kilobytes_at_most(browser: Browser, hina: str) -> None:
    browser.signed_in("hassan", role="sales").get("/console")
    with metered() as cost:
        page = browser.get("/console")
    assert cost.round_trips <= 3, cost.calls
    # Lists beside each other: nobody waits for more than the longest of them.
    assert cost.longest <= 3, cost.beside
    assert len(page.body.encode()) + (assets.STATIC / "console.css").stat().st_size < 60_000


def test_news_stand_on_top_until_they_are_read(browser: Browser, hina: str) -> None:
    told = {"title": f"Closed on Friday {CANARY}", "text": "Nobody comes.\nNot even me.", "roles": ["sales"]}
    made = Api().post("/announcements", told)
    assert made.status == 201, made.body
    page = browser.signed_in("hassan", role="sales").get("/console")
    assert f"Closed on Friday {CANARY}" in page.text
    assert "Not even me." in page.text
    assert "Closed on Friday" not in Browser().signed_in("till").get("/console").text
    address = f"/console/announcements/{made.body['id']}/read"
    assert browser.post(address, {"csrf": page.csrf}).location == "/console?done=read"
    assert "Closed on Friday" not in browser.get("/console").text
    readers = Api().get(f"/announcements/{made.body['id']}/readers").body
    assert [one["staff"] for one in readers["read"]] == ["hassan"]
    assert Browser().signed_in("till").submit("/console", address).status == 404


def test_own_customers_who_are_slipping_away_are_named_with_the_reason(browser: Browser, hina: str) -> None:
    # The product makes this group once there are purchases enough, unless it is there; its rule is another one here.
    rule = {"field": "tags", "op": "contains", "value": "drifting"}
    told: dict[str, Any] = {"name": "Later than usual", "rule": rule}
    if not segments.provide(segment_id="late", **told, caller="patterns", beside=lambda _: None):
        segments.change(segment_id="late", fields=told, expected_version=None)
    for name, owner in ((f"Late Lina {CANARY}", "hassan"), ("Others Omar", "rida"), ("Nobodys Nora", None)):
        made = Api().post("/customers", {"name": name, "tags": ["drifting"], **({"owner": owner} if owner else {})})
        assert made.status == 201
    settle()
    Lease.forget_all()
    page = browser.signed_in("hassan", role="sales").get("/console")
    assert f"Late Lina {CANARY}" in page.text
    assert "They come back later than they usually do." in page.text
    assert '#summary"' in page.body
    assert "Others Omar" not in page.text
    assert "Nobodys Nora" in page.text
    # Marketing sees no single customer's group by what is hidden from it; a till sees no groups at all.
    assert "You may be losing them" not in Browser().signed_in("till").get("/console").text
    with metered() as cost:
        browser.get("/console")
    assert cost.longest <= 3, cost.beside


@pytest.fixture(scope="module")
def celebrated(hina: str) -> dict[str, str]:
    """Customers whose day it is, by name, whose greetings have met with different fates."""
    api, on = Api(), clock.now().astimezone(settings().business_timezone).date()
    rule = api.post("/greetings", {"name": f"Birthdays {CANARY}", "occasion": "birthday"}).body["id"]
    fates = {
        "Sent Sana": ("hassan", {"state": "delivered"}),
        "Back Bilal": ("hassan", {"state": "bounced", "reason_code": "bounced"}),
        "Mute Mona": (None, {"state": "withheld", "reason_code": "no_consent"}),
        "Late Laila": ("hassan", {"state": "due", "reason_code": "not_now"}),
        "Ridas Rana": ("rida", {"state": "accepted"}),
    }
    made = {}
    for name, (owner, fate) in fates.items():
        told = {"name": f"{name} {CANARY}", "birthday": f"--{on:%m-%d}", **({"owner": owner} if owner else {})}
        made[name] = str(api.post("/customers", told).body["id"])
        mailed(made[name], rule, occurrence=str(on.year), **fate)
    settle()
    Lease.forget_all()
    return made


def card(page: str, name: str) -> str:
    return page.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]


def test_what_became_of_todays_greetings_stands_there_with_the_reason(
    browser: Browser, celebrated: dict[str, str]
) -> None:
    page = browser.signed_in("hassan", role="sales").get("/console")
    told = " ".join(re.sub("<[^>]+>", " ", card(page.body, "greeted")).split())
    for name, fate in (
        ("Sent Sana", "sent"),
        ("Back Bilal", "came back"),
        ("Mute Mona", "not sent"),
    ):
        assert re.search(rf"{name} \S+ onclick=x\S+ {fate} : {name}", told), told
        assert f'href="/console/customers/{celebrated[name]}"' in card(page.body, "greeted")
    assert "they did not agree to it" in told
    assert "the address did not take it" in told
    # What still waits has no fate yet, and what others look after is theirs.
    assert "Late Laila" not in told
    assert "Ridas Rana" not in page.text
    assert "Ridas Rana" in browser.signed_in("manager").get("/console").text


def test_todays_greetings_cost_three_round_trips(browser: Browser, celebrated: dict[str, str]) -> None:
    browser.signed_in("hassan", role="sales").get("/console")
    with metered() as cost:
        page = browser.get("/console")
    assert "Sent Sana" in page.text
    assert cost.round_trips <= 3, cost.calls
    assert cost.longest <= 3, cost.beside
    on = clock.now().astimezone(settings().business_timezone).date()
    with metered() as cost:
        today.read(house.greetings(), on=on, business=house.business(), within=None, most=30)
    # The calendar, all its parts beside each other, before the messages and the profiles.
    assert (cost.longest, cost.round_trips) == (1, 2), (cost.beside, cost.calls)


def test_of_many_greetings_the_first_stand_there(
    browser: Browser, celebrated: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailed_today, "_MOST", 1)
    page = browser.signed_in("hassan", role="sales").get("/console")
    assert card(page.body, "greeted").count("<li>") == 1
    assert "There are more than fit on this page" in page.text


def test_mail_in_doubt_stands_there_with_what_to_do_until_it_is_settled(
    browser: Browser, celebrated: dict[str, str]
) -> None:
    def doubtful(name: str, rule: str, *, state: str = "unknown", occurrence: str = "2025", doubts: int = 1) -> None:
        fate = {"subject": f"To {name} {rule}", "state": state, "reason_code": "no_answer", "doubts": doubts}
        mailed(celebrated[name], rule, occurrence=occurrence, **fate)
        settle()

    doubtful("Sent Sana", "feast")
    doubtful("Ridas Rana", "feast")
    # It goes again by itself, until it has been tried often enough.
    doubtful("Mute Mona", "trying", occurrence="once")
    doubtful("Back Bilal", "tried", occurrence="once", doubts=3)
    told = card(browser.signed_in("hassan", role="sales").get("/console").body, "doubts")
    assert "To Sent Sana feast" in told
    assert "To Back Bilal tried" in told
    assert "Ask them whether it came." in told
    assert not any(name in told for name in ("Ridas Rana", "Mute Mona"))
    with metered() as cost:
        browser.get("/console")
    assert cost.round_trips <= 3, cost.calls
    assert cost.longest <= 3, cost.beside
    doubtful("Sent Sana", "feast", state="delivered")
    doubtful("Back Bilal", "tried", state="delivered", occurrence="once")
    assert 'id="doubts"' not in browser.get("/console").body


def test_mail_that_came_into_doubt_before_there_was_a_list_is_found_by_a_rebuild(
    browser: Browser, celebrated: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "_UNTIL_UNREAD", 0)
    fate = {"subject": "Long in doubt", "state": "unknown", "reason_code": "no_answer"}
    mailed(celebrated["Sent Sana"], "old", **fate)
    browser.signed_in("hassan", role="sales")
    assert "Long in doubt" not in browser.get("/console").text
    assert Api().post("/views/rebuild", {}, role="owner").status == 202
    # The stream brings nothing here: the job alone goes through the truth.
    do_jobs(at_most=1000)
    built.forget()
    assert "Long in doubt" in browser.get("/console").text


def test_others_see_neither_the_reminder_nor_the_call(browser: Browser, hina: str) -> None:
    page = browser.signed_in("rida", role="sales").get("/console")
    assert "Hina" not in page.text
    assert "Nobody today." in page.text
    form = {"csrf": page.csrf, "once": "x", "summary": "x"}
    assert browser.post(f"/console/calls/customer_{hina}_birthday_2026/done", form).status == 404
    [mine, _] = Api().get("/reminders", query={"staff": "hassan"}).body["items"]
    assert browser.post(f"/console/reminders/{mine['id']}/done", form).status == 404


def test_who_is_not_to_see_birthdays_sees_no_calls_of_that_day(browser: Browser, hina: str) -> None:
    page = browser.signed_in("till").get("/console")
    assert page.status == 200
    assert "To greet by voice" not in page.text
    assert "today's greetings" not in page.text


def test_told_is_not_done_until_somebody_says_so(browser: Browser, hina: str, monkeypatch: pytest.MonkeyPatch) -> None:
    then = clock.now() + timedelta(hours=7)
    monkeypatch.setattr(clock, "now", lambda: then)
    browser.signed_in("hassan", role="sales")
    [mine, later] = sorted(Api().get("/reminders", query={"staff": "hassan"}).body["items"], key=lambda one: one["at"])
    key = {"pk": {"S": "STAFF#hassan"}, "sk": {"S": f"REMINDER#{mine['id']}"}}
    table.client().update_item(
        TableName=settings().crm_table,
        Key=key,
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":s": {"S": "sent"}},
    )
    page = browser.get("/console")
    assert "Ring her" in page.text
    once = page.body.partition('name="once" value="')[2].partition('"')[0]
    for _ in range(2):
        answer = browser.post(f"/console/reminders/{mine['id']}/done", {"csrf": page.csrf, "once": once})
        assert answer.location == "/console?done=reminder"
    assert browser.post(f"/console/reminders/{mine['id']}/done", {"csrf": page.csrf, "once": "y"}).status == 303
    assert "Ring her" not in browser.get("/console").text
    assert browser.post(f"/console/reminders/{later['id']}/done", {"csrf": page.csrf, "once": ""}).status == 422


def test_a_call_is_done_and_what_was_said_is_logged(browser: Browser, hina: str) -> None:
    browser.signed_in("hassan", role="sales")
    form = {"csrf": browser.get("/console").csrf, "summary": "She was glad"}
    answer = browser.post(f"/console/calls/customer_{hina}_birthday_2026/done", form)
    assert answer.location == "/console?done=call"
    assert "She was glad" in browser.get(f"/console/customers/{hina}").text
    assert 'name="summary"' not in browser.get("/console").body
    assert customers.get(customer_id=hina).facts["last_contact_at"]
    assert partition("hassan") == "CALLS#hassan"


def test_a_reminder_about_somebody_out_of_reach_names_nobody(browser: Browser, hina: str) -> None:
    at = (clock.now() + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    told = {
        "to": "staff",
        "staff": "rida",
        "customer_id": hina,
        "subject": "Bring the key",
        "at": at,
        "timezone": "UTC",
    }
    assert Api().post("/reminders", told).status == 201
    page = browser.signed_in("rida", role="sales").get("/console")
    assert "Bring the key" in page.text
    assert "Hina" not in page.text
    assert hina not in page.body
