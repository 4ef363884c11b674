"""The frame of the pages behind the links in mails: no script, nothing from elsewhere, in the reader's language."""

import base64
import hashlib
import html
from dataclasses import dataclass

from crm.core.config import settings
from crm.mail import languages, plain_text, templates
from crm.mail.languages import Language

_TEXTS = "unsubscribe"


@dataclass(frozen=True)
class Page:
    """A page to answer with."""

    status: int
    body: str


def bad() -> Page:
    """The page for a link that we did not make, or no longer know."""
    return _own(404, "bad")


def later() -> Page:
    """The page when the store does not answer: nothing was changed. It asks the store for no language either."""
    return _own(503, "later")


def page(status: int, language: Language, *, title: str, body: str) -> Page:
    """A page of a title as text and a body as HTML."""
    parts = {
        "lang": language.code,
        "dir": language.direction,
        "style": _style(),
        "business": plain_text.markup(settings().business_name),
        "title": filled(title),
        "window": html.escape(templates.fill(title, {"business": settings().business_name})),
        "body": body,
    }
    return Page(status, templates.fill(templates.layout("page"), parts))


def paragraph(text: str) -> str:
    """A text of a template as a paragraph."""
    return f"<p>{filled(text)}</p>"


def filled(text: str) -> str:
    """A text of a template as HTML, with the name of the business in it."""
    business = {"business": settings().business_name}
    return templates.fill(text, business, value=plain_text.markup, literal=html.escape)


def button(text: str) -> str:
    """The button that sends a form."""
    return f'<button type="submit">{html.escape(text)}</button>'


def content_security_policy() -> str:
    """Nothing but our own style, and a form to ourselves."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    own = f"style-src 'sha256-{digest}'; form-action 'self'"
    return f"default-src 'none'; {own}; base-uri 'none'; frame-ancestors 'none'"


def _own(status: int, text: str) -> Page:
    language = languages.choose(settings().business_language)
    texts = templates.sections(_TEXTS, language.code)
    return page(status, language, title=texts[f"{text}_title"], body=paragraph(texts[text]))


def _style() -> str:
    return templates.style("page")
