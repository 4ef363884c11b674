"""Whatever text was taken goes out as text: in pages and mails, in subjects, in files for spreadsheets, in the log."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from zipfile import ZipFile

import pytest

from crm.core import files, formulas
from crm.mail import looks, plain_text
from crm.mail.links import Link, token
from crm.privacy import person_page
from tests.security import furnished, hostile
from tests.security.failures.lists import FIELDS, harmless
from tests.security.failures.mails import _Trusting, written
from tests.security.furnished import OWNER, World
from tests.support.visitor import visit

LANGUAGES = ("en", "ur")
NEUTRAL = ("Plain Words", "سادہ الفاظ", "two\nlines")
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def furnished_shop() -> Iterator[World]:
    with furnished.world(seed=4) as made:
        yield made


@pytest.fixture
def world(furnished_shop: World) -> World:
    furnished_shop.restored()
    return furnished_shop


@dataclass
class Read(HTMLParser):
    """A page as a browser takes it: its elements with the names of their attributes, its addresses, its text."""

    elements: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.addresses |= {str(value) for name, value in attrs if name in {"href", "src", "action", "style"}}

    def handle_comment(self, data: str) -> None:
        self.elements.add((f"comment {data[:30]}", ()))

    def handle_decl(self, decl: str) -> None:
        self.elements.add((f"declaration {decl[:30]}", ()))

    def handle_pi(self, data: str) -> None:
        self.elements.add((f"instruction {data[:30]}", ()))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Read:
    found = Read()
    found.feed(page)
    found.close()
    return found


def bare(text: str) -> str:
    """A text without what may go from it in a mail: marks of direction, spaces and ends of lines."""
    return "".join(one for one in text if unicodedata.category(one) not in {"Cc", "Cf", "Zs", "Zl", "Zp"})


def taken(world: World, every: int) -> list[str]:
    """The texts that a customer's address can be, which takes the most; each so-manieth."""
    path = f"/customers/{world.ids['customer_id'][0]}"
    found = []
    for text in hostile.strings()[::every]:
        answer = world.api.patch(path, {"address": text}, headers={"if-match": "*"}, **OWNER)
        found += [answer.body["address"]] if answer.status == 200 and answer.body["address"] else []
    return found


def shown(world: World, text: str, language: str) -> dict[str, Any] | None:
    """A mail to somebody of this name; None where nobody can be called so."""
    asked = {"language": language, "values": {"name": text}}
    answer = world.api.post("/templates/gift/preview", asked, **OWNER)
    assert answer.status in {200, 400, 413, 422}, answer.status
    return answer.body if answer.status == 200 else None


def mail_faults(world: World, texts: Iterable[str]) -> list[str]:
    """In which mails a text is more than text."""
    wrong: list[str] = []
    for language in LANGUAGES:
        plain = [read(shown(world, one, language)["html"]) for one in NEUTRAL]  # type: ignore[index]
        elements = set().union(*(one.elements for one in plain))
        addresses = set().union(*(one.addresses for one in plain))
        for text in texts:
            mail = shown(world, text, language)
            wrong += [] if mail is None else _of_mail(text, mail, elements, addresses)
    return wrong


def _of_mail(text: str, mail: dict[str, Any], elements: set[Any], addresses: set[str]) -> Iterator[str]:
    page = read(mail["html"])
    if not (page.elements <= elements and page.addresses <= addresses):
        yield f"{text[:60]!a} makes {page.elements - elements or page.addresses - addresses}"
    if any(unicodedata.category(one) in {"Cc", "Zl", "Zp"} for one in mail["subject"]) or len(mail["subject"]) > 200:
        yield f"{text[:60]!a} in the subject {mail['subject'][:80]!a}"
    for where, said in (("text", mail["text"]), ("page", page.text)):
        if bare(text)[:40] not in bare(said):
            yield f"{text[:60]!a} is not in the {where}"


def test_in_a_mail_every_text_is_text(world: World, every: int) -> None:
    texts = hostile.strings()[::every]
    assert sum(shown(world, text, "en") is not None for text in texts) > 300 / every
    assert mail_faults(world, texts) == []


def test_a_mail_that_trusts_what_it_is_told_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    some = hostile.by_class()["markup"][:8]
    monkeypatch.setattr(looks, "html", _Trusting())
    assert len(mail_faults(world, some)) >= len(some)


def page_faults(world: World, texts: list[str]) -> list[str]:
    """What texts make of the page with all that is kept of somebody."""
    customer = world.ids["customer_id"][2]
    path = f"/customers/{customer}"

    def page(some: list[str]) -> str:
        for text in some:
            told = {"kind": "note", "summary": text}
            assert world.api.post(f"{path}/interactions", told, **OWNER).status in {201, 400, 413, 422}
        return str(world.api.get(f"{path}/export/page", **OWNER).body)

    plain, all_told = read(page(list(NEUTRAL))), read(page(texts))
    wrong = [f"made {one}" for one in (all_told.elements - plain.elements) | (all_told.addresses - plain.addresses)]
    told = bare(all_told.text)
    missing = [text for text in texts if bare(text)[:40] not in told]
    return wrong + [f"{text[:60]!a} is not in it" for text in missing]


