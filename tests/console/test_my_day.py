"""The first page: what waits for somebody, whom they are to call and why; and saying that it is done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm.calls.rules import partition
from crm.console import assets
from crm.core import clock, table
from crm.core.config import settings
from crm.core.lease import Lease
from crm.customers import service as customers
from crm.mail.models import Message
from crm.reminders.models import Reminder
from crm.segments import service as segments
from tests.console.browser import Browser
from tests.console.days import CANARY, employ, remind_of_hina
from tests.console.filled import fields
from tests.support.flow import settle
from tests.support.meter import metered
from tests.support.world import Api


@pytest.fixture(scope="module")
def hina(shop: None) -> str:
    employ()
    return remind_of_hina()


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


def test_the_call_list_names_each_once_with_all_reasons_and_a_place_to_write(browser: Browser, hina: str) -> None:
    page = browser.signed_in("hassan", role="sales").get("/console/calls")
    assert page.body.count(f'href="/console/customers/{hina}"') == 1
    for text in ("+923007654321", "To greet by voice: no e-mail address is known", "Many happy returns", "hassan"):
        assert text in page.text, text
    assert page.body.count('class="only-printed to-write"') == page.body.count('<th scope="row">')
    assert "2099" not in page.text
    assert "<b onclick" not in page.body
    assert 'href="/console/calls"' in browser.get("/console").body
    # Of others' calls there is nothing on one's own list.
    assert "Hina" not in Browser().signed_in("rida", role="sales").get("/console/calls").text
    assert (
        "Nobody is to be called today."
        in Browser().signed_in("nobody_at_all", role="service").get("/console/calls").text
    )
    assert Browser().signed_in("marta", role="marketing").get("/console/calls").status == 403


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
    # While its mail is between claim and answer it cannot be done, and nobody has done it.
    mail = Reminder.read("STAFF#hassan", mine["id"])
    assert mail
    counts: dict[str, Any] = {"revision": 1, "attempts": 1, "doubts": 0, "created_at": "x", "updated_at": "x"}
    out = Message("STAFF#hassan", mail.order.sk, state="handed", purpose="service", history=[], **counts)
    out.save()
    answer = browser.post(f"/console/reminders/{mine['id']}/done", {"csrf": page.csrf, "once": "on its way"})
    assert (answer.location, "nothing of yours was done" in browser.get(answer.location).text) == (
        "/console?done=stale",
        True,
    )
    out.delete()
    for _ in range(2):
        answer = browser.post(f"/console/reminders/{mine['id']}/done", {"csrf": page.csrf, "once": once})
        assert answer.location == "/console?done=reminder"
    again = browser.post(f"/console/reminders/{mine['id']}/done", {"csrf": page.csrf, "once": "y"})
    assert again.location == "/console?done=before"
    assert "Ring her" not in browser.get("/console").text
    assert browser.post(f"/console/reminders/{later['id']}/done", {"csrf": page.csrf, "once": ""}).status == 422


def test_a_call_is_done_and_what_was_said_is_logged(browser: Browser, hina: str) -> None:
    browser.signed_in("hassan", role="sales")
    form = {"csrf": browser.get("/console").csrf, "summary": "She was glad"}
    odd = browser.post(f"/console/calls/customer_{hina}_birthday_2026/done", {**form, "summary": "She\x07was"})
    assert (odd.status, "must not contain control characters" in odd.text) == (422, True)
    here = f"/console/calls/customer_{hina}_birthday_2026/done"
    long = browser.post(here, {**form, "summary": "glad " * 500})
    assert (long.status, fields(long, here)["summary"]) == (422, "glad " * 500)
    assert long.text.count("must have at most 2000 characters") == 2
    assert f'<a href="/console/customers/{hina}">' in long.body
    answer = browser.post(f"/console/calls/customer_{hina}_birthday_2026/done", form)
    assert answer.location == "/console?done=call"
    assert "She was glad" in browser.get(f"/console/customers/{hina}").text
    assert 'name="summary"' not in browser.get("/console").body
    # It waits there no more: what was written is given back beside the reason.
    late = browser.forged(here, {**form, "summary": "glad " * 500})
    assert (late.status, "What you have written" in late.text, "glad " * 500 in late.body) == (422, True, True)
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
