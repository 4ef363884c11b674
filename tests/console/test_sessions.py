"""Nobody reads the pages but who is signed in, and nobody acts in another's name."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from crm.access import roster
from crm.access.models import PARTITION, ROSTER, Roster
from crm.console import leaving
from crm.console.sessions import COOKIE, Session
from crm.core import clock, signing
from tests.console.browser import Browser
from tests.support.world import know_the_roster

SIGN_OUT = "/console/sign-out"


def test_who_is_signed_in_sees_the_first_page(manager: Browser) -> None:
    page = manager.get("/console")
    assert (page.status, "My day" in page.text) == (200, True)
    assert page.headers["cache-control"] == "no-store"


def test_the_root_leads_to_the_pages(browser: Browser) -> None:
    assert browser.get("/").location == "/console"


@pytest.mark.parametrize("cookie", ["", "x", "k1.e30.AAAA", "k1.e30", "k9.e30.AAAA"])
def test_a_forged_cookie_is_none(browser: Browser, cookie: str) -> None:
    browser.cookies[COOKIE] = cookie
    assert browser.get("/console").location == "/console/sign-in"
    assert COOKIE not in browser.cookies


def test_an_edited_cookie_is_none(manager: Browser) -> None:
    key, sealed, mac = str(manager.session).split(".")
    other = Session.begun(who="owner", groups=["owner"], signed_in=1, language=None).cookie.partition("=")[2]
    for edited in (
        f"{key}.{'B' if sealed[0] == 'A' else 'A'}{sealed[1:]}.{mac}",
        f"{key}.{other.partition(';')[0].split('.')[1]}.{mac}",
    ):
        manager.cookies[COOKIE] = edited
        assert manager.get("/console").status == 303


def test_what_was_sealed_for_something_else_is_no_session(manager: Browser) -> None:
    told = signing.unseal("console session", str(manager.session))
    manager.cookies[COOKIE] = signing.seal("console sign-in", told)
    assert manager.get("/console").status == 303


def test_a_session_ends_after_a_working_day(manager: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    then = clock.now()
    monkeypatch.setattr(clock, "now", lambda: then + timedelta(hours=7, minutes=59))
    assert manager.get("/console").status == 200
    monkeypatch.setattr(clock, "now", lambda: then + timedelta(hours=8))
    assert manager.get("/console").location == "/console/sign-in"


def test_the_cookie_is_for_this_host_over_tls_and_for_no_script(shop: None) -> None:
    cookie = Session.begun(who="sara", groups=[], signed_in=1, language=None).cookie
    name, *settings = cookie.split("; ")
    assert name.startswith("__Host-session=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(settings)
    assert "sara" not in cookie


def test_who_was_signed_out_everywhere_or_let_go_is_out(browser: Browser) -> None:
    told = {"sara": {"role": "sales", "signed_out": 1000}, "omar": {"role": "sales", "inactive": True}}
    roster.remember(Roster(PARTITION, ROSTER, version=1, members=told, roles={}, teams={}))
    try:
        assert browser.signed_in("sara", at=1000).get("/console").location == "/console/sign-in"
        assert browser.session is None
        assert browser.signed_in("sara", at=1001).get("/console").status == 200
        assert browser.signed_in("omar", at=2000).get("/console").status == 403
    finally:
        know_the_roster()


def test_a_process_that_knows_nothing_yet_reads_the_keys_and_the_roster(manager: Browser) -> None:
    signing.keys.cache_clear()
    roster.forget()
    try:
        assert manager.get("/console").status == 200
    finally:
        know_the_roster()


def test_a_role_that_was_taken_away_is_gone_at_the_next_page(browser: Browser) -> None:
    browser.signed_in("nobody", role="no_role")
    assert browser.get("/console").status == 403


def test_signing_out_takes_the_session_and_leads_to_the_sign_in_page(manager: Browser) -> None:
    answer = manager.submit("/console", SIGN_OUT)
    assert (answer.status, answer.location) == (303, "/console/leaving")
    assert manager.session is None
    assert manager.get("/console").location == "/console/sign-in"


def test_a_copy_of_the_cookie_opens_nothing_after_signing_out(manager: Browser) -> None:
    copied, elsewhere = dict(manager.cookies), Browser().signed_in("manager")
    token = manager.get("/console").csrf
    assert manager.submit("/console", SIGN_OUT).status == 303
    try:
        for is_other_process in (False, True):
            if is_other_process:
                roster.forget()
            copy = Browser(cookies=dict(copied))
            assert copy.get("/console").location == "/console/sign-in"
            copy = Browser(cookies=dict(copied))
            assert "Sign out" not in copy.get("/console/nowhere").text
            assert copy.post("/console/reminders/new", {"csrf": token}).status == 401
            assert elsewhere.get("/console").status == 200
    finally:
        know_the_roster()


def _same(now: datetime) -> datetime:
    return now


def test_ended_sessions_are_kept_until_they_would_be_over_and_no_more_than_the_roster_bears(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = clock.now()
    try:
        for hour in (0, 1, 7, 8):
            now = then + timedelta(hours=hour, minutes=1)
            monkeypatch.setattr(clock, "now", partial(_same, now))
            assert browser.signed_in("manager").submit("/console", SIGN_OUT).status == 303
        assert len(Roster.read().ended_sessions) == 3
        monkeypatch.setattr(leaving, "_MOST_ENDED", 2)
        ended = sorted(Roster.read().ended_sessions.values())[1:]
        assert browser.signed_in("manager").submit("/console", SIGN_OUT).status == 303
        assert min(Roster.read().ended_sessions.values()) >= ended[-1]
        assert len(Roster.read().ended_sessions) == 2
    finally:
        know_the_roster()


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "", "origin": "https://evil.example"},
        {"sec_fetch_site": "", "origin": "null"},
        {"sec_fetch_site": "", "origin": "http://api.example"},
        {"sec_fetch_site": "", "origin": ""},
        {"sec_fetch_site": "", "origin": "http://[api.example"},
    ],
)
def test_a_form_of_another_site_is_refused_though_it_knew_the_token(manager: Browser, headers: dict[str, str]) -> None:
    answer = manager.post(SIGN_OUT, {"csrf": manager.get("/console").csrf}, **headers)
    assert answer.status == 403
    assert manager.session


def test_a_form_without_the_sessions_own_token_is_refused(manager: Browser) -> None:
    others = Browser().signed_in("manager").get("/console").csrf
    for token in ("", "x", "é", others):
        assert manager.post(SIGN_OUT, {"csrf": token}).status == 403
    assert manager.post(SIGN_OUT).status == 403
    assert manager.session


def test_an_older_browser_is_told_apart_by_its_origin(manager: Browser) -> None:
    assert manager.post(SIGN_OUT, {"csrf": manager.get("/console").csrf}, sec_fetch_site="").status == 303


def test_forms_stay_good_when_the_signing_key_is_rotated(manager: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    token, known = manager.get("/console").csrf, signing.keys()
    rotated = signing.Keys("k2", {**known.by_id, "k2": b"2" * 32})
    monkeypatch.setattr(signing, "keys", lambda: rotated)
    assert manager.get("/console").csrf != token
    assert manager.post(SIGN_OUT, {"csrf": token}).status == 303


def test_a_form_of_who_is_signed_out_says_so_and_is_not_sent_on(browser: Browser) -> None:
    answer = browser.post(SIGN_OUT, {"csrf": "x"})
    assert (answer.status, "Not signed in" in answer.text) == (401, True)


def test_what_somebody_has_written_is_given_back_where_their_session_is_over(browser: Browser) -> None:
    note = "Rang back: <b>wants</b> the blue lamp"
    told = {"csrf": "x-token-of-the-page", "once": "abcdefgh", "summary": note, "kind": "x"}
    answer = browser.post("/console/customers/x/interactions", told)
    assert (answer.status, note in answer.text, "<b>wants" in answer.body) == (401, True, False)
    assert "x-token" not in answer.body
    # Whoever else sends a form here has us show nothing of it.
    foreign = browser.post("/console/customers/x/interactions", told, sec_fetch_site="cross-site")
    assert (foreign.status, note in foreign.text) == (401, False)


def test_it_is_given_back_where_the_form_is_not_taken_too(manager: Browser) -> None:
    answer = manager.post("/console/reminders/new", {"csrf": "of an older session", "subject": "Ring them up"})
    assert (answer.status, "Ring them up" in answer.text) == (403, True)


def test_what_nobody_has_written_is_not_given_back(manager: Browser) -> None:
    """Forms carry marks of what they were made of, and the ids of what they are about."""
    carried = {"before": '{"name":"mark"}', "into_version": "12345", "customer": "of-whom", "kept-0-1": "the rule"}
    answer = manager.post("/console/reminders/new", {"csrf": "of an older session", "subject": "Ring them", **carried})
    assert (answer.status, "Ring them" in answer.text) == (403, True)
    assert [text for text in carried.values() if text in answer.text] == []


def test_a_part_of_a_page_is_not_filled_with_the_sign_in(browser: Browser) -> None:
    answer = browser.get("/console", hx_request="true")
    assert (answer.status, answer.headers["hx-redirect"]) == (401, "/console/sign-in")


@pytest.mark.parametrize("address", ["/console", "/console/signed-out", "/console/static/x.css", "/console/signed-in"])
def test_no_page_may_stand_in_a_frame_or_load_anything_from_elsewhere(manager: Browser, address: str) -> None:
    headers = manager.get(address).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'none'", "'none'")
    assert {policy[name] for name in ("script-src", "style-src", "form-action", "connect-src")} == {"'self'"}
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert "max-age=31536000" in headers["strict-transport-security"]
    # With "no-referrer" a browser would send forms with `Origin: null`.
    assert headers["referrer-policy"] == "same-origin"


def test_a_form_that_is_no_text_or_too_large_is_refused(manager: Browser) -> None:
    assert manager.post(SIGN_OUT, {"csrf": "x" * 200_000}).status == 413
    many = {f"f{number}": "" for number in range(400)}
    assert manager.post(SIGN_OUT, many).status == 400
