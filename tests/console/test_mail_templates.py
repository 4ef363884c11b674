"""The words of mails in the browser: written per language with a preview beside them, put back, brought back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from crm.templates.shipped import USES, sections
from tests.console.browser import Browser, Shown
from tests.support.world import Api

CANARY = "<script>alert('x')</script>\"'&"
LIST = "/console/templates"
PATH = f"{LIST}/birthday"


@pytest.fixture(autouse=True)
def as_shipped(shop: None) -> Iterator[None]:
    """Each test begins and ends with the shipped words."""
    yield
    api = Api()
    for one in api.get("/templates", query={"limit": "200"}).body["items"]:
        if one["own_languages"]:
            api.delete(f"/templates/{one['name']}", headers={"if-match": str(one["version"])})


def version(page: Shown) -> str:
    found = re.search(r'name="version" value="(\d+)"', page.body)
    assert found, page.text
    return found[1]


def field(page: Shown, name: str) -> str:
    """What stands in a field of the form."""
    if name == "body":
        found = re.search(r'<textarea id="body"[^>]*>\n?(.*?)</textarea>', page.body, re.DOTALL)
    else:
        found = re.search(rf'<input id="{name}"[^>]* value="([^"]*)"', page.body)
    assert found, page.body
    return unescape(found[1])


def form_of(page: Shown, **typed: str) -> dict[str, str]:
    """The form as it stands on the page, with what somebody typed over it."""
    found = {name: field(page, name) for name in ("subject", "heading", "body")}
    hidden = dict(re.findall(r'name="(language|from)" value="([^"]*)"', page.body.partition('class="card"')[2]))
    return {"csrf": page.csrf, "version": version(page), "action": "save", **hidden, **found, **typed}


def test_all_mails_are_listed_by_names_that_say_what_they_are(manager: Browser) -> None:
    page = manager.get(LIST)
    assert {one for one in USES if f'href="{LIST}/{one}"' in page.body} == USES.keys()
    for text in ("How are you getting on?", "List of the day for the staff", "As it was shipped."):
        assert text in page.text, text
    manager.accepted = "he"
    assert "תודה על רכישה" in manager.get(LIST).text


def test_words_are_written_in_one_language_and_told_with_who_changed_them(manager: Browser) -> None:
    page = manager.get(f"{PATH}?language=ur")
    first = sections("birthday", "ur")
    assert first
    assert field(page, "subject") == first["subject"]
    answer = manager.post(PATH, form_of(page, subject=f"سالگرہ {CANARY}"))
    assert answer.location == f"{PATH}?language=ur&done=saved"
    page = manager.get(answer.location)
    assert field(page, "subject") == f"سالگرہ {CANARY}"
    assert "<script>alert" not in page.body
    told = Api().get("/templates/birthday").body
    # What is as it was shipped is none of the business's own.
    assert (told["own_languages"], told["texts"]["ur"]["own"], told["updated_by"]) == (["ur"], ["subject"], "manager")
    assert field(manager.get(f"{PATH}?language=he"), "subject") == (sections("birthday", "he") or {})["subject"]
    listed = manager.get(LIST).text
    assert "In your own words: اردو" in listed


@pytest.mark.parametrize(("language", "direction"), [("ur", "rtl"), ("he", "rtl"), ("bn", "ltr"), ("en", "ltr")])
def test_a_text_runs_in_the_direction_of_its_own_language(manager: Browser, language: str, direction: str) -> None:
    manager.accepted = "en" if direction == "rtl" else "ur"
    page = manager.get(f"{PATH}?language={language}")
    for name in ("subject", "heading", "body"):
        [tag] = re.findall(rf'<(?:input|textarea) id="{name}"[^>]*>', page.body)
        assert f'dir="{direction}"' in tag, tag
        assert f'lang="{language}"' in tag, tag
    mail = manager.get(f"{PATH}/preview?language={language}").body
    assert f'<html lang="{language}" dir="{direction}"' in mail


def test_a_preview_shows_what_is_typed_and_stores_nothing(manager: Browser) -> None:
    page = manager.get(f"{PATH}?language=en")
    [frame] = re.findall(r"<iframe[^>]*>", page.body)
    assert " sandbox " in frame
    # It is there from the beginning, and not when somebody scrolls to it.
    assert "loading" not in frame
    assert f'src="{PATH}/preview?language=en"' in frame
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    mail = manager.post(f"{PATH}/preview", form_of(page, heading=f"Dear {{name|friend}} {CANARY}"))
    assert mail.status == 200
    assert "Dear Sunita Rai" in mail.text
    assert "<script>alert" not in mail.body
    assert "sandbox;" in mail.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in mail.headers["content-security-policy"]
    assert mail.headers["x-frame-options"] == "SAMEORIGIN"
    assert Api().get("/templates/birthday").body["own_languages"] == []
    assert manager.post(f"{PATH}/preview", {"subject": "x"}).status == 403


def test_what_cannot_be_read_is_said_in_its_place_and_the_text_stays(manager: Browser) -> None:
    wrong = f"Hello {{nobody}} and {{name}} {CANARY}"
    page = manager.get(f"{PATH}?language=en")
    preview = manager.post(f"{PATH}/preview", form_of(page, body=wrong))
    assert preview.status == 200
    assert "which this mail does not have" in preview.text
    assert "Text" in preview.text
    assert "sandbox;" in preview.headers["content-security-policy"]
    answer = manager.post(PATH, form_of(page, body=wrong))
    assert answer.status == 422
    assert 'id="body-wrong"' in answer.body
    assert 'aria-describedby="body-wrong' in answer.body
    assert field(answer, "body") == wrong
    assert "<script>alert" not in answer.body + preview.body
    assert manager.post(PATH, form_of(page, subject="")).status == 422


def test_a_change_is_taken_back_and_the_shipped_words_come_back(manager: Browser) -> None:
    first = field(manager.get(f"{PATH}?language=en"), "heading")
    for heading in ("One", "Two"):
        page = manager.get(f"{PATH}?language=en")
        assert manager.post(PATH, form_of(page, heading=heading)).status == 303
    page = manager.get(f"{PATH}?language=en&done=saved")
    to = re.search(r'name="to" value="(\d+)"', page.body)
    assert to
    undo = {"csrf": page.csrf, "version": version(page), "language": "en", "to": to[1], "action": "restore"}
    assert manager.post(PATH, undo).location == f"{PATH}?language=en&done=restored"
    assert field(manager.get(f"{PATH}?language=en"), "heading") == "One"
    # The same press again is about what is there no more.
    assert manager.post(PATH, undo).location == f"{PATH}?language=en&done=stale"
    assert manager.post(PATH, {**undo, "to": "99999", "version": version(manager.get(PATH))}).status == 404
    page = manager.get(f"{PATH}?language=en")
    assert "Earlier versions" in page.text
    old = manager.get(f"{PATH}?language=en&version={int(version(page)) - 1}")
    assert "Two" in old.text
    assert manager.get(f"{PATH}?version=777").status == 404
    assert manager.post(PATH, form_of(page, action="reset")).location == f"{PATH}?language=en&done=reset"
    assert field(manager.get(f"{PATH}?language=en"), "heading") == first


def test_of_two_who_write_the_slower_sees_both_texts(manager: Browser) -> None:
    page = manager.get(f"{PATH}?language=en")
    mine, theirs = form_of(page, heading="Mine"), form_of(page, heading="Theirs")
    assert manager.post(PATH, theirs).status == 303
    both = manager.post(PATH, mine)
    assert both.status == 412
    assert "Theirs, as it is now" in both.text
    assert field(both, "heading") == "Mine"
    again = form_of(both)
    assert manager.post(PATH, again).status == 303
    assert field(manager.get(f"{PATH}?language=en"), "heading") == "Mine"


def test_a_template_of_ones_own_begins_with_the_words_of_another(manager: Browser) -> None:
    wrong = manager.get(f"{LIST}?name=Spring+Sale&from=birthday")
    assert 'id="name-wrong"' in wrong.body
    manager.accepted = "he"
    assert "must be a name" not in manager.get(f"{LIST}?name=Spring+Sale&from=birthday").text
    manager.accepted = ""
    on = manager.get(f"{LIST}?name=spring_sale&from=thank_you")
    assert (on.status, on.location) == (303, f"{LIST}/spring_sale?from=thank_you")
    page = manager.get(f"{on.location}&language=en")
    assert "is not there yet" in page.text
    assert "Sunita" in manager.get(f"{LIST}/spring_sale/preview?language=en&from=thank_you").text
    form = form_of(page, subject="Spring is here")
    assert form["from"] == "thank_you"
    assert manager.post(f"{LIST}/spring_sale/preview", form).status == 200
    assert manager.post(f"{LIST}/spring_sale", form).location == f"{LIST}/spring_sale?language=en&done=added"
    told = Api().get("/templates/spring_sale").body
    assert told["texts"]["en"]["subject"] == "Spring is here"
    assert told["texts"]["bn"]["heading"] == (sections("thank_you", "bn") or {})["heading"]
    page = manager.get(f"{LIST}/spring_sale?delete=1")
    assert "can be used no more" in page.text
    gone = {"csrf": page.csrf, "version": version(page), "action": "delete"}
    rule = Api().post("/greetings", {"name": "Sale", "occasion": "birthday", "template": "spring_sale"})
    assert manager.post(f"{LIST}/spring_sale", gone).location.endswith("?done=used")
    Api().delete(f"/greetings/{rule.body['id']}", headers={"if-match": "1"})
    assert manager.post(f"{LIST}/spring_sale", gone).location == f"{LIST}?done=deleted"
    for address in ("spring_sale", "nobody", "nobody?from=nothing", "spring_sale?language=xx", "birthday?language=fr"):
        assert manager.get(f"{LIST}/{address}").status == 404, address


def test_what_may_be_asked_for_is_explained_with_an_example(manager: Browser) -> None:
    page = manager.get(f"{PATH}?language=ur")
    for text in ("{name}", "عائشہ خان", "the name of whom the mail goes to", "(may be missing)", "{business}"):
        assert text in page.text, text
    manager.accepted = "ne"
    assert "मेल पाउनेको नाम" in manager.get(PATH).text


def test_who_may_only_read_sees_the_words_and_no_form(browser: Browser) -> None:
    page = browser.signed_in("sales").get(PATH)
    assert page.status == 200
    assert "<textarea" not in page.body
    assert "<iframe" in page.body
    assert "A template of your own" not in browser.get(LIST).text
    assert browser.post(PATH, {"csrf": browser.csrf, "action": "save"}).status == 403
    assert browser.signed_in("till").get(LIST).status == 403


def test_who_writes_it_sends_themselves_what_is_saved(manager: Browser) -> None:
    made = Api().post("/staff", {"id": "tia", "name": "Tia", "email": "tia@shop.example"}, role="owner")
    assert made.status == 201, made.body
    writer = Browser().signed_in("tia", role="manager")
    page = writer.get(f"{PATH}?language=bn")
    once = re.findall(r'name="once" value="([^"]+)"', page.body)[-1]
    sent = {"csrf": writer.csrf, "action": "try", "language": "bn", "once": once}
    told = writer.get(writer.post(PATH, sent).location.partition("#")[0])
    assert "A test mail to you: on its way" in told.text
    # Without an address in the list of the staff it says what is missing, beside the button.
    nowhere = manager.post(PATH, {**sent, "csrf": manager.csrf})
    assert (nowhere.status, 'id="try"' in nowhere.body) == (422, True)
    assert "Send me a test mail" not in Browser().signed_in("viewer", role="sales").get(PATH).text
