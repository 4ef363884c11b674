"""What goes out in the coming days, to whom and to whom not, and how it looks: nobody sees more of it than they may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from tests.console.browser import Browser
from tests.console.greeted import LIST, Known, greeted, mail_of, sample_of


@pytest.fixture(scope="module")
def known(shop: None) -> Iterator[Known]:
    with greeted() as found:
        yield found


def test_the_next_days_say_how_many_and_what_day_it_is(manager: Browser, known: Known) -> None:
    page = manager.get("/console/upcoming")
    rows = page.body.split("<tr")[2:]
    assert len(rows) >= 30
    [row] = [one for one in rows if f"/console/upcoming/{known.tomorrow}" in one]
    assert "and 2 who get none" in row
    assert re.search(r'class="number">2<', row)
    weekend = [one for one in rows if re.search(r"> ?(Saturday|Sunday)", one)]
    assert all("day-off" in one for one in weekend)
    assert sum("day-off" in one for one in rows) == len(weekend)
    manager.accepted = "ur"
    assert "چھٹی" in manager.get("/console/upcoming").text


def test_a_day_says_who_gets_what_and_who_does_not_and_why(manager: Browser, known: Known) -> None:
    page = manager.get("/console/upcoming/tomorrow")
    will, _, will_not = page.text.partition("Will not get one")
    for name in ("Nadia", "Far"):
        assert name in will, name
    for name, why in (("Omar", "no e-mail address is known"), ("Rina", "they did not agree to it")):
        assert name in will_not, name
        assert why in will_not, why
    assert page.text == manager.get(f"/console/upcoming/{known.tomorrow}").text
    assert re.findall(r'href="([^"]*)" aria-current', page.body) == [LIST]
    for day in ("2001-01-01", "9999-12-31", "today", "2026-13-40", "--02-29", "1" * 200):
        assert manager.get(f"/console/upcoming/{day}").status == 404, day


def test_who_is_out_of_reach_is_neither_named_nor_counted(browser: Browser, known: Known) -> None:
    page = browser.signed_in("sales").get("/console/upcoming/tomorrow")
    assert page.status == 200
    assert "Only customers within your reach are counted" in page.text
    assert ("Nadia" in page.text, "Far" in page.text, "1 mail will go out" in page.text) == (True, False, True)
    assert "See the mail" not in page.text
    for name in ("nadia", "far"):
        assert "<iframe" not in browser.get(mail_of(known, name)).body
        assert browser.get(sample_of(known, name)).status == 403
    rules = browser.get(LIST)
    assert ("Birthdays" in rules.text, "Switch off" in rules.text, "Add a rule" in rules.text) == (True, False, False)
    assert browser.get(f"{LIST}/{known.rule}").status == 403


def test_a_role_bound_to_a_purpose_sees_no_address(browser: Browser, known: Known) -> None:
    page = browser.signed_in("marketing").get("/console/upcoming/tomorrow")
    assert ("Nadia" in page.text, "nadia@example.com" in page.text) == (True, False)


def test_a_mail_is_shown_as_its_reader_will_see_it_in_each_language(manager: Browser, known: Known) -> None:
    page = manager.get(mail_of(known, "nadia"))
    [frame] = re.findall(r"<iframe[^>]*>", page.body)
    assert " sandbox title=" in frame
    # A name in other letters would turn the line around.
    assert '<h2 id="mail" dir="rtl" lang="ur">' in page.body
    source = unescape(frame.partition('src="')[2].partition('"')[0])
    assert source == sample_of(known, "nadia").replace("&language=None", "").replace(
        f"customer={known.ids['nadia']}", f"greeting={known.rule}&customer={known.ids['nadia']}"
    )
    for language, said in (("", "سالگرہ مبارک"), ("&language=he", "יום הולדת"), ("&language=ne", "जन्मदिन")):
        mail = manager.get(sample_of(known, "nadia", language))
        assert mail.status == 200
        assert said in mail.text, language
        assert "<script>" not in mail.body
    assert 'dir="rtl"' in manager.get(sample_of(known, "nadia")).body
    made_up = manager.get(f"{LIST}/{known.rule}/sample?language=bn")
    assert ("সুমিতা রায়" in made_up.text, made_up.status) == (True, 200)
    assert "#mail" in manager.get(f"{mail_of(known, 'nadia')}&language=bn").body


def test_a_mail_can_do_nothing_in_its_frame_and_nothing_else_may_be_framed(manager: Browser, known: Known) -> None:
    policy = manager.get(sample_of(known, "nadia")).headers["content-security-policy"]
    told = {one.strip().partition(" ")[0]: one.strip().partition(" ")[2] for one in policy.split(";")}
    assert told == {
        "sandbox": "",
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
    }
    page = manager.get(mail_of(known, "nadia"))
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    for address in ("/console/upcoming/tomorrow", LIST, "/console"):
        assert "frame-src" not in manager.get(address).headers["content-security-policy"], address


@pytest.mark.parametrize(
    "asked",
    [
        "language=xx",
        "customer=&occurrence=2027",
        "customer=nobody&occurrence=2027",
        "customer={nadia}",
        "customer={nadia}&occurrence=1931",
        "customer={nadia}&occurrence=0000",
        "customer={nadia}&occurrence=9999-99-99",
        "customer={nadia}&occurrence=2027&language=xx",
        "customer=%00&occurrence=2027",
    ],
)
def test_a_mail_that_there_is_none_of_is_not_shown(manager: Browser, known: Known, asked: str) -> None:
    assert manager.get(f"{LIST}/{known.rule}/sample?{asked.format(nadia=known.ids['nadia'])}").status == 404
