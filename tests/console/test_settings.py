"""Settings on a page: what holds, who may decide, what was wrong, and what somebody else has changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crm.business.models import PARTITION, SORT, Customs
from crm.console.overtaken import Edit, marks
from crm.core.errors import InvalidRequest
from crm.core.lease import Lease
from crm.mail import account
from tests.console.browser import Browser, Shown
from tests.console.filling import filled
from tests.support.world import Api

PAGE = "/console/settings"
CANARY = "</textarea><script>alert('x')</script>\"'&{{7*7}}"
RTL = "حمال ٹولز \u202eevil"


@pytest.fixture
def decided(shop: None) -> Iterator[None]:
    """What a test decides is undecided after it; what others have decided, before: tests are run by name, too."""
    _undecide()
    yield
    _undecide()


def _undecide() -> None:
    if stored := Customs.read():
        Customs(PARTITION, SORT, version=stored.version).delete()
    Lease.forget_all()


def form(page: Shown, **typed: str) -> dict[str, str]:
    """The page's form with what was typed into it."""
    return filled(page, PAGE, **typed)


def business() -> dict[str, Any]:
    return dict(Api().get("/business").body)


def test_who_decides_changes_hours_and_reads_from_when_they_hold(manager: Browser, decided: None) -> None:
    page = manager.get(PAGE)
    assert "Asia/Karachi" in page.text
    assert "decided by you" not in page.text
    answer = manager.post(PAGE, form(page, latest_hour="18:30", cap_mails="۲", weekend__sunday="", holidays="--12-25"))
    assert (answer.status, answer.location) == (303, f"{PAGE}?done=hours.days.caps")
    now = business()
    assert (now["latest_hour"], now["cap_mails"], now["weekend"]) == ("18:30", 2, ["saturday"])
    assert now["holidays"] == ["--12-25"]
    # What nobody touched is decided by nobody.
    assert {name for name, whose in now["origin"].items() if whose == "decided"} == {
        "latest_hour", "cap_mails", "weekend", "holidays",
    }  # fmt: skip
    page = manager.get(answer.location)
    assert "tomorrow's greetings too" in page.text
    assert "nobody gets more than that" in page.text
    assert "The calendar of birthdays" not in page.text
    emptied = manager.post(PAGE, form(manager.get(PAGE), latest_hour="", holidays=""))
    assert emptied.status == 303
    assert (business()["latest_hour"], business()["holidays"]) == ("20:00", [])
    assert manager.post(PAGE, form(manager.get(PAGE))).location == PAGE


def test_what_is_wrong_stands_beside_its_field_and_all_that_was_typed_stays(manager: Browser, decided: None) -> None:
    manager.accepted = "he"
    wrong = {
        "latest_hour": "25:00",
        "holidays": f"2027-02-30\n{CANARY}",
        "logo_url": "http://x",
        "sender_name": CANARY,
        "reply_to": "nobody",
    }
    page = manager.post(PAGE, form(manager.get(PAGE), **wrong))
    assert page.status == 422
    assert '<bdi lang="en">' not in page.body
    assert "This was not taken" not in page.text
    assert "חייבת להיות שעה בצורת HH:MM" in page.text
    for name in ("latest_hour", "holidays", "logo_url", "reply_to"):
        assert f'aria-describedby="{name}-wrong {name}-help"' in page.body, name
    assert CANARY in page.text
    assert "<script>alert" not in page.body
    assert business()["version"] == 0
    for typed, field in (({"cap_mails": "many"}, "cap_mails"), ({"place__latitude": "north"}, "place.latitude")):
        page = manager.post(PAGE, form(manager.get(PAGE), **typed))
        assert (page.status, f'id="{field}-wrong"' in page.body) == (422, True), field
    early = manager.post(PAGE, form(manager.get(PAGE), earliest_hour="21:00"))
    assert (early.status, 'id="earliest_hour-wrong"' in early.body) == (422, True)
    # A sentence with parts, one of them a sentence of its own; what is no word of ours is set apart.
    assert "ברכות יצאו מ־\u206821:00\u2069 עד \u206820:00\u2069, כלומר אף פעם; השעה המוקדמת באה קודם" in early.text


