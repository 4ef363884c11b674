"""What became of the day's greetings, and mail that is in doubt, on the first page."""

from __future__ import annotations

import re

import pytest

from crm.access import roster
from crm.console import house
from crm.console.day import mailed as mailed_today
from crm.core import built, clock
from crm.core.config import settings
from crm.greetings import today
from crm.views import rebuild
from tests.console.browser import Browser
from tests.console.days import card, celebrate, employ, mailed
from tests.support.flow import do_jobs, settle
from tests.support.meter import metered
from tests.support.world import Api


@pytest.fixture(scope="module")
def celebrated(shop: None) -> dict[str, str]:
    employ()
    return celebrate()


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
    assert cost.round_trips == 3, cost.calls
    assert cost.longest <= 1, cost.beside


def test_of_many_greetings_the_first_stand_there(
    browser: Browser, celebrated: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailed_today, "_MOST", 1)
    page = browser.signed_in("hassan", role="sales").get("/console")
    assert card(page.body, "greeted").count("<li>") == 1
    assert "There are 2 more." in page.text
    on = clock.now().astimezone(settings().business_timezone).date()
    assert f'href="/console/upcoming/{on}#became"' in card(page.body, "greeted")
    monkeypatch.setattr(mailed_today, "_MOST", 2)
    assert "There is 1 more." in browser.get("/console").text


def test_the_page_of_a_day_that_has_begun_says_what_became_of_its_greetings_too(
    browser: Browser, celebrated: dict[str, str]
) -> None:
    on = clock.now().astimezone(settings().business_timezone).date()
    page = browser.signed_in("hassan", role="sales").get(f"/console/upcoming/{on}")
    told = " ".join(re.sub("<[^>]+>", " ", card(page.body, "became")).split())
    for name, fate in (("Sent Sana", "sent"), ("Back Bilal", "came back"), ("Mute Mona", "not sent")):
        assert re.search(rf"{name} \S+ onclick=x\S+ {fate} : {name}", told), told
    assert "Late Laila" not in told
    assert "Ridas Rana" not in page.text
    assert 'id="became"' not in browser.get("/console/upcoming/tomorrow").body
    hides = {
        "id": "no-birthdays",
        "all": ["customers.read", "activity.read", "greetings.read"],
        "hidden": ["/birthday"],
    }
    assert Api().post("/roles", hides, role="owner", caller="boss").status == 201
    assert (
        Api().post("/staff", {"id": "dana", "name": "D", "role": "no-birthdays"}, role="owner", caller="boss").status
        == 201
    )
    roster.forget()
    seen = Browser().signed_in("dana", role="sales").get(f"/console/upcoming/{on}")
    assert (seen.status, 'id="became"' in seen.body) == (200, False)


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
