"""The public page: what anybody sends becomes answers, a lead or a correction, and never more than that."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from crm.core import table
from crm.customers import service as customer_service
from crm.reminders.models import Reminder
from tests.questionnaires.asked import customer, make
from tests.support import faults
from tests.support.flow import do_jobs, project, queue_event
from tests.support.rows import all_items
from tests.support.shop import Shop
from tests.support.visitor import visit
from tests.support.world import Api, Context

FORM = {"content-type": "application/x-www-form-urlencoded"}
GIVEN = {
    "q_name": "Amina Khan",
    "q_email": "amina@example.org",
    "q_birthday_day": "29",
    "q_birthday_month": "2",
    "q_size": "m",
    "q_hobby": "tea",
    "q_wish": "<b>A grinder</b>",
    "q_offers": "yes",
}


def link(api: Api, asked: str, who: str | None = None) -> str:
    made = api.post(f"/questionnaires/{asked}/links", {"customer": who} if who else {})
    assert made.status == 201, made.body
    return str(made.body["url"]).removeprefix("https://crm.example")


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def send(shop: Shop, path: str, given: dict[str, str] | None = None, *, state: dict[str, str] | None = None) -> Any:
    """Open the page, think for a while and send the form."""
    if state is None:
        state = hidden(visit("GET", path)["body"])
        shop.wait(seconds=20)
    return visit("POST", path, raw=urlencode({**state, "website": "", **(given or GIVEN)}), headers=FORM)


def rows() -> list[dict[str, Any]]:
    """All items of the truth, as plain values."""
    return [table.from_item(raw) for raw in all_items()]


def taken() -> None:
    """The stream and the queue do their part."""
    keys = [(item["pk"], item["sk"]) for item in rows() if item["sk"] == "SUBMISSION"]
    assert project(*keys) == []
    do_jobs()


def leads(api: Api) -> list[dict[str, Any]]:
    found = [item["pk"].partition("#")[2] for item in rows() if item["sk"] == "PROFILE"]
    return [api.get(f"/customers/{one}").body for one in found]


def test_an_anonymous_answer_becomes_a_lead_for_review(shop: Shop, api: Api) -> None:
    path = link(api, make(api))
    before = all_items()
    assert visit("GET", path)["status"] == 200
    assert all_items() == before
    assert "Thank you" in send(shop, path)["body"]
    taken()
    [lead] = leads(api)
    assert (lead["name"], lead["email"], lead["birthday"]) == ("Amina Khan", "amina@example.org", "--02-29")
    assert (lead["source"], lead["tags"], lead["custom"]) == ("questionnaire", ["lead", "tea"], {"size": "m"})
    assert lead["consent"]["marketing"] is None
    [entry] = api.get(f"/customers/{lead['id']}/interactions").body["items"]
    assert entry["kind"] == "questionnaire"
    assert "<b>A grinder</b>" in entry["summary"]
    [submission] = [item for item in rows() if item["sk"] == "SUBMISSION"]
    assert "values" not in submission


def test_a_form_that_is_sent_again_corrects_and_makes_nobody_twice(shop: Shop, api: Api) -> None:
    path = link(api, make(api))
    state = hidden(visit("GET", path)["body"])
    shop.wait(seconds=20)
    for size in ("m", "m", "l"):
        assert send(shop, path, {**GIVEN, "q_size": size}, state=state)["status"] == 200
        taken()
    [lead] = leads(api)
    assert lead["custom"] == {"size": "l"}
    assert lead["facts"]["interactions"] == 1


def test_a_customers_link_fills_what_is_empty_and_notes_what_differs(shop: Shop, api: Api) -> None:
    who, asked = customer(api, email="sunita@example.org", language="ur", custom={"size": "s"}), make(api)
    path = link(api, asked, who)
    page = visit("GET", path)
    assert '<html lang="ur" dir="rtl">' in page["body"]
    assert "Sunita" not in page["body"]
    send(shop, path, {**GIVEN, "q_name": "Sunita Rai"})
    taken()
    [known] = leads(api)
    assert (known["email"], known["birthday"], known["custom"]) == ("sunita@example.org", "--02-29", {"size": "s"})
    assert set(known["conflicts"]) == {"/email", "/custom/size"}
    assert asked in str(api.get(f"/customers/{who}/sources").body)


def source(api: Api, who: str, field: str) -> dict[str, Any]:
    """Where a value is from, as the API says it."""
    return next(one["source"] for one in api.get(f"/customers/{who}/sources").body["fields"] if one["field"] == field)


def test_what_customers_say_again_is_their_word_from_then_on(shop: Shop, api: Api) -> None:
    who, asked = customer(api, phone="+12125550100", custom={"size": "m"}), make(api)
    before, version = source(api, who, "/name"), api.get(f"/customers/{who}").body["version"]
    shop.wait(days=400)
    send(shop, link(api, asked, who), {"q_name": "Sunita Rai", "q_size": "m"})
    taken()
    assert before["way"] == "staff"
    for field in ("/name", "/custom/size"):
        now = source(api, who, field)
        assert (now["way"], now["of"], now["at"][:4]) == ("questionnaire", asked, "2027")
    assert source(api, who, "/phone")["way"] == "staff"
    assert api.get(f"/customers/{who}").body["version"] == version


def test_what_staff_entered_since_the_form_was_sent_stays_their_word(shop: Shop, api: Api) -> None:
    who, asked = customer(api, name="Sunita"), make(api)
    send(shop, link(api, asked, who), {"q_name": "Sunita Rai"})
    shop.wait(minutes=5)
    changed = api.patch(f"/customers/{who}", {"name": "Sunita Rai"}, headers={"if-match": "*"})
    assert changed.status == 200
    taken()
    assert source(api, who, "/name")["way"] == "staff"


def test_whoever_answers_again_replaces_their_own_word(shop: Shop, api: Api) -> None:
    who, asked = customer(api), make(api)
    path = link(api, asked, who)
    for size in ("s", "l"):
        send(shop, path, {"q_name": "Sunita Rai", "q_size": size})
        taken()
        shop.wait(hours=1)
    known = api.get(f"/customers/{who}").body
    assert (known["custom"], known["conflicts"], known["facts"]["interactions"]) == ({"size": "l"}, [], 1)


def test_a_consent_counts_after_a_click_on_a_mailed_link_and_not_by_looking(shop: Shop, api: Api) -> None:
    path = link(api, make(api))
    send(shop, path)
    taken()
    [lead] = leads(api)
    [reminder] = [item for item in rows() if item["sk"].startswith("REMINDER#") and item["entity"] == "reminder"]
    found = Reminder.find(reminder["pk"], reminder["sk"].partition("#")[2])
    assert found
    [address] = re.findall(r"https://crm\.example(/q/[\w.-]+)", str(found.private_link))
    assert address not in str(api.get(f"/reminders/{found.reminder_id}").body), "staff say no yes for anybody"
    for method in ("GET", "HEAD"):
        assert visit(method, address)["status"] == 200
    assert "Your offers?" in visit("GET", address)["body"]
    assert customer_service.get(customer_id=lead["id"]).consent is None
    shop.wait(hours=2)
    for _ in range(2):
        assert visit("POST", address)["status"] == 200
    known = api.get(f"/customers/{lead['id']}").body
    assert known["consent"]["marketing"] is True
    assert known["own_answers"]["marketing"]["how"] == "confirmed_by_mail"
    proofs = [item for item in rows() if item["sk"].startswith("CONSENT#marketing")]
    assert [(one["answer"], bool(one["link"]), one["way"]) for one in proofs] == [("yes", True, "customer")]
    assert any(item["pk"] == "CONSENT_TEXTS" and "Your offers?" in item["words"] for item in rows())


def test_the_mailed_link_is_over_when_the_address_or_the_answer_is_another(shop: Shop, api: Api) -> None:
    path = link(api, make(api))
    state = hidden(visit("GET", path)["body"])
    shop.wait(seconds=20)
    send(shop, path, state=state)
    taken()
    [reminder] = [item for item in rows() if item["sk"].startswith("REMINDER#") and item["entity"] == "reminder"]
    [address] = re.findall(r"https://crm\.example(/q/[\w.-]+)", str(reminder["private_link"]))
    send(shop, path, {**GIVEN, "q_offers": "no"}, state=state)
    taken()
    assert visit("POST", address)["status"] == 410
    assert leads(api)[0]["consent"]["marketing"] is False
    shop.wait(days=15)
    assert visit("POST", address)["status"] == 410


@pytest.mark.parametrize("trick", ["trap", "at once", "no state", "another link's", "old"])
def test_programs_get_nowhere(shop: Shop, api: Api, trick: str) -> None:
    asked = make(api)
    path, other = link(api, asked), link(api, make(api))
    state = hidden(visit("GET", other if trick == "another link's" else path)["body"])
    if trick != "at once":
        shop.wait(seconds=20)
    if trick == "old":
        shop.wait(days=2)
    given = {**GIVEN, **({"website": "http://spam.example"} if trick == "trap" else {})}
    before = all_items()
    page = visit(
        "POST", path, raw=urlencode({"website": "", **({} if trick == "no state" else state), **given}), headers=FORM
    )
    assert page["status"] == (200 if trick == "trap" else 422)
    assert all_items() == before


def test_a_form_that_came_too_early_comes_back_filled_and_is_taken_the_next_time(shop: Shop, api: Api) -> None:
    path = link(api, make(api))
    page = send(shop, path, state=hidden(visit("GET", path)["body"]))
    assert 'value="Amina Khan"' in page["body"]
    assert "&lt;b&gt;A grinder" in page["body"]
    shop.wait(seconds=5)
    assert send(shop, path, state=hidden(page["body"]))["status"] == 200


def test_what_is_no_answer_comes_back_with_what_is_wrong(shop: Shop, api: Api) -> None:
    path = link(api, make(api))
    before = all_items()
    page = send(shop, path, {"q_name": "", "q_email": "nobody", "q_birthday_day": "31", "q_birthday_month": "2"})
    assert (page["status"], page["body"].count('class="wrong"')) == (422, 3)
    assert all_items() == before
    # Whoever corrects one word at once is no program: they have looked at the form for long.
    shop.wait(seconds=1)
    assert send(shop, path, state=hidden(page["body"]))["status"] == 200


def test_a_link_takes_so_many_forms_a_day(shop: Shop, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.questionnaires.answer_page.MOST_ANONYMOUS", 2)
    path = link(api, make(api))
    assert [send(shop, path)["status"] for _ in range(3)] == [200, 200, 429]
    shop.wait(days=1)
    assert send(shop, path)["status"] == 200


def test_links_end(shop: Shop, api: Api) -> None:
    who, asked = customer(api), make(api)
    own, poster = link(api, asked, who), link(api, asked)
    assert visit("GET", own[:-1] + ("A" if own[-1] != "A" else "B"))["status"] == 404
    shop.wait(days=31)
    assert (visit("GET", own)["status"], visit("GET", poster)["status"]) == (410, 200)
    own = link(api, asked, who)
    api.delete(f"/customers/{who}", headers={"if-match": "*"})
    assert visit("GET", own)["status"] == 410
    api.patch(f"/questionnaires/{asked}", {"is_open": False}, headers={"if-match": "*"})
    assert visit("GET", poster)["status"] == 410
    api.delete(f"/questionnaires/{asked}", headers={"if-match": "*"})
    assert visit("GET", poster)["status"] == 404


def test_the_page_has_no_script_and_loads_nothing(shop: Shop, api: Api) -> None:
    page = visit("GET", link(api, make(api)), headers={"accept-language": "ur-PK,en;q=0.5"})
    assert 'dir="rtl"' in page["body"]
    assert "default-src 'none'" in page["headers"]["Content-Security-Policy"]
    assert not re.search(r"<script|https?://|style=|onclick", page["body"])


def test_what_somebody_allows_has_another_yes_than_what_is_so(shop: Shop, api: Api) -> None:
    title = {"en": "About you", "ur": "آپ کے بارے میں", "ne": "तपाईंबारे"}
    asked = [
        {"id": "vip", "kind": "yes_no", "label": {**title}, "tag": "wants a card"},
        {"id": "offers", "kind": "consent", "label": {**title}, "purpose": "marketing"},
    ]
    page = visit("GET", link(api, make(api, title=title, questions=asked)), headers={"accept-language": "ne"})["body"]
    vip, _, offers = page.partition("q_offers")
    assert (">हो" in vip or "> हो" in vip, "हुन्छ" in vip, "हुन्छ" in offers) == (True, False, True), page


def test_a_form_is_taken_whole_wherever_the_job_dies(shop: Shop, api: Api) -> None:
    from handlers import jobs  # noqa: PLC0415 - after the settings are in place

    path, known = link(api, make(api)), set[str]()
    for number, point in enumerate(faults.crash_points(operations={"TransactWriteItems", "UpdateItem", "PutItem"})):
        shop.wait(days=1)
        send(shop, path, {**GIVEN, "q_email": f"amina{number}@example.org"})
        [form] = {item["pk"] for item in rows() if item["sk"] == "SUBMISSION" and "values" in item}
        event = queue_event({"job": "answers", "form": form.partition("#")[2]})
        with point:
            jobs.handler(event, Context())
        for _ in range(2):
            assert jobs.handler(event, Context()) == {"batchItemFailures": []}
        [lead] = [one for one in leads(api) if one["id"] not in known]
        known.add(lead["id"])
        assert lead["facts"]["interactions"] == 1
        pk = f"CUSTOMER#{lead['id']}"
        assert len([one for one in rows() if one["pk"] == pk and one["sk"].startswith("REMINDER#")]) == 1
