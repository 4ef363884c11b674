"""The pages on which customers ask about their own data, and those behind the links that they are mailed.

Looking changes nothing, since mail scanners follow links. Behind a link of any mail of ours one can only ask.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qs

from crm.core import clock
from crm.core.config import settings
from crm.core.errors import LimitReached, NotFound
from crm.customers import service as customer_service
from crm.mail import languages, links, public_page, templates
from crm.mail.languages import Language
from crm.mail.public_page import Page
from crm.privacy import person, person_page, requests
from crm.privacy.person_page import TEXTS
from crm.privacy.requests import KINDS, Opened

_LARGEST_FORM = 200


@dataclass(frozen=True)
class Copy:
    """All that is kept of a person, as a page or as JSON."""

    body: str
    is_page: bool


def ask(token: str) -> Page:
    """The page behind a link: what one can ask for, or what a mailed link is good for."""
    opened = requests.read(token)
    if opened:
        return _offer(opened)
    language = _reader(token)
    if language is None:
        return _over()
    texts = templates.sections(TEXTS, language.code)
    buttons = "".join(_form("ask", what, texts[f"{what}_button"]) for what in KINDS)
    return public_page.page(200, language, title=texts["title"], body=public_page.paragraph(texts["intro"]) + buttons)


def act(token: str, *, form: str) -> Page | Copy:
    """Do what a form asks for (`ask=data`, `show=page`, `forget=yes`); anything else shows the page again."""
    given = {name: values[-1] for name, values in parse_qs(form[:_LARGEST_FORM]).items()}
    opened = requests.read(token)
    if opened and opened.asked.what == "data" and given.get("show") in ("page", "file"):
        return _copy(opened, as_page=given["show"] == "page")
    if opened and opened.asked.what == "erasure" and given.get("forget") == "yes":
        requests.confirm(opened)
        return _said(_language(opened), "confirmed")
    language = None if opened else _reader(token)
    if language is None or given.get("ask") not in KINDS:
        return ask(token)
    link = links.read(token)
    # The answer is the same whether we have an address or not, and whether a link is under way already.
    with suppress(NotFound, LimitReached):
        requests.ask(customer_id=link.customer_id if link else "", what="data" if given["ask"] == "data" else "erasure")
    return _said(language, "asked")


def _offer(opened: Opened) -> Page:
    language = _language(opened)
    texts = templates.sections(TEXTS, language.code)
    if opened.asked.what == "data":
        buttons = _form("show", "page", texts["page_button"]) + _form("show", "file", texts["file_button"])
        title, text = texts["open_title"], texts["open"]
    elif opened.asked.state != "mailed":
        return _said(language, "confirmed")
    else:
        buttons, title, text = _form("forget", "yes", texts["confirm_button"]), texts["confirm_title"], texts["confirm"]
    return public_page.page(200, language, title=title, body=public_page.paragraph(text) + buttons)


def _copy(opened: Opened, *, as_page: bool) -> Page | Copy:
    if not requests.count_opening(opened):
        return _said(_language(opened), "often", status=429)
    contents = person.collect(opened.asked.customer_id)
    if as_page:
        return Copy(person_page.page(contents), is_page=True)
    said = {"id": opened.asked.customer_id, "exported_at": clock.stamp(), "contents": contents}
    return Copy(json.dumps(said, ensure_ascii=False, indent=1), is_page=False)


def _reader(token: str) -> Language | None:
    """The language of whom a link in any mail of ours was made for; None for other links, and where nobody is left."""
    link = links.read(token)
    if link is None:
        return None
    try:
        profile = customer_service.get(customer_id=link.customer_id)
    except NotFound:
        return None
    return languages.choose(profile.language, settings().business_language)


def _language(opened: Opened) -> Language:
    return languages.choose(opened.profile.language, settings().business_language)


def _over() -> Page:
    return _said(languages.choose(settings().business_language), "over", status=410)


def _said(language: Language, text: str, *, status: int = 200) -> Page:
    texts: Mapping[str, str] = templates.sections(TEXTS, language.code)
    return public_page.page(status, language, title=texts[f"{text}_title"], body=public_page.paragraph(texts[text]))


def _form(name: str, value: str, text: str) -> str:
    hidden = f'<input type="hidden" name="{name}" value="{value}">'
    return f'<form method="post">{hidden}{public_page.button(text)}</form>'
