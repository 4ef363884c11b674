"""Questionnaires on pages: one is made, links to it are handed out, it is closed and deleted, and answers are read."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crm.access import roster
from crm.questionnaires import links
from tests.console.browser import Browser
from tests.console.filling import filled
from tests.questionnaires.asked import QUESTIONS, WHOLE, choice, question
from tests.support.flow import project
from tests.support.world import Api, know_the_roster

PAGE = "/console/questionnaires"
CANARY = "<b onclick=x>\"'&{{7*7}}"
AS_OWNER: dict[str, Any] = {"caller": "owner", "role": "owner"}


def made(**more: Any) -> str:
    answer = Api().post("/questionnaires", {**WHOLE, **more}, **AS_OWNER)
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def customer(name: str, **fields: Any) -> str:
    answer = Api().post("/customers", {"name": name, **fields}, **AS_OWNER)
    assert answer.status == 201, answer.body
    project((f"CUSTOMER#{answer.body['id']}", "PROFILE"))
    return str(answer.body["id"])


@pytest.fixture(autouse=True)
def none_is_left(shop: None) -> None:
    for one in Api().get("/questionnaires", **AS_OWNER).body["items"]:
        Api().delete(f"/questionnaires/{one['id']}", headers={"if-match": "*"}, **AS_OWNER)


def test_one_is_made_in_a_language_with_a_row_for_each_question(manager: Browser) -> None:
    page = manager.get(PAGE)
    assert "None yet." in page.text
    action = f"{PAGE}#new"
    rows = {
        "label__0": f"نام {CANARY}",
        "goes__0": "name",
        "required__0": "yes",
        "label__2": "Tea?",
        "goes__2": "yes_no",
    }
    choice = {"label__3": "Which size?", "goes__3": "choice_tags", "choices__3": f"small\nlarge {CANARY}\nsmall\n"}
    typed = {"language": "ur", "title": f"آپ {CANARY}", "intro": "Why", **rows, **choice}
    sent = {**filled(page, action, **typed), "action": "make"}
    more = manager.post(PAGE, {**sent, "action": "more"})
    assert (more.status, more.body.count('name="label.')) == (200, 10)
    assert f"نام {CANARY}".replace('"', "&#34;")[:4] in more.body
    answers = [manager.post(PAGE, sent) for _ in range(2)]
    assert answers[0].location == answers[1].location
    shown = manager.get(answers[0].location)
    for text in (
        "Hand out a link",
        f"آپ {CANARY}",
        "has to be answered their name",
        "Tea? yes or no, only kept",
        f"large {CANARY}",
    ):
        assert text in shown.text, text
    assert "<b onclick" not in shown.body + more.body
    [stored] = Api().get("/questionnaires", **AS_OWNER).body["items"]
    assert [(one["id"], one["kind"], one.get("fills")) for one in stored["questions"]] == [
        ("name", "text", "name"),
        ("q2", "yes_no", None),
        ("q3", "choice", None),
    ]
    assert [one["value"] for one in stored["questions"][2]["choices"]] == ["small", f"large {CANARY}"]
    assert "3 questions" in manager.get(PAGE).text
    # With something else in it, it says that it was sent already, and can be sent as another one.
    other = manager.post(PAGE, {**sent, "title": "Another"})
    assert (other.status, "this form has been sent already" in other.text) == (422, True)
    once = re.findall(r'name="once" value="([^"]+)"', other.body)[-1]
    assert manager.post(PAGE, {**sent, "title": "Another", "once": once}).status == 303


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(manager: Browser) -> None:
    sent = {
        **filled(manager.get(PAGE), f"{PAGE}#new", title="T", label__1="Which?", goes__1="choice"),
        "action": "make",
    }
    refused = manager.post(PAGE, sent)
    assert (refused.status, "Which?" in refused.body) == (422, True)
    assert re.search(r'id="(label|choices)\.1-wrong"', refused.body), refused.text
    for wrong in ({"title": ""}, {"label.1": ""}, {"once": ""}, {"language": "xx"}):
        assert manager.post(PAGE, {**sent, "goes.1": "text", **wrong}).status == 422, wrong
    assert Api().get("/questionnaires", **AS_OWNER).body["items"] == []


def test_links_are_handed_out_to_anybody_and_to_one_within_reach(manager: Browser) -> None:
    address, who = f"{PAGE}/{made()}", customer("Lubna Linked", owner="ida")
    poster = manager.post(f"{address}/links", {"csrf": manager.csrf})
    [token] = re.findall(r"/q/([\w.-]+)<", poster.body)
    link = links.read(token)
    assert link
    assert (link.questionnaire_id, link.customer_id, link.expires) == (address.rpartition("/")[2], None, 0)
    found = manager.get(f"{address}?who=lubna")
    assert f'name="customer" value="{who}"' in found.body
    one = manager.post(f"{address}/links", {"csrf": manager.csrf, "customer": who, "days": "7"})
    assert "A link for Lubna Linked · opens until" in one.text
    [token] = re.findall(r"/q/([\w.-]+)<", one.body)
    known = links.read(token)
    assert known
    assert known.customer_id == who
    others, hers = Browser().signed_in("jan", role="sales"), Browser().signed_in("ida", role="sales")
    for wanted, status in ((others, 404), (hers, 200)):
        assert wanted.post(f"{address}/links", {"csrf": wanted.csrf, "customer": who}).status == status
    assert manager.post(f"{address}/links", {"csrf": manager.csrf, "customer": "a" * 26}).status == 404
    assert manager.post(f"{PAGE}/{'a' * 26}/links", {"csrf": manager.csrf}).status == 404


def test_it_is_closed_opened_and_deleted_unless_somebody_was_faster(manager: Browser) -> None:
    address = f"{PAGE}/{made()}"
    page = manager.get(address)
    closed = manager.post(address, filled(page, address) | {"action": "close"})
    assert "links to it say so" in manager.get(closed.location).text
    assert "A link for anybody" not in manager.get(address).text
    late = manager.post(address, filled(page, address) | {"action": "open"})
    assert (late.status, "nothing of yours was done" in late.text) == (412, True)
    opened = manager.post(address, filled(manager.get(address), address) | {"action": "open"})
    assert opened.location == f"{address}?done=open"
    for bad, status in (({"action": "burn", "version": "1"}, 400), ({"action": "close"}, 422)):
        assert manager.post(address, {"csrf": manager.csrf, **bad}).status == status
    asked = manager.get(f"{address}?delete=1")
    gone = manager.post(address, filled(asked, address) | {"action": "delete"})
    assert gone.location == f"{PAGE}?done=deleted"
    assert manager.get(address).status == 404


def test_answers_are_read_with_their_questions_by_who_sees_all_fields(manager: Browser) -> None:
    questionnaire, who = made(), customer("Asif Answers")
    given = {"name": "Asif", "wish": f"More {CANARY}", "vip": True, "size": "l"}
    held = {"questionnaire": questionnaire, "answers": given, "language": "ur"}
    assert Api().post(f"/customers/{who}/interviews", held, **AS_OWNER).status == 201
    page = manager.get(f"/console/customers/{who}/answers")
    for text in ("About you", f"Your wish? More {CANARY}", "Your vip? yes", "Your size? L"):
        assert text in page.text, text
    assert "<b onclick" not in page.body
    assert f'href="/console/customers/{who}/answers"' in manager.get(f"/console/customers/{who}").body
    hides = Browser().signed_in("simi", role="service").get(f"/console/customers/{who}/answers")
    assert ("Your role does not see" in hides.text, "More" in hides.text) == (True, False)
    assert Api().delete(f"/questionnaires/{questionnaire}", headers={"if-match": "*"}, **AS_OWNER).status == 204
    page = manager.get(f"/console/customers/{who}/answers")
    assert "A questionnaire that was deleted" in page.text
    assert f"wish More {CANARY}" in page.text


def test_who_may_not_make_one_sees_no_form(shop: None) -> None:
    address = f"{PAGE}/{made()}"
    seller = Browser().signed_in("ida", role="sales")
    assert "Make it" not in seller.get(PAGE).text
    assert "Delete" not in seller.get(address).text
    for where in (PAGE, address):
        assert seller.post(where, {"csrf": seller.csrf, "action": "delete"}).status == 403
    till = Browser().signed_in("t", role="till")
    assert till.get(PAGE).status == 403


def asked(questionnaire: str) -> dict[str, Any]:
    return dict(Api().get(f"/questionnaires/{questionnaire}", **AS_OWNER).body)


def test_a_question_is_written_in_all_languages_at_once_and_keeps_what_it_stores(manager: Browser) -> None:
    questionnaire = made()
    here = f"{PAGE}/{questionnaire}"
    address = f"{here}/question?question=size"
    assert f'href="{address}"' in manager.get(here).body
    page = manager.get(address)
    assert ('value="آپ کا size؟"' in page.body, 'value="«m»"' in page.body) == (True, True)
    typed = {"label__en": f"Which size {CANARY}", "choice__1__en": "Middle", "choice__2__en": "", "choice__2__ur": ""}
    sent = {
        **filled(page, address, **typed, choice__4__en="Huge", choice__4__ur="بہت بڑا", place="1"),
        "action": "save",
    }
    assert manager.post(address, sent).location == f"{here}?done=changed"
    first = asked(questionnaire)["questions"][0]
    assert (first["id"], first["kind"], first["custom"]) == ("size", "choice", "size")
    assert first["label"] == {"en": f"Which size {CANARY}", "ur": "آپ کا size؟"}
    assert [(one["value"], one["label"]["en"]) for one in first["choices"]] == [
        ("s", "S"),
        ("m", "Middle"),
        ("Huge", "Huge"),
    ]
    assert "<b onclick" not in manager.get(address).body + manager.get(here).body
    late = manager.post(address, sent)
    assert (late.status, "See theirs" in late.text, 'value="Middle"' in late.body) == (412, True, True)


def test_one_more_question_is_asked_and_another_is_not(manager: Browser) -> None:
    questionnaire = made()
    here = f"{PAGE}/{questionnaire}"
    new = f"{here}/question"
    typed = {"label__en": "Again?", "label__ur": "دوبارہ؟", "goes": "tag", "tag": "comes again", "required": "yes"}
    sent = {**filled(manager.get(new), new, **typed), "action": "save"}
    more = manager.post(new, {**sent, "goes": "choice", "choice.2.en": "x", "action": "more"})
    assert (more.status, 'name="choice.5.en"' in more.body, 'value="Again?"' in more.body) == (200, True, True)
    assert manager.post(new, sent).location == f"{here}?done=changed"
    last = asked(questionnaire)["questions"][-1]
    assert (last["kind"], last["tag"], last["required"]) == ("yes_no", "comes again", True)
    address = f"{new}?question={last['id']}"
    page = manager.get(address)
    assert 'value="tag" selected' in page.body
    assert manager.post(address, {**filled(page, address), "gone": "yes", "action": "save"}).location
    assert [one["id"] for one in asked(questionnaire)["questions"]] == [one["id"] for one in QUESTIONS]
    assert manager.get(f"{new}?question=nothing").status == 404


def test_what_is_wrong_with_a_question_stands_beside_its_field(manager: Browser) -> None:
    here = f"{PAGE}/{made()}"
    new, address = f"{here}/question", f"{here}/question?question=size"
    for where, field, typed in (
        (new, "label.ur", {"label.en": "Which?"}),
        (new, "place", {"label.en": "W?", "label.ur": "ک؟", "place": "soon"}),
        (new, "", {"label.en": "W?", "label.ur": "ک؟", "goes": "choice"}),
        (new, "", {"label.en": "W?", "label.ur": "ک؟", "goes": "choice", "choice.0.en": "One", "choice.0.ur": ""}),
        (address, "choice.1.ur", {"choice.1.ur": ""}),
        (address, "", {"choice.1.ur": "x" * 3000}),
        (address, "choice.1.ur", {"choice.1.ur": "", f"choice.{'9' * 5000}.en": "x"}),
        (new, "", {"version": ""}),
    ):
        refused = manager.post(where, {**filled(manager.get(where), where), **typed, "action": "save"})
        assert refused.status == 422, typed
        assert f'id="{field}-wrong"' in refused.body or not field, (typed, refused.text)
    assert asked(here.rpartition("/")[2])["version"] == 1


def test_a_language_is_added_changed_and_taken_away(manager: Browser) -> None:
    questionnaire = made(questions=QUESTIONS[4:6], intro={"en": "Why we ask"})
    here = f"{PAGE}/{questionnaire}"
    address = f"{here}/words?language=he"
    page = manager.get(address)
    for text in ("It is not asked in this language yet", "English: Why we ask", "English: Your size?", "English: L"):
        assert text in page.text, text
    typed = {"title": f"עליכם {CANARY}", "intro": "למה", "label.size": "מידה?", "label.machines": "מכונות?"}
    choices = {f"choice.size.{row}": text for row, text in enumerate(("ק", "ב", "ג"))}
    sent = {**filled(page, address), **typed, **choices, "action": "save"}
    lacking = manager.post(address, {**sent, "label.machines": "", "choice.size.2": ""})
    assert lacking.status == 422
    assert ('id="label.machines-wrong"' in lacking.body, 'id="choice.size.2-wrong"' in lacking.body) == (True, True)
    assert manager.post(address, sent).location == f"{here}?done=changed"
    stored = asked(questionnaire)
    assert (stored["title"]["he"], stored["intro"]["he"]) == (f"עליכם {CANARY}", "למה")
    assert [one["label"]["he"] for one in stored["questions"][0]["choices"]] == ["ק", "ב", "ג"]
    assert stored["title"]["en"] == "About you"
    assert manager.post(address, sent).status == 412
    page = manager.get(address)
    gone = manager.post(address, {**filled(page, f"{address}#drop"), "action": "drop"})
    assert gone.location == f"{here}?done=changed"
    after = asked(questionnaire)
    assert (sorted(after["title"]), sorted(after["questions"][0]["label"])) == (["en", "ur"], ["en", "ur"])
    assert manager.get(f"{here}/words?language=xx").status == 404


def test_a_question_about_what_is_hidden_is_not_shown_and_stays(shop: None) -> None:
    role = {
        "id": "asker",
        "says": "Asks.",
        "hidden": ["/gender"],
        "all": ["questionnaires.read", "questionnaires.write"],
    }
    assert Api().post("/roles", role, **AS_OWNER).status == 201
    assert Api().post("/staff", {"id": "minu", "name": "Minu", "role": "asker"}, **AS_OWNER).status == 201
    roster.forget()
    band = question("band", "choice", choices=choice("f", "m"), fills="gender")
    questionnaire = made(questions=[question("name"), band, question("wish")])
    here = f"{PAGE}/{questionnaire}"
    asker = Browser().signed_in("minu", role="asker")
    assert asker.get(f"{here}/question?question=band").status == 404
    address = f"{here}/question?question=wish"
    pages = [asker.get(address), asker.get(f"{here}/words?language=en"), asker.get(here)]
    assert ([one.status for one in pages], any("Your band" in one.text for one in pages)) == ([200] * 3, False)
    assert asker.post(address, {**filled(pages[0], address, place="1"), "action": "save"}).status == 303
    assert [one["id"] for one in asked(questionnaire)["questions"]] == ["wish", "name", "band"]
    words = f"{here}/words?language=en"
    assert asker.post(words, {**filled(asker.get(words), words, title="Now"), "action": "save"}).status == 303
    assert asked(questionnaire)["questions"][2]["choices"] == band["choices"]
    # A language more is theirs to add: what they do not see says in it what it says in another one.
    new, said = f"{here}/words?language=he", "Questions that your role does not see are asked in another language"
    page = asker.get(new)
    assert (said in page.text, said in Browser().signed_in("boss", role="owner").get(new).text) == (True, False)
    hebrew = {"title": "עליכם", "label.name": "שם?", "label.wish": "משאלה?"}
    assert asker.post(new, {**filled(page, new, **hebrew), "action": "save"}).status == 303
    wish, name, third = asked(questionnaire)["questions"]
    assert (wish["label"]["he"], name["label"]["he"]) == ("משאלה?", "שם?")
    assert third["label"]["he"] in band["label"].values()
    pairs = zip(third["choices"], band["choices"], strict=True)
    assert [now["label"]["he"] in before["label"].values() for now, before in pairs] == [True, True]
    assert {**third["label"], "he": None} == {**band["label"], "he": None}
    # Who sees it writes it, and who does not leaves that as it is.
    manager = Browser().signed_in("boss", role="owner")
    seen = filled(manager.get(new), new, **{"label.band": "קבוצה?"})
    assert manager.post(new, {**seen, "action": "save"}).status == 303
    assert asker.post(new, {**filled(asker.get(new), new, title="עלינו"), "action": "save"}).status == 303
    assert (asked(questionnaire)["title"]["he"], asked(questionnaire)["questions"][2]["label"]["he"]) == (
        "עלינו",
        "קבוצה?",
    )
    know_the_roster()


def test_who_may_not_write_questions_sees_no_way_to_it(shop: None) -> None:
    here = f"{PAGE}/{made()}"
    seller = Browser().signed_in("ida", role="sales")
    assert "/question" not in seller.get(here).body.partition("<main")[2].replace(here, "").replace(PAGE, "")
    for where in (f"{here}/question", f"{here}/words?language=en"):
        assert [seller.get(where).status, seller.post(where, {"csrf": seller.csrf}).status] == [403, 403]


def test_a_questionnaire_is_filled_in_with_a_customer(manager: Browser) -> None:
    questionnaire, who = made(), customer("Inaya Interviewed", tags=["old"])
    here = f"/console/customers/{who}/interview"
    assert f'href="{here}"' in manager.get(f"/console/customers/{who}").body
    closed = made(title={"en": "Closed one"}, is_open=False)
    listed = manager.get(here)
    assert (f"{here}?questionnaire={questionnaire}" in listed.body, closed in listed.body) == (True, False)
    address = f"{here}?questionnaire={questionnaire}"
    manager.accepted = "ur"
    assert "آپ کا wish؟" in manager.get(address).text
    manager.accepted = "en"
    page = manager.get(address)
    told = {"name": "Inaya I.", "birthday": "--02-28", "size": "m", "hobby": "tea", "vip": "yes", "offers": "no"}
    typed = {f"answers.{name}": text for name, text in {**told, "wish": f"Blue {CANARY}", "machines": "۳"}.items()}
    sent = {**filled(page, address), **typed}
    for _ in range(2):
        assert manager.post(address, sent).location == f"/console/customers/{who}/answers?done=noted"
    known = Api().get(f"/customers/{who}", **AS_OWNER).body
    assert (known["name"], known["birthday"], known["tags"]) == ("Inaya I.", "--02-28", ["old", "tea", "wants a card"])
    assert (known["consent"]["marketing"], known["version"]) == (False, 2)
    shown = manager.get(f"/console/customers/{who}/answers?done=noted")
    assert ("Noted, in their record" in shown.text, f"Your wish? Blue {CANARY}" in shown.text) == (True, True)
    assert "<b onclick" not in shown.body


def test_what_is_no_answer_is_said_beside_its_question_and_what_was_typed_stays(manager: Browser) -> None:
    questionnaire, who = made(), customer("Wanda Wrong")
    customer("Somebody Else", email="taken@x.example")
    address = f"/console/customers/{who}/interview?questionnaire={questionnaire}"
    page = manager.get(address)
    for field, typed in (
        ("answers.name", {"answers.wish": CANARY}),
        ("answers.machines", {"answers.name": "W", "answers.machines": "many", "answers.wish": CANARY}),
        ("answers.birthday", {"answers.name": "W", "answers.birthday": "soon", "answers.wish": CANARY}),
        ("answers.phone", {"answers.name": "W", "answers.phone": "12", "answers.wish": CANARY}),
    ):
        refused = manager.post(address, {**filled(page, address), **typed})
        assert (refused.status, f'id="{field}-wrong"' in refused.body) == (422, True), (typed, refused.text)
        assert filled(refused, address)["answers.wish"] == CANARY
    for bad in ({}, {"answers.name": "W", "once": ""}):
        assert manager.post(address, {**filled(page, address), **bad}).status == 422
    there = manager.post(address, {**filled(page, address), "answers.name": "W", "answers.email": "taken@x.example"})
    assert (there.status, "Somebody Else" in there.text) == (409, True)
    assert manager.post(address, {**filled(there, address), "allow_duplicate": "yes"}).status == 303
    assert manager.get(f"{address[:-26]}{'a' * 26}").status == 404


def test_who_does_not_look_after_them_or_does_not_see_a_field_asks_nothing_of_it(shop: None) -> None:
    questionnaire, who = made(), customer("Ida Herself", owner="ida")
    address = f"/console/customers/{who}/interview?questionnaire={questionnaire}"
    others, hers = Browser().signed_in("jan", role="sales"), Browser().signed_in("ida", role="sales")
    assert [others.get(address).status, others.post(address, {"csrf": others.csrf}).status] == [404, 404]
    assert hers.get(address).status == 200
    looks = Browser().signed_in("viewer", role="readonly")
    assert [looks.get(address).status, looks.post(address, {"csrf": looks.csrf}).status] == [403, 403]
    assert "/interview" not in looks.get(f"/console/customers/{who}").body
    pay = question("pay", "choice", choices=choice("cash", "card"), fills="payment_method")
    veiled = made(questions=[question("wish"), pay])
    simi = Browser().signed_in("simi", role="service")
    address = f"/console/customers/{who}/interview?questionnaire={veiled}"
    page = simi.get(address)
    assert ("Your wish?" in page.text, "Your pay?" in page.text) == (True, False)
    assert simi.forged(address, {**filled(page, address), "answers.pay": "cash"}).status == 422