def test_in_the_page_of_all_that_is_kept_every_text_is_text(
    world: World, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = taken(world, every)
    assert len(texts) > 300 / every
    assert page_faults(world, texts) == []
    monkeypatch.setattr(person_page, "html", _Trusting())
    assert page_faults(world, list(hostile.by_class()["markup"][:3])) != []


def questionnaire(world: World, text: str) -> str | None:
    """The public page of a questionnaire whose words are a text; None where it cannot have it."""
    asked = {"id": "wish", "kind": "text", "label": {"en": text}, "about": {"en": text}}
    told = {"title": {"en": text}, "intro": {"en": text}, "questions": [asked]}
    made = world.api.post("/questionnaires", told, **OWNER)
    assert made.status in {201, 400, 413, 422}, made.status
    if made.status != 201:
        return None
    link = world.api.post(f"/questionnaires/{made.body['id']}/links", {}, **OWNER).body["url"]
    return str(visit("GET", link.removeprefix("https://crm.example"))["body"])


def test_in_a_public_page_every_text_is_text(world: World, every: int) -> None:
    plain = questionnaire(world, NEUTRAL[0])
    assert plain is not None
    known, shown_pages = read(plain), 0
    for text in hostile.strings()[:: 2 * every]:
        page = questionnaire(world, text)
        if page is None:
            continue
        found, shown_pages = read(page), shown_pages + 1
        assert found.elements <= known.elements, (text, found.elements - known.elements)
        assert bare(text)[:40] in bare(found.text), text
    assert shown_pages > 120 / every


def test_no_text_of_an_address_or_a_form_gets_into_a_public_page(world: World) -> None:
    good = f"/preferences/{token(Link(world.ids['customer_id'][0], 'greeting'))}"
    plain = read(visit("GET", good)["body"]).elements | read(visit("GET", "/preferences/x")["body"]).elements
    for text in hostile.strings()[::8]:
        if hostile.is_no_text(text):
            continue
        for answer in (
            visit("GET", f"/preferences/{text[:500]}"),
            visit("POST", good, raw=f"greeting={text}&marketing={text}", headers=FORM),
            visit("POST", good, raw=text, headers=FORM),
        ):
            assert answer["status"] < 500, (text, answer)
            assert read(answer["body"]).elements <= plain, text


def test_in_a_file_for_spreadsheets_no_text_is_calculated(world: World, every: int) -> None:
    texts = taken(world, every)
    for place in range(0, len(texts), len(FIELDS)):
        some = dict(zip(FIELDS, texts[place : place + len(FIELDS)], strict=False))
        answer = world.api.post("/customers", {"name": f"Row {place}", **some}, **OWNER)
        assert answer.status in {201, 422}, answer
        if answer.status == 422:
            # Other fields are shorter than an address.
            some = {"address": some["address"]} if "address" in some else {"address": texts[place]}
            assert world.api.post("/customers", {"name": f"Row {place}", **some}, **OWNER).status == 201
    world.cloud.settle()
    for form in ("csv", "xlsx"):
        made = world.api.post("/exports", {"what": "customers", "format": form}, **OWNER)
        world.cloud.settle()
        file = files.get(f"exports/{made.body['id']}/file.{form}")
        if form == "csv":
            rows = list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))
            cells = [cell for row in rows for cell in row]
            harmless(cells)
            assert len({len(row) for row in rows}) == 1
            kept = {formulas.unguarded(cell) for cell in cells}
            assert len(kept & set(texts)) > 200 / every
        else:
            assert b"<f>" not in _sheets(file)


def _sheets(file: bytes) -> bytes:
    with ZipFile(io.BytesIO(file)) as packed:
        return b"".join(packed.read(name) for name in packed.namelist() if "sheet" in name)


def test_a_text_on_one_line_is_one_line() -> None:
    for text in hostile.strings():
        assert len(plain_text.line(text).splitlines()) <= 1, text[:60]


def test_the_log_has_one_line_for_each_thing_that_is_said(world: World) -> None:
    def work() -> None:
        for text in hostile.strings()[::5]:
            world.api.get("/customers", query={"search": text}, **OWNER)
            world.api.get(f"/customers/{text[:300]}", **OWNER)
            world.api.post("/customers", {"name": text, text: text}, **OWNER)
            visit("GET", f"/unsubscribe/{text[:300]}")

    for line in written(world, work):
        assert len(line) < 8_000
        assert isinstance(json.loads(line), dict)
