"""Of every page, in every language: what it says is in that language, but for what people have written themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any, get_args

import pytest

from crm.access import rules
from crm.business import rules as business
from crm.console import rendering
from crm.core import author, purposes
from crm.duplicates import rules as duplicates
from crm.exports import schemas as exports
from crm.greetings import schemas as greetings
from crm.imports import deeds, kinds
from crm.imports import schemas as imports
from crm.inbox import schemas as inbox
from crm.interactions import schemas as interactions
from crm.keys import rules as keys
from crm.mail.reasons import Code
from crm.merges import rules as merges
from crm.own_fields import rules as own_fields
from crm.relations import rules as relations
from crm.reminders import models as reminders
from crm.templates import placeholders
from crm.webhooks import rules as webhooks
from infra.build import catalogues
from tests.console import pages
from tests.console.browser import BASE, Browser
from tests.questionnaires.asked import WHOLE
from tests.security import furnished
from tests.security.furnished import World

SAID = frozenset({"alt", "aria-label", "aria-description", "data-label", "label", "placeholder", "title"})
"""Attributes that are read out or shown."""
WRITTEN = frozenset({"bdi", "code", "textarea"})
"""Elements whose text is somebody's own, or a program's."""
_VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})
_ISOLATED = re.compile("[\u2066-\u2068][^\u2069]*\u2069")
_ENGLISH = re.compile("[A-Za-z][a-z]{2,}")
# Names of formats, programs and places, an address that is an example, and what is to be typed as it stands.
SIGNS = re.compile(
    r"https?(?::\S*)?|[A-Z][a-z]+/[A-Z][a-z]+|\{[^}]*\}|\b(Excel|English|Standard Webhooks|standardwebhooks\.com)"
    r"|\b(lead|key:|spring_sale)"
)
SHOPS = (
    "About you|Asha|Best customers|Bina|Birthdays|Bought once|Call Sunita|Corner Shop|Hari|Later than usual|"
    "Lost customers|Loyal customers|M|Mate|New customers|Newsletter|North|Other|Slipping away|Sunita Rai|Tea House|Tea|"
    "The grinder|Till|counter|customers.csv|garden|gift|list.txt|owner|regular|tea"
)
"""What the shop of the tests calls its people and things, which stand in titles and choices, too."""


def leaves(value: Any) -> Iterator[str]:
    """All texts in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)


# What the questionnaire of the shop asks; a word in small letters is a code.
_WORDS = {one for one in leaves(WHOLE) if len(one) > 4 and not re.fullmatch("[a-z_]+", one)}
_ASKED = "|".join(map(re.escape, sorted(_WORDS, key=len, reverse=True)))
OWN = re.compile(rf"{_ASKED}|\b({SHOPS})\b")


