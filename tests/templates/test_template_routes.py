"""Templates over HTTP: read, written, shown, and refused where a mail could not be made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from crm.templates import service
from tests.support import faults
from tests.support.template import ROOT
from tests.support.world import Context

if TYPE_CHECKING:
    from tests.support.world import Answer, Api

SHIPPED = ("birthday", "digest", "feast", "follow_up", "maintenance", "purchase_anniversary", "reminder")
GIFT = {"subject": "A gift, {name|dear friend}", "heading": "For you", "body": "Dear {name|friend},\n\n{business}"}


def gift(api: Api, name: str = "gift", **texts: Any) -> Answer:
    return api.post("/templates", {"name": name, "texts": texts or {"en": GIFT}})


def written(api: Api, texts: dict[str, Any], *, name: str = "birthday", version: int | str = 0) -> Answer:
    return api.patch(f"/templates/{name}", {"texts": texts}, headers={"if-match": str(version)})


def shown(api: Api, name: str = "birthday", **asked: Any) -> Any:
    answer = api.post(f"/templates/{name}/preview", asked)
    assert answer.status == 200, answer.body
    return answer.body


def refusals(answer: Answer) -> list[tuple[str, str]]:
    assert answer.status == 422, answer.body
    return [(error["pointer"], error["reason"]) for error in answer.body["errors"]]


class TestReading:
    def test_all_that_is_shipped_is_listed(self, api: Api) -> None:
        listed = api.get("/templates").body["items"]
        assert set(SHIPPED) < {one["name"] for one in listed}
        assert all(one["languages"] == ["bn", "en", "he", "ne", "ur"] for one in listed)
        assert all(one["version"] == 0 and one["shipped"] for one in listed)

    def test_the_list_has_pages(self, api: Api) -> None:
        gift(api)
        names, cursor = [], None
        while True:
            query = {"limit": "3", **({"cursor": cursor} if cursor else {})}
            page = api.get("/templates", query=query).body
            names += [one["name"] for one in page["items"]]
            cursor = page["next"]
            if not cursor:
                break
        assert names == sorted({*names})
        assert "gift" in names

    def test_one_says_what_its_texts_may_ask_for(self, api: Api) -> None:
        found = api.get("/templates/birthday").body
        assert found["texts"]["ur"]["subject"].startswith("{name|")
        assert {one["name"]: one["may_be_missing"] for one in found["placeholders"]}["name"] is True

    def test_an_older_name_still_finds_it(self, api: Api) -> None:
        assert api.get("/templates/reminder_customer").body["name"] == "reminder"

    @pytest.mark.parametrize("name", ["nothing", "Birthday", "..", "birthday ", "footer"])
    def test_what_is_not_there_is_not_found(self, api: Api, name: str) -> None:
        assert api.get(f"/templates/{name}").status == 404


class TestWriting:
    def test_a_section_in_one_language_stands_over_the_shipped_one(self, api: Api) -> None:
        answer = written(api, {"en": {"subject": "Many happy returns, {name|you}!"}})
        assert (answer.status, answer.headers["etag"]) == (200, '"1"')
        assert answer.body["texts"]["en"]["own"] == ["subject"]
        assert shown(api, language="en")["subject"] == "Many happy returns, Sunita Rai!"
        assert "wish you a wonderful day" in shown(api, language="en")["text"]
        assert "سالگرہ مبارک" in shown(api, language="ur")["subject"]

    @pytest.mark.parametrize("change", [{"en": None}, {"en": {"subject": None}}])
    def test_null_goes_back_to_the_shipped_text(self, api: Api, change: dict[str, Any]) -> None:
        written(api, {"en": {"subject": "Hooray"}})
        assert written(api, change, version=1).body["own_languages"] == []
        assert shown(api, language="en")["subject"] == "Happy birthday, Sunita Rai!"

    def test_a_region_may_have_words_of_its_own(self, api: Api) -> None:
        written(api, {"bn-BD": {"heading": "বাংলাদেশ"}})
        assert "বাংলাদেশ" in shown(api, language="bn-BD")["text"]
        assert "বাংলাদেশ" not in shown(api, language="bn-IN")["text"]

    def test_a_change_needs_the_version_it_is_based_on(self, api: Api) -> None:
        assert api.patch("/templates/birthday", {"texts": {}}).status == 428
        assert written(api, {"en": {"subject": "A"}}).status == 200
        assert written(api, {"en": {"subject": "B"}}).status == 412
        assert written(api, {"en": {"subject": "B"}}, version="*").status == 200

    def test_of_two_who_write_at_once_one_is_told(self, api: Api) -> None:
        with faults.interrupted(at=2, by=lambda: written(api, {"en": {"subject": "Theirs"}})):
            assert written(api, {"en": {"subject": "Mine"}}).status == 412
        assert api.get("/templates/birthday").body["texts"]["en"]["subject"] == "Theirs"

    @pytest.mark.parametrize("error", [faults.down("TransactWriteItems"), faults.throttled("TransactWriteItems")])
    def test_a_store_that_is_down_changes_nothing(self, api: Api, error: Exception) -> None:
        with faults.refusing("TransactWriteItems", error=error, times=20):
            assert written(api, {"en": {"subject": "Mine"}}).status == 503
        assert api.get("/templates/birthday").body["version"] == 0

    def test_earlier_versions_stay_readable(self, api: Api) -> None:
        written(api, {"en": {"subject": "First"}})
        written(api, {"en": {"subject": "Second"}}, version=1)
        subjects = [
            api.get("/templates/birthday", query={"version": str(version)}).body["texts"]["en"]["subject"]
            for version in (0, 1, 2)
        ]
        assert subjects == ["Happy birthday, {name|dear friend}!", "First", "Second"]
        assert api.get("/templates/birthday", query={"version": "3"}).status == 404

    @pytest.mark.parametrize(
        ("section", "text", "reason"),
        [
            ("subject", "Dear {nme}", "does not have"),
            ("subject", "Dear {name}", "may be missing"),
            ("subject", "Dear {name|}", "would be empty"),
            ("heading", "{years, plural, one {a} other {b}}", "may be missing"),
            ("heading", "{name|x, plural, other {b}}", "is no number"),
            ("heading", "{years|x, plural, one {a}}", "without the case other"),
            ("heading", "{years|x, plural, other {{nme}}}", "does not have"),
            ("body", "{name", "not closed"),
            ("body", "{message}", "does not have"),
            ("body", "a \u202e b", "direction of writing"),
            ("body", "x" * 4001, "at most 4000"),
            ("body", "{a}" * 1000, "too many braces"),
            ("body", "{business}\n\n" * 41, "too many braces"),
            ("subject", "x" * 201, "at most 200"),
            ("subject", "", "at least 1"),
            ("subject", "   ", "at least 1"),
            ("subject", "two\nlines", "single line"),
            ("subject", "bell\x07", "single line"),
        ],
    )
    def test_a_text_that_makes_no_mail_is_refused_where_it_is_wrong(
        self, api: Api, section: str, text: str, reason: str
    ) -> None:
        found = refusals(written(api, {"ur": {section: text}}))
        assert [pointer for pointer, _ in found] == [f"/texts/ur/{section}"] * len(found)
        assert any(reason in said for _, said in found)
        assert api.get("/templates/birthday").body["version"] == 0

    def test_several_lines_need_a_paragraph_of_their_own(self, api: Api) -> None:
        found = refusals(written(api, {"en": {"body": "So: {message|}\n\n{message|}"}}, name="reminder"))
        assert [(pointer, "paragraph of its own" in said) for pointer, said in found] == [("/texts/en/body", True)]

    @pytest.mark.parametrize("tag", ["fr", "zz", "English", "ur_PK", ""])
    def test_a_language_that_mail_is_not_written_in_is_refused(self, api: Api, tag: str) -> None:
        assert refusals(written(api, {tag: {"subject": "x"}}))[0][0] == f"/texts/{tag}"

    def test_unknown_sections_are_refused(self, api: Api) -> None:
        assert refusals(written(api, {"en": {"html": "<b>"}}))[0][0] == "/texts/en/html"


class TestOwn:
    def test_one_can_be_added_and_used(self, api: Api) -> None:
        added = gift(api)
        assert (added.status, added.headers["location"]) == (201, "/templates/gift")
        assert service.exists("gift")
        assert "gift" in service.names()
        assert shown(api, "gift")["subject"] == "A gift, Sunita Rai"

    def test_the_same_request_again_makes_nothing_twice(self, api: Api) -> None:
        assert [gift(api).status, gift(api).status] == [201, 201]
        assert gift(api, en={**GIFT, "heading": "Other"}).status == 409

    @pytest.mark.parametrize("name", ["birthday", "reminder_customer"])
    def test_a_shipped_name_is_taken(self, api: Api, name: str) -> None:
        assert refusals(gift(api, name))[0][0] == "/name"

    @pytest.mark.parametrize("name", ["Gift", "a b", "../x", "", "1st", "x" * 41, "a#b"])
    def test_a_name_is_of_small_letters(self, api: Api, name: str) -> None:
        assert refusals(gift(api, name))[0][0] == "/name"

    def test_each_language_is_whole(self, api: Api) -> None:
        assert refusals(gift(api, en={"subject": "x", "heading": "y"}))[0] == (
            "/texts/en/body",
            "required; it is missing",
        )
        gift(api)
        assert refusals(written(api, {"he": {"subject": "x"}}, name="gift", version=1))[0][0] == "/texts/he"
        assert refusals(written(api, {"en": None}, name="gift", version=1))[0][0] == "/texts"

    def test_it_falls_back_to_a_language_that_it_has(self, api: Api) -> None:
        gift(api, ne={**GIFT, "heading": "तपाईंलाई"})
        found = shown(api, "gift", language="he")
        assert found["language"] == "ne"
        assert "तपाईंलाई" in found["text"]


class TestRemoving:
    def test_a_shipped_one_goes_back_and_its_versions_go_on(self, api: Api) -> None:
        written(api, {"en": {"subject": "Hooray"}})
        assert api.delete("/templates/birthday", headers={"if-match": "1"}).status == 204
        found = api.get("/templates/birthday").body
        assert (found["own_languages"], found["version"]) == ([], 2)

    def test_an_own_one_is_gone(self, api: Api) -> None:
        gift(api)
        assert api.delete("/templates/gift", headers={"if-match": "1"}).status == 204
        assert api.get("/templates/gift").status == 404
        assert not service.exists("gift")
        assert written(api, {}, name="gift", version="*").status == 404
        assert api.get("/templates/gift", query={"version": "1"}).status == 200

    def test_its_name_can_be_used_again_and_no_version_comes_twice(self, api: Api) -> None:
        gift(api)
        api.delete("/templates/gift", headers={"if-match": "1"})
        again = gift(api, en={**GIFT, "heading": "Again"})
        assert (again.status, again.body["version"]) == (201, 3)
        assert api.get("/templates/gift").body["texts"]["en"]["heading"] == "Again"

    def test_a_rule_that_is_removed_meanwhile_still_has_words(self, api: Api) -> None:
        gift(api)
        api.delete("/templates/gift", headers={"if-match": "1"})
        assert service.words("gift", languages=["en"]).name == "gift"

    def test_not_while_a_greeting_rule_uses_it(self, shop: Any, api: Api) -> None:
        gift(api)
        shop.greeting("gifts", name="Gifts in May", template="gift")
        refused = api.delete("/templates/gift", headers={"if-match": "1"})
        assert refused.status == 409
        assert "Gifts in May" in refused.body["detail"]


class TestPreview:
    def test_it_is_tried_with_values_in_the_readers_language(self, api: Api) -> None:
        found = shown(api, "purchase_anniversary", language="bn")
        assert "৩ বছরের" in found["text"]
        assert "সুমিতা রায়" in found["html"]
        assert found["sender"] == "Corner Shop"

    def test_it_shows_what_stands_where_nothing_is_known(self, api: Api) -> None:
        found = shown(api, language="en", values={"name": None})
        assert found["subject"] == "Happy birthday, dear friend!"

    def test_it_shows_a_text_that_is_not_stored(self, api: Api) -> None:
        found = shown(
            api, language="en", values={"years": 2}, text={**GIFT, "heading": "{years|x, plural, other {#!}}"}
        )
        assert found["text"].startswith("2!\n")
        assert api.get("/templates/birthday").body["version"] == 0

    def test_an_unstored_text_is_checked_as_well(self, api: Api) -> None:
        answer = api.post("/templates/birthday/preview", {"text": {**GIFT, "body": "{x.y}"}})
        assert refusals(answer)[0][0] == "/text/body"

    @pytest.mark.parametrize(
        "value",
        [
            {"years": "3"},
            {"years": True},
            {"years": -1},
            {"years": 10**6},
            {"date": "28.2.2027"},
            {"date": 5},
            {"name": "x" * 201},
            {"name": {"en": "x"}},
            {"nothing": "x"},
        ],
    )
    def test_values_are_of_their_kind(self, api: Api, value: dict[str, Any]) -> None:
        answer = api.post("/templates/birthday/preview", {"values": value})
        assert [pointer for pointer, _ in refusals(answer)] == [f"/values/{name}" for name in value]

    def test_it_leads_nowhere_and_is_sent_to_nobody(self, api: Api) -> None:
        found = shown(api, language="en")
        assert 'href="#"' in found["html"]
        assert "https://crm.example" not in found["html"]


@pytest.mark.parametrize(
    ("case", "status"), [("add_template", 201), ("change_template", 200), ("preview_template", 200)]
)
def test_the_corpus_is_answered(world: None, case: str, status: int) -> None:
    from handlers import api  # noqa: PLC0415 - after the settings are in place

    event = json.loads((ROOT / "events" / "api" / f"{case}.json").read_text("utf-8"))
    assert api.handler(event, Context())["statusCode"] == status
