"""Mail to a customer says what their own fields hold, as people write it in their language."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.shop import Shop
from tests.support.world import Api

ANY = {"if-match": "*"}
CHOICES = [{"value": "gold", "labels": {"ur": "سونا", "en": "Gold"}}]
ALL = {
    "size": ("number", "12.5"),
    "owed": ("money", "1234.5"),
    "since": ("date", "2020-02-29"),
    "wedding": ("yearly_date", "--02-29"),
    "Level": ("choice", "gold"),
    "member": ("yes_no", True),
    "site": ("link", "https://shop.example/a"),
    "motto": ("text", "{name} & Co"),
}


def define(api: Api) -> None:
    for name, (type_, _) in ALL.items():
        made = api.post("/fields", {"name": name, "type": type_, "choices": CHOICES if type_ == "choice" else []})
        assert made.status == 201, made.body


def said(name: str) -> str:
    return f"{name}: {{custom.{name}|nothing}}"


def preview(api: Api, body: str, **asked: Any) -> Any:
    text = {"subject": "Hello", "heading": "Hello", "body": body}
    return api.post("/templates/birthday/preview", {"language": "en", "text": text, **asked})


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "size: 12.5",
                "owed: 1,234.50 USD",
                "since: February 29, 2020",
                "wedding: February 29",
                "Level: Gold",
                "member: yes",
                "site: https://shop.example/a",
                "motto: {name} & Co",
            ],
        ),
        ("ur", ["size: ۱۲٫۵", "owed: ۱٬۲۳۴٫۵۰ USD", "wedding: ۲۹ فروری", "Level: سونا", "member: ہاں"]),
    ],
)
def test_a_greeting_says_them_in_the_readers_language(shop: Shop, language: str, lines: list[str]) -> None:
    api = Api()
    define(api)
    body = "\n\n".join(said(name) for name in ALL)
    texts = {language: {"subject": "Hello", "heading": "Hello", "body": body}}
    assert api.patch("/templates/birthday", {"texts": texts}, headers=ANY).status == 200
    customer = shop.customer(language=language, birthday="--11-21", consent={"greeting": True})
    custom = {name: value for name, (_, value) in ALL.items()}
    changed = api.patch(f"/customers/{customer}", {"custom": custom}, headers=ANY)
    assert changed.status == 200, changed.body
    shop.greeting()
    shop.views().tick()
    shop.deliver()
    (mail,) = shop.post.accepted
    text = "".join(c for c in mail.text if c not in "\u2066\u2067\u2068\u2069")
    for line in lines:
        assert line in text


def test_the_template_lists_them_and_a_preview_shows_them(api: Api) -> None:
    define(api)
    listed = {one["name"]: one for one in api.get("/templates/birthday").body["placeholders"]}
    assert listed["custom.since"]["kind"] == "date"
    assert listed["custom.size"]["may_be_missing"] is True
    assert "custom.size" not in {one["name"] for one in api.get("/templates/reminder_staff").body["placeholders"]}
    answer = preview(api, f"{said('size')}\n\n{said('since')}", values={"custom.since": "2027-01-31"})
    assert (answer.status, "size: 38" in answer.body["text"]) == (200, True)
    assert "January 31, 2027" in answer.body["text"]
    without = preview(api, said("size"), values={"custom.size": None})
    assert "size: nothing" in without.body["text"]


@pytest.mark.parametrize(
    ("body", "remedy"),
    [
        ("{custom.shoe|x}", "custom.size"),
        ("{custom.size}", "may be missing"),
        ("{custom.|x}", "a placeholder is"),
        ("{custom.size, plural, other {#}}", "no number"),
    ],
)
def test_what_no_mail_can_say_is_refused(api: Api, body: str, remedy: str) -> None:
    define(api)
    answer = preview(api, body)
    assert answer.status == 422
    assert remedy in answer.body["errors"][0]["reason"]


def test_a_template_survives_the_deletion_of_a_field(api: Api) -> None:
    define(api)
    texts = {"en": {"subject": "Hello", "heading": "Hello", "body": said("size")}}
    assert api.patch("/templates/birthday", {"texts": texts}, headers=ANY).status == 200
    assert api.delete("/fields/size", headers=ANY).status == 204
    shown = api.post("/templates/birthday/preview", {"language": "en"})
    assert "size: nothing" in shown.body["text"]
