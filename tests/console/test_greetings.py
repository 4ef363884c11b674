"""Rules of greetings in the browser: made, switched, tried out; what goes out on a day, to whom, and how it looks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest

from crm.core import clock
from crm.core.config import settings
from crm.core.lease import Lease
from tests.console.browser import Browser, Shown
from tests.support.flow import settle
from tests.support.world import Api

CANARY = "<script>alert('x')</script>\"'&{{7*7}}"
LIST = "/console/greetings"


@dataclass(frozen=True)
class Known:
    """A rule, whom it greets tomorrow, and tomorrow."""

    rule: str
    ids: dict[str, str]
    tomorrow: date


@pytest.fixture(scope="module")
def known(shop: None) -> Iterator[Known]:
    """A birthday tomorrow: of one who gets a mail, one without an address, one who refused, one out of reach."""
    api = Api()
    forget_rules(api)
    tomorrow = clock.now().astimezone(settings().business_timezone).date() + timedelta(days=1)
    born = f"1990-{tomorrow:%m-%d}" if f"{tomorrow:%m-%d}" != "02-29" else "1988-02-29"
    people: dict[str, dict[str, Any]] = {
        "nadia": {"email": "nadia@example.com", "language": "ur", "owner": "sales"},
        "omar": {"owner": "sales"},
        "rina": {"email": "rina@example.com", "consent": {"greeting": False}, "owner": "sales"},
        "far": {"email": "far@example.com", "owner": "somebody_else"},
    }
    ids = {}
    for name, more in people.items():
        told = {"name": f"{name.title()} {CANARY}", "birthday": born, **more}
        made = api.post("/customers", told)
        assert made.status == 201, made.body
        ids[name] = str(made.body["id"])
    rule = {"name": f"Birthdays {CANARY}", "occasion": "birthday", "send_at": "09:30"}
    made = api.post("/greetings", rule)
    assert made.status == 201, made.body
    settle()
    Lease.forget_all()
    yield Known(made.body["id"], ids, tomorrow)
    forget_rules(api)


def forget_rules(api: Api) -> None:
    """The shop is shared with other tests, whose rules would greet the same people."""
    for one in api.get("/greetings").body["items"]:
        assert api.delete(f"/greetings/{one['id']}", headers={"if-match": str(one["version"])}).status == 204


def fields_of(page: Shown) -> dict[str, str]:
    """What a browser would send of the page's form of a rule, as it stands."""
    form = page.body.partition('class="card for-occasion"')[2].partition("</form>")[0]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        told = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if told.get("type") != "checkbox" or " checked" in tag:
            found[told["name"]] = told.get("value", "")
    for name, options in re.findall(r'<select id="(\w+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen
        found[name] = unescape(chosen[1])
    return found


def sent(page: Shown, **changed: str) -> dict[str, str]:
    """A form as it stands on a page, with what somebody typed over it."""
    return {**fields_of(page), **changed}


def test_a_rule_is_told_in_words_and_what_people_wrote_stays_text(manager: Browser, known: Known) -> None:
    for language, words in (("en", "by the clock of each customer"), ("ur", "ہر گاہک کی اپنی گھڑی کے مطابق")):
        manager.accepted = language
        page = manager.get(LIST)
        for text in (f"Birthdays {CANARY}", words):
            assert text in page.text, text
    for address in (
        LIST,
        f"{LIST}/{known.rule}",
        f"{LIST}/{known.rule}?delete=1",
        "/console/upcoming",
        f"/console/upcoming?rule={known.rule}",
        "/console/upcoming/tomorrow",
        mail_of(known, "nadia"),
    ):
        page = manager.get(address)
        assert page.status == 200, address
        assert "<script>alert" not in page.body, address
        assert "&{{7*7}}" in page.text, address


def test_a_rule_is_switched_with_one_press_and_not_over_somebody_elses_change(manager: Browser, known: Known) -> None:
    version = fields_of(manager.get(f"{LIST}/{known.rule}"))["version"]
    off = manager.submit(LIST, f"{LIST}/{known.rule}", action="off", version=version)
    assert (off.status, off.location) == (303, f"{LIST}?done=off")
    assert "until it is switched on again" in manager.get(off.location).text
    assert "No rule is switched on" in manager.get("/console/upcoming").text
    assert manager.submit(LIST, f"{LIST}/{known.rule}", action="on", version=version).location == f"{LIST}?done=stale"
    now = str(int(version) + 1)
    assert manager.submit(LIST, f"{LIST}/{known.rule}", action="on", version=now).location == f"{LIST}?done=on"
    assert manager.submit(LIST, f"{LIST}/{known.rule}", action="on", version="x").status == 422
    assert manager.submit(LIST, f"{LIST}/{known.rule}", action="run").status == 422
    assert manager.submit(LIST, f"{LIST}/nobody", action="on", version="1").status == 404


def test_a_rule_is_made_changed_and_deleted(manager: Browser, known: Known) -> None:
    form = sent(manager.get(f"{LIST}/new"), name="Thanks", occasion="days_after", event="first_purchase")
    # Details of other occasions that stand in the form say nothing; digits are of any script.
    form |= {"offset_days": "۱۴", "feast": "eid_al_fitr", "min_amount": "7", "action": "save"}
    for _ in range(2):
        assert manager.post(f"{LIST}/new", form).location == f"{LIST}?done=added"
    page = manager.get(LIST)
    assert page.text.count("14 days after: the first purchase") == 1
    [made] = [one for one in Api().get("/greetings").body["items"] if one["name"] == "Thanks"]
    assert (made["template"], made["feast"], made["min_amount"]) == ("thank_you", None, None)
    path = f"{LIST}/{made['id']}"
    early = sent(manager.get(path), send_at="05:00", rest_days="after", action="save")
    early.pop("active")
    assert manager.post(path, early).location == f"{LIST}?done=saved"
    page = manager.get(LIST)
    for text in ("It waits until 7:00 AM", "on the working day after", "off"):
        assert text in page.text, text
    version = fields_of(manager.get(path))["version"]
    asked = manager.get(f"{path}?delete=1")
    assert "Mails that went out stay on record" in asked.text
    gone = manager.post(path, {"csrf": asked.csrf, "version": version, "action": "delete"})
    assert gone.location == f"{LIST}?done=deleted"
    assert "Thanks" not in manager.get(LIST).text
    assert manager.get(path).status == 404


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", " ", "required; it is missing"),
        ("offset_days", "many", "offset_days"),
        ("offset_days", "9" * 5000, "offset_days"),
        ("send_at", "23:30", "must be 19:45 or earlier"),
        ("segment", "nosuchgroup", "there is no segment with this id"),
        ("ends_on", "2020-01-01", "must not be before"),
        ("min_amount", "-1", "min_amount"),
        ("feast", "", "required; it is missing"),
        ("purpose", "<b>", "purpose"),
    ],
)
def test_what_is_not_taken_stays_in_the_form_with_the_reason_beside_it(
    manager: Browser, known: Known, field: str, value: str, said: str
) -> None:
    form = sent(manager.get(f"{LIST}/new"), name=f"Kept {CANARY}", starts_on="2030-01-01", action="save")
    occasion = {"min_amount": "large_purchase_anniversary", "feast": "feast"}.get(field, "birthday")
    page = manager.post(f"{LIST}/new", {**form, "occasion": occasion, field: value})
    assert page.status == 422
    assert f'id="{field}-wrong"' in page.body
    assert said in page.text or said in page.body
    kept = fields_of(page)
    assert kept["once"] == form["once"]
    assert field in ("feast", "purpose", "segment", "name") or kept[field] == value.strip()
    assert "Kept" not in manager.get(LIST).text