def test_what_another_has_changed_meanwhile_is_shown_and_nothing_is_lost(manager: Browser, decided: None) -> None:
    page = manager.get(PAGE)
    anybody = {"headers": {"if-match": "*"}}
    assert Api().patch("/business", {"latest_hour": "19:00", "cap_days": 9}, **anybody).status == 200
    # Another field: both stand.
    assert manager.post(PAGE, form(page, sender_name=RTL)).status == 303
    assert (business()["latest_hour"], business()["cap_days"]) == ("19:00", 9)
    assert business()["sender_name"] == RTL.replace("\u202e", "")
    # The same: nothing is written before somebody has chosen.
    again = manager.post(PAGE, form(page, latest_hour="17:00", cap_mails="5"))
    assert again.status == 409
    assert "Somebody else has set this meanwhile to: 19:00" in again.text
    assert again.text.count("Somebody else has set this meanwhile") == 1
    assert (business()["latest_hour"], business()["cap_mails"]) == ("19:00", 3)
    chosen = manager.post(PAGE, form(again))
    assert chosen.status == 303
    assert (business()["latest_hour"], business()["cap_mails"]) == ("17:00", 5)


def test_where_its_sun_sets_goes_in_and_out(manager: Browser, decided: None) -> None:
    typed = {"sabbath": "yes", "place__latitude": "۳۱.۷۸", "place__longitude": "35.22"}
    assert manager.post(PAGE, form(manager.get(PAGE), **typed)).status == 303
    assert (business()["sabbath"], business()["place"]) == (True, {"latitude": 31.78, "longitude": 35.22})
    taken = form(manager.get(PAGE), place__latitude="", place__longitude="")
    del taken["sabbath"]
    assert manager.post(PAGE, taken).status == 303
    assert (business()["sabbath"], business()["place"]) == (False, None)


def test_who_may_only_look_sees_no_form_and_sends_none(browser: Browser, decided: None) -> None:
    for who, sees_sender in (("readonly", True), ("till", False), ("sales", False)):
        page = browser.signed_in(who).get(PAGE)
        assert (page.status, "<form" in page.body.partition("<main")[2]) == (200, False), who
        assert ("hello@shop.example" in page.text) == sees_sender, who
        assert browser.post(PAGE, {"csrf": browser.csrf, "before": "{}"}).status == 403
    assert "Saturday Sunday" in page.text


def test_the_page_says_how_the_sender_stands(manager: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    account.forget()
    assert "hello@shop.example" in manager.get(PAGE).text
    monkeypatch.setattr(account, "current", lambda: None)
    assert "The mail service does not say how it stands." in manager.get(PAGE).text


@pytest.mark.parametrize("before", [None, "", "[]", "{", "[" * 5000, '{"latest_hour":"x"}'])
def test_a_form_that_is_not_of_this_page_changes_nothing(manager: Browser, decided: None, before: str | None) -> None:
    sent = form(manager.get(PAGE), latest_hour="18:00")
    del sent["before"]
    assert manager.post(PAGE, sent if before is None else {**sent, "before": before}).status == 400
    assert business()["version"] == 0


def test_only_what_both_have_changed_is_contested() -> None:
    shown = {"a": "1", "b": "1", "c": "1", "d": "1\n2"}
    sent = {"a": "2", "b": "1", "c": "2", "d": "1\r\n2 ", "before": marks(shown)}
    edit = Edit.of(sent, now={"a": "3", "b": "9", "c": "2", "d": "1\n2"})
    assert (edit.changed, edit.contested) == ({"a": "2"}, {"a": "3"})
    assert edit.shown == {"a": "2", "b": "9", "c": "2", "d": "1\n2"}
    with pytest.raises(InvalidRequest):
        Edit.of({**sent, "before": marks({"a": "1"})}, now=shown)
