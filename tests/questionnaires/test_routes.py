"""Questionnaires are made in every language that they are asked in, and changed as a whole that fits."""

from __future__ import annotations

from typing import Any

import pytest

from crm.access import roster
from tests.questionnaires.asked import QUESTIONS, WHOLE, choice, make, question
from tests.support.world import Api, forget


def test_a_questionnaire_is_made_read_listed_changed_and_deleted(api: Api) -> None:
    made = api.post("/questionnaires", WHOLE)
    path = made.headers["location"]
    assert (made.status, api.get(path).body) == (201, made.body)
    assert [one["id"] for one in api.get("/questionnaires").body["items"]] == [made.body["id"]]
    changed = api.patch(path, {"is_open": False, "questions": QUESTIONS[:1]}, headers={"if-match": '"1"'})
    assert (changed.status, changed.body["version"], changed.body["is_open"]) == (200, 2, False)
    assert [one["id"] for one in changed.body["questions"]] == ["name"]
    assert api.delete(path, headers={"if-match": '"1"'}).status == 412
    assert api.delete(path, headers={"if-match": '"2"'}).status == 204
    assert api.get(path).status == 404


@pytest.mark.parametrize("base", ["https://shop.example", ""])
def test_a_link_leads_to_the_address_of_the_business_or_else_to_that_of_the_gateway(
    api: Api, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    monkeypatch.setenv("PUBLIC_URL", base)
    forget()
    asked = api.post("/questionnaires", WHOLE).body["id"]
    made = api.post(f"/questionnaires/{asked}/links", {}, headers={"host": "evil.example", "x-forwarded-host": "evil"})
    assert made.body["url"].startswith(f"{base or 'https://api.example'}/q/")


def test_the_same_request_makes_one_and_another_under_its_key_is_refused(api: Api) -> None:
    key = {"idempotency-key": "once"}
    first, second = (api.post("/questionnaires", WHOLE, headers=key) for _ in range(2))
    assert first.body["id"] == second.body["id"]
    assert api.post("/questionnaires", {**WHOLE, "is_open": False}, headers=key).status == 409


def test_the_list_goes_on_where_a_page_ended(api: Api) -> None:
    made = {make(api) for _ in range(5)}
    first = api.get("/questionnaires", query={"limit": "3"}).body
    rest = api.get("/questionnaires", query={"limit": "3", "cursor": first["next"]}).body
    assert {one["id"] for one in [*first["items"], *rest["items"]]} == made
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (question("a", fills="owner"), "can fill"),
        (question("a", fills="birthday"), "can fill"),
        (question("a", "choice"), "choices"),
        (question("a", "choice", choices=choice("s", "s")), "same value"),
        (question("a", "consent"), "purpose"),
        (question("a", purpose="marketing"), "purpose"),
        (question("a", tag="x"), "tag"),
        (question("a", custom="x", fills="gender"), "one place"),
        ({**question("a"), "label": {"en": "Only English?"}}, "has no words in ur"),
        ({**question("a"), "label": {"en": "A", "ur": "A", "xx": "A"}}, "xx"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_remedy(api: Api, wrong: dict[str, Any], told: str) -> None:
    answer = api.post("/questionnaires", {**WHOLE, "questions": [wrong]})
    assert answer.status == 422
    assert told in str(answer.body)


def test_a_change_has_to_fit_what_it_leaves(api: Api) -> None:
    made = make(api)
    answer = api.patch(
        f"/questionnaires/{made}", {"title": {"en": "A", "ur": "A", "he": "A"}}, headers={"if-match": "*"}
    )
    assert answer.status == 422
    assert "has no words in he" in answer.body["detail"]


def test_who_writes_back_what_they_read_keeps_the_questions_that_they_do_not_see(api: Api) -> None:
    asker = {
        "id": "asker",
        "says": "Asks.",
        "hidden": ["/birthday", "/tags"],
        "all": ["questionnaires.read", "questionnaires.write"],
    }
    assert api.post("/roles", asker, role="owner").status == 201
    assert api.post("/staff", {"id": "minu", "name": "Minu", "role": "asker"}, role="owner").status == 201
    roster.forget()
    path = f"/questionnaires/{make(api)}"
    read = api.get(path, caller="minu").body
    assert [one["id"] for one in read["questions"]] == ["name", "email", "phone", "size", "machines", "wish", "offers"]
    worded = [{**one, "required": True} for one in read["questions"]]
    changed = api.patch(path, {"questions": worded}, caller="minu", headers={"if-match": '"1"'})
    assert [one["id"] for one in changed.body["questions"]] == [one["id"] for one in read["questions"]]
    assert [one["id"] for one in api.get(path).body["questions"]] == [one["id"] for one in QUESTIONS]
    assert api.patch(path, {"questions": QUESTIONS[8:9]}, caller="minu", headers={"if-match": '"2"'}).status == 200
    assert [one["id"] for one in api.get(path).body["questions"]] == ["wish", "birthday", "hobby", "vip"]
    # In one language more what they do not see says what it says in another.
    title = {**api.get(path).body["title"], "he": "עליכם"}
    [wish] = api.get(path, caller="minu").body["questions"]
    hebrew = {**wish, "label": {**wish["label"], "he": "משאלה?"}}
    told = {"title": title, "questions": [hebrew]}
    assert api.patch(path, told, caller="minu", headers={"if-match": "*"}).status == 200
    for one in api.get(path).body["questions"][1:]:
        words = one["label"]
        assert words["he"] in {said for code, said in words.items() if code != "he"}
    lacking = {"title": {**title, "ne": "तपाईं"}, "questions": [hebrew]}
    refused = api.patch(path, lacking, caller="minu", headers={"if-match": "*"})
    assert (refused.status, "wish has no words in ne" in refused.body["detail"]) == (422, True)
