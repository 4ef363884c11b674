"""A group says its rule as a sentence, in the language of whoever reads it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.segments.groups import group
from tests.support.world import Api

SPENDERS = {"field": "facts.spent", "op": "ge", "value": "100"}
_ISOLATES = {0x2068: None, 0x2069: None}
LANGUAGES = ("en", "ur", "bn", "ne", "he")


def said(api: Api, group_id: str, accept: str | None = None, **query: str) -> str:
    headers = {"accept-language": accept} if accept is not None else {}
    answer = api.get(f"/segments/{group_id}", query=query, headers=headers)
    assert answer.status == 200, answer.body
    return str(answer.body["in_words"])


def test_every_language_says_it_in_its_own_words(api: Api) -> None:
    made = group(api, SPENDERS)
    sentences = [said(api, made, language=language) for language in LANGUAGES]
    assert len(set(sentences)) == len(LANGUAGES)
    assert sentences[0] == said(api, made)
    assert sentences[1] == said(api, made, language="ur-PK")


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("he", "he"),
        ("he-IL,he;q=0.9,en;q=0.8", "he"),
        ("en;q=0.2, bn;q=0.9", "bn"),
        ("fr, ne;q=0.5", "ne"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        ("ur;q=0", "en"),
        ("ur;q=x, ;;;,,\u00e9", "en"),
        ("x" * 5000, "en"),
    ],
)
def test_the_language_is_that_of_the_browser_where_none_is_asked_for(api: Api, accept: str, language: str) -> None:
    made = group(api, SPENDERS)
    assert said(api, made, accept) == said(api, made, language=language)
    assert said(api, made, accept, language="bn") == said(api, made, language="bn")


def test_groups_in_a_rule_have_their_names(api: Api) -> None:
    best = group(api, SPENDERS, name="Best customers")
    made = group(api, {"not": {"field": "segment", "op": "eq", "value": best}}, name="Others")
    assert "Best customers" in said(api, made)
    listed: list[Any] = api.get("/segments", query={"language": "he"}).body["items"]
    assert {one["id"]: one["in_words"] for one in listed} == {
        one: said(api, one, language="he") for one in (best, made)
    }


def test_a_hand_picked_group_says_its_name_and_no_id(api: Api) -> None:
    made = api.post("/segments", {"name": "Guests", "kind": "static"}).body
    assert "Guests" in made["in_words"]
    assert made["id"] not in made["in_words"]


def test_until_a_new_rule_is_filled_the_words_are_those_of_the_old(api: Api) -> None:
    made = group(api, SPENDERS)
    before = said(api, made)
    other = {"field": "facts.spent", "op": "lt", "value": "5"}
    assert api.patch(f"/segments/{made}", {"rule": other}, headers={"If-Match": "*"}).body["in_words"] == before


@pytest.mark.parametrize("language", ["", "x", "en_US", "../en", "12", "e" * 50])
def test_nonsense_is_refused(api: Api, language: str) -> None:
    assert api.get(f"/segments/{group(api)}", query={"language": language}).status == 422


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("op", "value"),
    [
        ("in", [38, 38.5, "xl", True]),
        ("in", [True, False]),
        ("in", ["2026-01-01", 5]),
        ("in", [1, 2]),
        ("ne", True),
        ("between", [1, 2.5]),
        ("eq", "{0} {x} %s \u2069"),
    ],
)
def test_values_of_the_businesss_own_fields_are_said_whatever_they_are(
    api: Api, op: str, value: Any, language: str
) -> None:
    made = group(api, {"field": "custom.size", "op": op, "value": value})
    assert "size" in said(api, made, language=language)


def test_fields_of_the_business_are_called_as_the_reader_calls_them(api: Api) -> None:
    labels = {"en": "Membership", "ur": "رکنیت"}
    choices = [{"value": "gold", "labels": {"en": "Gold", "ur": "سونا"}}, {"value": "silver"}]
    made = api.post("/fields", {"name": "membership", "type": "choice", "labels": labels, "choices": choices})
    assert made.status == 201, made.body
    assert api.post("/fields", {"name": "size", "type": "number"}).status == 201
    gold = group(api, {"field": "custom.membership", "op": "in", "value": ["gold", "silver"]})
    large = group(api, {"field": "custom.size", "op": "ge", "value": 40})
    bare = [said(api, gold, language=language).translate(_ISOLATES) for language in ("en", "ur", "ne")]
    assert "the field “Membership” is one of “Gold”, “silver”" in bare[0]
    assert all(word in bare[1] for word in ("رکنیت", "سونا", "silver"))
    assert "Membership" in bare[2]
    assert "the field “size” is at least 40" in said(api, large).translate(_ISOLATES)
    assert api.delete("/fields/membership", headers={"if-match": "*"}).status == 204
    assert "“membership”" in said(api, gold).translate(_ISOLATES)
    listed = {one["id"]: one["in_words"] for one in api.get("/segments").body["items"]}
    assert listed == {one: said(api, one) for one in (gold, large)}
