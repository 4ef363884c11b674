"""The pages speak five languages, all of them wholly."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from jinja2 import FileSystemLoader, ModuleLoader
from jinja2.ext import i18n

from crm.access import rules
from crm.catalogues import wording
from crm.console import markup, rendering
from crm.console.sessions import Session
from crm.mail import languages
from infra.build import catalogues, code
from tests.console.browser import Browser
from tests.support.world import Api

# Of the templates, and of reasons; what stands in a path of the API is left out where nobody calls it.
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")
PATHS = re.compile(r"(?:GET|POST|PATCH|DELETE) /\S*")
# A sign of a vowel behind another one, or behind the sign that there is none.
VOWELS = re.compile("[\u09be-\u09cd\u093e-\u094d][\u09be-\u09cc\u093e-\u094c]")
FIRST = {"en": "My day", "ur": "میرا دن", "bn": "আমার দিন", "ne": "मेरो दिन", "he": "היום שלי"}


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_a_catalogue_says_all_that_the_pages_say_and_nothing_doubtful(language: str) -> None:
    said, known = catalogues.template(), catalogues.read(language)
    assert {one.id for one in said} == {one.id for one in known}, "run `make words`"
    assert list(catalogues.untranslated(known)) == []


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_a_translation_holds_the_places_of_what_it_translates(language: str) -> None:
    for message in catalogues.read(language):
        if message.id:
            said = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
            string = message.string or ""
            forms = string if isinstance(string, (list, tuple)) else (string,)
            there = {one for text in said for one in PLACES.findall(text)}
            wanted = {one for text in said for one in PLACES.findall(PATHS.sub("", text))}
            assert all(set(PLACES.findall(form)) <= there for form in forms), message.id
            assert wanted <= set(PLACES.findall(forms[-1])), message.id


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_no_letter_of_a_translation_bears_two_vowel_signs(language: str) -> None:
    # Bengali and Devanagari: a word that was put in the place of another had its ending.
    for message in catalogues.read(language):
        forms = message.string if isinstance(message.string, (list, tuple)) else (message.string or "",)
        assert not [form for form in forms if VOWELS.search(form)], message.id


def test_a_word_without_a_translation_is_found() -> None:
    catalogue = Catalog(locale="ur")
    catalogue.add("Said", "کہا")
    catalogue.add("Not said")
    catalogue.add("Guessed", "اندازہ", flags=["fuzzy"])
    catalogue.add(("One", "Many"), ("ایک", ""))
    assert list(catalogues.untranslated(catalogue)) == ["Not said", "Guessed", "('One', 'Many')"]


def test_a_sentence_of_the_policy_is_a_word_to_translate() -> None:
    added = {
        "permissions": {"customers": {"x": "May x."}, "everybody": {}, "business": {"y": "May y."}},
        "hideable": {"/z": "Z"},
        "roles": {"one": {"says": "Is one."}},
    }
    assert list(catalogues.sentences(added)) == ["May x.", "May y.", "Z", "Is one."]
    table, said = rules.policy(), {one.id for one in catalogues.template()}
    assert {*table.permissions.values(), *table.hideable.values(), *(one.says for one in table.roles.values())} <= said


@pytest.mark.parametrize(
    ("accepted", "language", "direction"),
    [
        ("ur-PK,ur;q=0.9,en;q=0.8", "ur", "rtl"),
        ("fr, he;q=0.5, en;q=0.4", "he", "rtl"),
        ("bn", "bn", "ltr"),
        ("ne-NP", "ne", "ltr"),
        ("fr", "en", "ltr"),
        ("", "en", "ltr"),
    ],
)
def test_the_browsers_language_is_spoken(manager: Browser, accepted: str, language: str, direction: str) -> None:
    manager.accepted = accepted
    page = manager.get("/console")
    assert FIRST[language] in page.text
    assert f' dir="{direction}"' in page.body
    assert page.headers["content-language"] == language


def test_the_language_that_somebody_chose_stays(manager: Browser) -> None:
    manager.accepted = "he"
    before = Session.read(manager.cookies)
    answer = manager.submit("/console", "/console/language", language="ne", to="/console?done=x")
    assert (answer.status, answer.location) == (303, "/console?done=x")
    assert FIRST["ne"] in manager.get("/console").text
    after = Session.read(manager.cookies)
    assert before
    assert after
    assert (before.number, before.until) == (after.number, after.until)


def test_no_language_but_ours_and_no_way_out_can_be_chosen(manager: Browser) -> None:
    assert manager.submit("/console", "/console/language", language="fr", to="/console").status == 400
    answer = manager.submit("/console", "/console/language", language="ur", to="https://evil.example/")
    assert answer.location == "/console"


def test_what_is_built_holds_the_catalogues_the_scripts_and_the_same_pages(
    tmp_path: Path, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    code.build(tmp_path)
    made = Api().post("/customers", {"name": "<b>'Sara' & \"Sons\"</b>"}).body
    call = {"kind": "call", "summary": "Asked <i>twice</i>"}
    assert Api().post(f"/customers/{made['id']}/interactions", call).status == 201
    _shows_the_same(manager, made["id"], tmp_path / "crm" / "console" / "compiled", monkeypatch)
    built_policy = json.loads((tmp_path / "crm" / "access" / "policy.json").read_bytes())
    assert rules.parsed(built_policy) == rules.policy()
    console = tmp_path / "crm" / "console"
    words = tmp_path / catalogues.LOCALES.relative_to(code.FUNCTIONS)
    assert {path.parts[-3] for path in words.glob("*/LC_MESSAGES/console.mo")} == set(catalogues.LANGUAGES)
    assert not list(tmp_path.rglob("*.po"))
    assert (console / "static" / "htmx.js").stat().st_size > 10_000
    for code_, direction in (("ur", "rtl"), ("en", "ltr")):
        _compares_compiled(console / "compiled" / code_, code_, direction)
    assert {path.name for path in (console / "compiled").iterdir()} == {"en", *catalogues.LANGUAGES}


def _shows_the_same(manager: Browser, customer_id: str, compiled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_all = ("", "/find?q=x", "/add", "/groups", "/new-group", "/settings", "/staff", "/roles", "/health", "/me")
    of_one = (f"/customers/{customer_id}", f"/customers/{customer_id}/edit?block=who")
    pages = (*of_all, *of_one)
    of_files = [_text(manager, page) for page in pages]
    with monkeypatch.context() as patch:
        patch.setattr(markup, "_COMPILED", compiled)
        rendering.environment.cache_clear()
        assert [_text(manager, page) for page in pages] == of_files
        assert isinstance(rendering.environment("en").loader, ModuleLoader)
    rendering.environment.cache_clear()


def _text(manager: Browser, page: str) -> str:
    """A page, but for what makes a form sent twice one."""
    answer = manager.get(f"/console{page}")
    assert answer.status == 200, page
    return re.sub(r'name="once" value="[^"]*"', "", answer.body)


def _compares_compiled(folder: Path, code: str, direction: str) -> None:
    """Each template is there as a module, and makes the same page in a language as its file does."""
    values: dict[str, Any] = {"visit": None, "slug": "x", "status": 404, "why": [], "language": languages.choose(code)}
    files = markup.environment(FileSystemLoader(markup.TEMPLATES), i18n)
    made = []
    for one in (markup.Templates(loader=ModuleLoader(folder), autoescape=True), files):
        environment = rendering.spoken(one, code)
        names = [str(path.relative_to(markup.TEMPLATES)) for path in markup.TEMPLATES.rglob("*.html")]
        assert all(environment.get_template(name) for name in names)
        made.append([environment.get_template(name).render(values) for name in ("error.html", "signed_out.html")])
    assert made[0] == made[1]
    assert f'dir="{direction}"' in made[0][0]


def test_style_and_scripts_are_kept_under_names_that_change_with_them(browser: Browser) -> None:
    page = browser.get("/console/signed-out").body
    for address in re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page):
        answer = browser.get(address)
        assert (answer.status, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert browser.get("/console/static/console.000000000000.css").status == 404
    assert browser.get("/console/static/..%2F..%2Fdoor.py").status == 404
    assert browser.get("/console/static/console.css").status == 404


def test_a_page_holds_no_script_and_no_style_of_its_own_and_nothing_from_elsewhere() -> None:
    for path in markup.TEMPLATES.glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(
            r"\son(?!ce=)\w+=|\sstyle=|<style|<script(?! src=)|javascript:|https?://|\|\s*safe", text
        ), path
        # Each form that changes something carries the session's token.
        assert text.count('method="post"') == text.count('name="csrf"'), path


def test_the_style_sheet_knows_no_left_and_no_right() -> None:
    sheet = (markup.TEMPLATES.parent / "static" / "console.css").read_text("utf-8")
    assert not re.search(r"(?<![a-z-])(left|right|margin-(left|right)|padding-(left|right))\s*[:;]", sheet)
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_english_is_what_the_templates_say() -> None:
    assert wording.words("en").gettext("My day") == "My day"


def test_a_reason_of_a_service_is_a_word_to_translate(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(
        'raise Conflict(Reason("at most {most} " "levels", most=3))\n'
        'x = Reason.meaning(f"{bad}!", "is bad", bad=bad)\ny = Reason(bad)\nz = N_("no word of ours")\n',
        "utf-8",
    )
    assert list(catalogues.reasons(tmp_path)) == ["at most {most} levels", "is bad"]
    assert "there is no group {one}" in {one.id for one in catalogues.template()}