def test_of_two_who_change_a_rule_the_slower_sees_both_and_chooses(manager: Browser, known: Known) -> None:
    path = f"{LIST}/{known.rule}"
    mine = sent(manager.get(path), send_at="10:00", action="save")
    theirs = sent(manager.get(path), send_at="11:15", action="save")
    assert manager.post(path, theirs).status == 303
    page = manager.post(path, mine)
    assert page.status == 412
    for text in ("Theirs, as it is now", "11:15", "10:00"):
        assert text in page.text, text
    again = {**fields_of(page), "action": "save"}
    assert again["send_at"] == "10:00"
    assert manager.post(path, again).status == 303
    assert fields_of(manager.get(path))["send_at"] == "10:00"
    assert manager.post(path, {**again, "version": "5" * 40}).status == 422


def test_a_rule_is_tried_out_without_being_stored(manager: Browser, known: Known) -> None:
    before = len(Api().get("/greetings").body["items"])
    form = sent(manager.get(f"{LIST}/new"), name="Trial", offset_days="1", action="try")
    page = manager.post(f"{LIST}/new", form)
    assert page.status == 200
    for text in ("nothing is saved or sent", "2 mails would go out", "no e-mail address is known", "سالگرہ مبارک"):
        assert text in page.text, text
    assert fields_of(page)["name"] == "Trial"
    assert len(Api().get("/greetings").body["items"]) == before
    assert manager.post(f"{LIST}/new", {**form, "send_at": "x"}).status == 422


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


def mail_of(known: Known, name: str) -> str:
    asked = f"greeting={known.rule}&customer={known.ids[name]}&occurrence={known.tomorrow.year}"
    return f"/console/upcoming/tomorrow?{asked}"


def sample_of(known: Known, name: str, more: str = "") -> str:
    year = known.tomorrow.year
    return f"{LIST}/{known.rule}/sample?customer={known.ids[name]}&occurrence={year}{more}"


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
