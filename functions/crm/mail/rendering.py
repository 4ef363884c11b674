"""A mail from a draft: subject, text and HTML in the reader's language. All that is inserted stays text."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from crm.core.config import settings
from crm.mail import languages, links, plain_text, templates, unsubscribe
from crm.mail.languages import Language
from crm.mail.links import Link
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft

LONGEST_SUBJECT = 200
# Paragraphs of their own, with the line breaks of whoever typed them.
_BLOCKS = frozenset({"message"})


@dataclass(frozen=True)
class Rendered:
    """A mail as it is handed over."""

    subject: str
    text: str
    html: str
    language: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class _Letter:
    """The parts of a mail before they become text or HTML."""

    language: Language
    values: Mapping[str, str | None]
    heading: str
    paragraphs: list[str]
    why: str
    stop: str
    link: str | None
    choose: str
    choices: str | None


def render(draft: Draft, recipient: Recipient) -> Rendered:
    """The mail of a draft. Raises UnknownPlaceholder; reads the signing key for the link of a customer's mail."""
    language = languages.choose(recipient.language, settings().business_language)
    sections = templates.sections(draft.template, language.code)
    footer = templates.sections("footer", language.code)
    values = _values(draft, recipient, language)
    to_customer = recipient.kind == "customer"
    whose = Link(recipient.id, draft.purpose) if to_customer else None
    link, choices = (links.unsubscribe(whose), links.preferences(whose)) if whose else (None, None)
    paragraphs = [part for part in sections["body"].split("\n\n") if templates.has_all(part, values)]
    why = footer[draft.purpose if to_customer else "staff"]
    ways = (footer["unsubscribe"], link, footer["preferences"], choices)
    letter = _Letter(language, values, sections["heading"], paragraphs, why, *ways)
    subject = plain_text.shortened(_plain(sections["subject"], letter), longest=LONGEST_SUBJECT)
    headers = {"Content-Language": language.code, **(unsubscribe.headers(link) if link else {})}
    return Rendered(subject, _text(letter), _html(letter, subject), language.code, headers)


def _values(draft: Draft, recipient: Recipient, language: Language) -> dict[str, str | None]:
    given = {"name": recipient.name, "business": settings().business_name, **draft.values}
    return {
        name: (plain_text.lines if name in _BLOCKS else plain_text.line)(_shown(value, language))
        for name, value in given.items()
    }


def _shown(value: str | date | datetime | time | None, language: Language) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else languages.shown(value, language)


def _plain(text: str, letter: _Letter) -> str:
    direction = letter.language.direction
    return templates.fill(text, letter.values, value=lambda one: plain_text.isolated(one, direction=direction))


def _text(letter: _Letter) -> str:
    body = [_plain(part, letter) for part in (letter.heading, *letter.paragraphs)]
    foot = [_plain(letter.why, letter), *(f"{text}: {address}" for text, address in _ways(letter))]
    return "\n\n".join([*body, "-- \n" + "\n".join(foot)]) + "\n"


def _html(letter: _Letter, subject: str) -> str:
    ways = (f'<p><a href="{html.escape(address)}">{html.escape(text)}</a></p>' for text, address in _ways(letter))
    parts = {
        "lang": letter.language.code,
        "dir": letter.language.direction,
        "title": html.escape(subject),
        "heading": _markup(letter.heading, letter),
        "body": "\n".join(_paragraph(part, letter) for part in letter.paragraphs),
        "why": _markup(letter.why, letter),
        "stop": "\n".join(ways),
    }
    return templates.fill(templates.layout("mail"), parts)


def _ways(letter: _Letter) -> list[tuple[str, str]]:
    """The links at the end: what they say and where they lead."""
    ways = ((letter.stop, letter.link), (letter.choose, letter.choices))
    return [(text, address) for text, address in ways if address]


def _paragraph(part: str, letter: _Letter) -> str:
    if part.strip("{}") in _BLOCKS:
        typed = str(letter.values[part.strip("{}")]).split("\n")
        return '<p class="typed" dir="auto">' + "<br>\n".join(html.escape(one) for one in typed) + "</p>"
    return f"<p>{_markup(part, letter)}</p>"


def _markup(text: str, letter: _Letter) -> str:
    def literal(one: str) -> str:
        return html.escape(one).replace("\n", "<br>\n")

    return templates.fill(text, letter.values, value=plain_text.markup, literal=literal)