class Page(HTMLParser):
    """What a page says: `(where, text)`, without what stands in an element for what people write."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.said += [(f"{tag} {name}", value) for name, value in known.items() if name in SAID and value]
        if tag == "button" or known.get("type") in {"submit", "button"}:
            self.said += [(f"{tag} value", known["value"])] if tag == "input" and "value" in known else []
        if tag not in _VOID:
            self._open.append((tag, self._is_theirs(tag, known)))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not (self._open and self._open[-1][1]):
            self.said.append((self._open[-1][0] if self._open else "", " ".join(data.split())))

    def _is_theirs(self, tag: str, known: Mapping[str, str]) -> bool:
        # English that says that it is English is what a page has no other words for: that is no excuse.
        inside = bool(self._open and self._open[-1][1])
        if tag == "html" or (tag == "bdi" and known.get("lang") == "en"):
            return False
        return inside or tag in WRITTEN or known.get("dir") == "auto" or "lang" in known


def english(body: str) -> set[tuple[str, str]]:
    """What a page says in Latin letters, where nobody has written it."""
    found = set()
    for where, text in Page(body).said:
        rest = OWN.sub("", SIGNS.sub("", _ISOLATED.sub("", text)))
        if _ENGLISH.search(rest):
            found.add((where, text))
    return found


VALUES: dict[str, Any] = {"visit": None, "language": None}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    catalogues.compile_into(catalogues.LOCALES)
    with furnished.world(seed=5) as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIC_URL", BASE)
        yield made


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_every_page_speaks_its_readers_language_alone(world: World, language: str) -> None:
    owner, left = Browser(accepted=language).signed_in("owner"), dict[str, set[tuple[str, str]]]()
    for route in pages.read():
        for address in pages.addresses(route, world.ids):
            page = owner.get(address)
            if page.status == 303:
                page = owner.get(page.location.removeprefix(BASE))
            assert page.headers["content-language"] == language
            if found := english(page.body):
                left[address] = found
    assert left == {}


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_pages_that_say_no_speak_their_readers_language_too(world: World, language: str) -> None:
    owner = Browser(accepted=language).signed_in("owner")
    till = Browser(accepted=language).signed_in("counter", role="till")
    answers = [
        *(owner.get(one) for one in ("/console/nothing", "/console/customers/nobody", "/console/imports/none")),
        till.get("/console/audit"),
        owner.post("/console/tags", {}),
        owner.post("/console/me", {}, sec_fetch_site="cross-site", origin="https://evil.example"),
        Browser(accepted=language).get("/console/signed-in?error=x"),
        Browser(accepted=language).get("/console/signed-in?code=x&state=y"),
        Browser(accepted=language).get("/console/signed-out"),
    ]
    assert {200, 403, 404} <= {one.status for one in answers}
    for one in answers:
        assert english(one.body) == set(), one.status


def test_english_is_found_in_texts_and_in_what_is_read_out() -> None:
    assert english('<p title="Not said">x</p>') == {("p title", "Not said")}
    assert english("<p><bdi>Sara Khan</bdi> כתבה <span>pending</span></p>") == {("span", "pending")}
    assert english('<bdi lang="en">its parts are gone</bdi>')
    assert english("<p>הלקוחה \u2068Sara Khan\u2069 · XLSX</p><option lang=en>English</option>") == set()


CODES: tuple[tuple[str, str, Iterable[Any]], ...] = (
    ("audit/words.html", "by", ("machine", *(set(get_args(author.Way)) - {"staff", "customer"}))),
    ("customer/words.html", "relation", (*get_args(relations.Kind), "member", "branch", "referred")),
    ("customer/words.html", "role", get_args(relations.Role)),
    ("customer/words.html", "way", get_args(author.Way)),
    ("exports/words.html", "format", get_args(exports.Format)),
    ("exports/words.html", "state", get_args(exports.State)),
    ("exports/words.html", "what", get_args(exports.What)),
    ("fields/words.html", "type", get_args(own_fields.FieldType)),
    ("greetings/words.html", "event", get_args(greetings.Event)),
    ("greetings/words.html", "occasion", get_args(greetings.Occasion)),
    ("greetings/words.html", "rest", get_args(greetings.RestDays)),
    ("imports/words.html", "field", {one.name for kind in kinds._KINDS.values() for one in kind.fields}),
    ("imports/words.html", "kind", kinds.names()),
    ("imports/words.html", "result", get_args(deeds.Result)),
    ("imports/words.html", "state", get_args(imports.State)),
    ("inbox/words.html", "state", get_args(inbox.State)),
    ("keys/words.html", "state", get_args(keys.State)),
    ("mail_texts/words.html", "use", get_args(placeholders.Use)),
    ("merging/words.html", "reasons", [[one] for one in get_args(duplicates.Reason)]),
    ("merging/words.html", "why", get_args(merges.Why)),
    ("reminders/words.html", "state", get_args(reminders.State)),
    ("settings/words.html", "weekday", get_args(business.Weekday)),
    ("staff/words.html", "role", rules.policy().roles),
    ("webhooks/words.html", "event", get_args(webhooks.Event)),
    ("words.html", "kind", (*get_args(interactions.Kind), "purchase")),
    ("words.html", "purpose", purposes.PURPOSES),
    ("words.html", "why", tuple(Code)),
)
"""By the macro that says them the codes that the product can hold."""


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
@pytest.mark.parametrize(("template", "macro", "codes"), CODES, ids=[f"{one[0]} {one[1]}" for one in CODES])
def test_every_code_has_words(world: World, language: str, template: str, macro: str, codes: Iterable[Any]) -> None:
    say = getattr(rendering.environment(language).get_template(template).make_module(VALUES), macro)
    left = {str(code) for code in codes if not (said := str(say(code)).strip()) or english(f"<p>{said}</p>")}
    assert left == set()


def test_a_code_without_words_is_found(world: World) -> None:
    with pytest.raises(AssertionError, match="new_one"):
        test_every_code_has_words(world, "he", "words.html", "kind", ["call", "new_one"])
