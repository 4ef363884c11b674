"""The way to the sign-in page and back, at the issuer of a laptop, which keeps to what Cognito's does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from crm.console import provider
from crm.console.sessions import COOKIE, Session
from crm.core import config
from infra.local.engine import free_port
from infra.local.issuer import PLACE
from tests.console.browser import BASE, Browser, Shown
from tests.local.door import Client, opened
from tests.local.stand_in import StandInHost, StandInStack
from tests.support.sign_in import SETTINGS

POOL = replace(SETTINGS, others=("ConsoleClient",), pages=(f"{BASE}/console/signed-in", f"{BASE}/console/signed-out"))


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The local issuer, whose address it has to know before it is opened."""
    directory: Path = tmp_path_factory.mktemp("issuer")
    with opened(StandInHost(directory, StandInStack(sign_in=POOL), port=free_port())) as client:
        yield client


@pytest.fixture
def browser(shop: None, issuer: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setenv("STAFF_ISSUER", f"http://127.0.0.1:{issuer.port}{PLACE}")
    config.settings.cache_clear()
    provider._about.cache_clear()
    yield Browser()
    monkeypatch.undo()
    config.settings.cache_clear()
    provider._about.cache_clear()


def at_issuer(issuer: Client, to: str, **asked: str) -> dict[str, str]:
    """What the sign-in page sends the browser back with, after somebody was chosen there."""
    parts = urlsplit(to)
    answer = issuer.ask("GET", f"{parts.path}?{parts.query}&{urlencode({'login': 'sales', **asked})}")
    assert answer.status == 302, answer.body
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{BASE}/console/signed-in"
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def came_back(browser: Browser, issuer: Client, *, to: str = "/console", **changes: str) -> Shown:
    begun = browser.get(f"/console/sign-in?{urlencode({'to': to})}")
    assert begun.status == 303
    told = at_issuer(issuer, begun.location)
    return browser.get(f"/console/signed-in?{urlencode({**told, **changes})}")


def test_somebody_signs_in_and_comes_to_where_they_wanted_to(browser: Browser, issuer: Client) -> None:
    page = browser.get("/console?done=x")
    assert page.location == "/console/sign-in?to=%2Fconsole%3Fdone%3Dx"
    told = at_issuer(issuer, browser.get(page.location).location)
    answer = browser.get(f"/console/signed-in?{urlencode(told)}")
    assert (answer.status, answer.location) == (303, "/console?done=x")
    assert set(browser.cookies) == {COOKIE}
    shown = browser.get(answer.location)
    assert (shown.status, "sales" in shown.text) == (200, True)


def test_the_proof_and_the_code_stay_between_us_and_the_issuer(browser: Browser) -> None:
    begun = browser.get("/console/sign-in")
    asked = parse_qs(urlsplit(begun.location).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["client_id"] == ["ConsoleClient"]
    assert asked["scope"] == ["crm/staff"]
    [cookie] = begun.cookies
    assert asked["state"][0] not in cookie
    assert "HttpOnly" in cookie


def test_what_goes_with_a_browser_to_the_sign_in_page_is_no_session(browser: Browser) -> None:
    browser.get("/console/sign-in")
    browser.cookies[COOKIE] = browser.cookies["__Host-sign-in"]
    assert browser.get("/console").location == "/console/sign-in"


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example/console",
        "/\\evil.example",
        "/console//evil.example",
        "/console/\\evil",
        "/console\t/x",
        "/consoles",
        "/console/../docs",
        "/console/%2e%2E/docs",
        "/console\n",
        "javascript:alert(1)",
        "/console?x=<script>",
        "",
    ],
)
def test_nobody_is_led_out_of_the_pages(browser: Browser, issuer: Client, to: str) -> None:
    assert came_back(browser, issuer, to=to).location == "/console"


def test_a_session_that_somebody_planted_does_not_become_another_ones(browser: Browser, issuer: Client) -> None:
    planted = Browser().signed_in("thief", role="sales")
    browser.cookies[COOKIE] = str(planted.session)
    before = Session.read(browser.cookies)
    assert came_back(browser, issuer).status == 303
    after = Session.read(browser.cookies)
    assert before
    assert after
    assert (before.who, after.who) == ("thief", "sales")
    assert before.number != after.number
    assert before.csrf != after.csrf


def test_a_code_that_another_browser_was_given_is_not_taken(browser: Browser, issuer: Client) -> None:
    theirs = at_issuer(issuer, Browser().get("/console/sign-in").location)
    browser.get("/console/sign-in")
    answer = browser.get(f"/console/signed-in?{urlencode(theirs)}")
    assert (answer.status, browser.session) == (400, None)


def test_the_way_back_is_good_once_and_for_this_browser(browser: Browser, issuer: Client) -> None:
    begun = browser.get("/console/sign-in")
    told = urlencode(at_issuer(issuer, begun.location))
    assert Browser().get(f"/console/signed-in?{told}").status == 400
    assert browser.get(f"/console/signed-in?{told}").status == 303
    assert browser.get(f"/console/signed-in?{told}").status == 400


@pytest.mark.parametrize("changes", [{"code": "other"}, {"state": "other"}, {"state": "é"}])
def test_a_wrong_code_or_state_signs_nobody_in(browser: Browser, issuer: Client, changes: dict[str, str]) -> None:
    answer = came_back(browser, issuer, **changes)
    assert (answer.status, browser.session) == (400, None)
    assert 'href="/console/sign-in?to=' in answer.body


def test_who_is_not_let_in_is_told_so(browser: Browser, issuer: Client) -> None:
    told = at_issuer(issuer, browser.get("/console/sign-in").location, login="nobody")
    assert told["error"] == "access_denied"
    assert browser.get(f"/console/signed-in?{urlencode(told)}").status == 400


def test_leaving_ends_the_session_at_the_sign_in_page_too(browser: Browser, issuer: Client) -> None:
    page = browser.get("/console/leaving")
    where = page.body.partition("url=")[2].partition('"')[0].replace("&amp;", "&")
    answer = issuer.ask("GET", where.partition(str(issuer.port))[2])
    assert answer.headers["location"] == f"{BASE}/console/signed-out"
    assert browser.get("/console/signed-out").status == 200


def test_an_issuer_that_does_not_answer_is_an_error_that_passes(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAFF_ISSUER", "http://127.0.0.1:9/issuer")
    config.settings.cache_clear()
    provider._about.cache_clear()
    answer = browser.get("/console/sign-in")
    assert answer.status == 503
    assert answer.headers["retry-after"] == "2"


def test_the_token_must_be_one_for_the_crm(browser: Browser, issuer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "_payload", lambda _: {"username": "sales", "scope": "profile"})
    assert came_back(browser, issuer).status == 400
