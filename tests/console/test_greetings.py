"""Rules of greetings in the browser: made, switched, tried out; what goes out on a day, to whom, and how it looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.console.browser import Browser
from tests.console.greeted import CANARY, LIST, Known, fields_of, greeted, mail_of, sent
from tests.support.world import Api


@pytest.fixture(scope="module")
def known(shop: None) -> Iterator[Known]:
    with greeted() as found:
        yield found


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
