"""One's own page: who one is here, how mail tells of things, in which language, and out everywhere at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crm.access import roster
from crm.core import clock
from tests.console.browser import Browser
from tests.support.world import Api, know_the_roster


@pytest.fixture(scope="module", autouse=True)
def tara(shop: None) -> Iterator[None]:
    """A member of the staff with an address, whom no other test knows."""
    roster.forget()
    told = {"id": "tara", "name": "Tara Rai", "email": "tara@shop.example", "role": "sales", "language": "ne-NP"}
    assert Api().post("/staff", told, role="owner").status == 201
    yield
    know_the_roster()


@pytest.fixture
def browser(shop: None) -> Browser:
    return Browser().signed_in("tara", role="sales", at=int(clock.now().timestamp()) - 60)


def member() -> dict[str, object]:
    found: dict[str, object] = Api().get("/staff/tara", role="owner").body
    return found


def test_it_says_who_one_is_and_what_the_role_may(browser: Browser) -> None:
    page = browser.get("/console/me")
    assert page.status == 200
    for text in ("Tara Rai", "tara@shop.example", "sales", "See who is to be called, and say that it was done."):
        assert text in page.text, text
    assert "your own customers" in page.text
    # What another role may is not said.
    assert "Tell the team something" not in page.text
    assert 'href="/console/me"' in browser.get("/console").body


def test_how_mail_tells_is_chosen_there(browser: Browser) -> None:
    form = {"action": "mails", "notify": "daily", "reminders": "digest"}
    answer = browser.submit("/console/me", "/console/me", **form)
    assert answer.location == "/console/me?done=saved"
    assert (member()["notify"], member()["reminders"]) == ("daily", "digest")
    page = browser.get(answer.location)
    assert 'value="daily" selected' in page.body
    assert 'value="digest" selected' in page.body
    for wrong in ({"notify": "hourly"}, {"reminders": ""}, {"action": "grow"}):
        assert browser.submit("/console/me", "/console/me", **{**form, **wrong}).status == 400


def test_a_language_is_kept_with_the_member_and_a_region_with_the_language(browser: Browser) -> None:
    browser.submit("/console", "/console/language", language="ne", to="/console")
    assert member()["language"] == "ne-NP"
    answer = browser.submit("/console", "/console/language", language="ur", to="/console/find")
    assert answer.location == "/console/find"
    assert member()["language"] == "ur"
    # Also who is on no list reads on in another language.
    ghost = Browser().signed_in("ghost", role="manager")
    assert ghost.submit("/console/me", "/console/language", language="he", to="/console/me").status == 303
    page = ghost.get("/console/me")
    assert 'dir="rtl"' in page.body
    assert 'name="notify"' not in page.body


def test_signing_out_everywhere_asks_once_more_and_ends_every_session(browser: Browser) -> None:
    other = Browser().signed_in("tara", role="sales", at=int(clock.now().timestamp()) - 120)
    page = browser.get("/console/me")
    assert 'value="leave"' not in page.body
    asked = browser.get("/console/me?leave=1")
    once = asked.body.partition('name="once" value="')[2].partition('"')[0]
    assert browser.post("/console/me", {"csrf": asked.csrf, "action": "leave", "once": ""}).status == 422
    assert other.get("/console").status == 200
    answer = browser.post("/console/me", {"csrf": asked.csrf, "action": "leave", "once": once})
    assert answer.location == "/console/leaving"
    assert browser.session is None
    assert other.get("/console").location.startswith("/console/sign-in")
