"""A letter becomes text and HTML: the same paragraphs in both. Pure: all that it takes is passed in."""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from crm.mail import languages, looks, plain_text, templates
from crm.mail.languages import Language
from crm.templates import rules
from crm.templates.rules import Nodes, Placeholder, Plural

Ways: TypeAlias = tuple[tuple[str, str], ...]
"""Links at the foot: what they say and where they lead; the first is the way out."""


LINK = "link"
"""The value that leads to a page of the reader's own: a paragraph of its own is a button."""


@dataclass(frozen=True)
class Letter:
    """The parts of a mail. `values`: as they are shown; `numbers`: what plurals go by; `blocks`: values with lines.

    `why`, `ways` and `address` stand at the foot; a way is what a link says and where it leads.
    """

    language: Language
    subject: Nodes
    heading: Nodes
    body: tuple[Nodes, ...]
    values: Mapping[str, str]
    numbers: Mapping[str, int]
    blocks: frozenset[str]
    why: str
    ways: Ways
    # What is written on the button behind which the link of the mail lies.
    open_link: str
    label: str | None
    signature: str | None
    address: str | None
    logo_url: str | None

    @property
    def paragraphs(self) -> list[Nodes]:
        """What is said: without the paragraphs that would say nothing."""
        return [part for part in self.body if not rules.is_left_out(part, self.values)]


def subject(letter: Letter, *, longest: int) -> str:
    """The subject on one line, behind the label that the law wants before advertising."""
    said = " ".join(_plain(letter.subject, letter).split())
    return plain_text.shortened(f"{letter.label} {said}" if letter.label else said, longest=longest)


def text(letter: Letter) -> str:
    """The whole letter as plain text."""
    said = [_plain(part, letter) for part in (letter.heading, *letter.paragraphs)]
    signed = [_lines(letter.signature, letter)] if letter.signature else []
    ways = [f"{label}: {link}" for label, link in letter.ways]
    foot = [_foot_line(letter, plain=True), *ways, *([_lines(letter.address, letter)] if letter.address else [])]
    return "\n\n".join([*said, *signed, "-- \n" + "\n".join(foot)]) + "\n"


def spoken(letter: Letter) -> str:
    """What is said, without what only a letter has: to be read out by whoever calls."""
    return "\n\n".join(_plain(part, letter) for part in (letter.heading, *letter.paragraphs))


def page(letter: Letter, *, title: str) -> str:
    """The whole letter as HTML for mail programs."""
    paragraphs = [_paragraph(part, letter) for part in letter.paragraphs]
    signed = [looks.typed(letter.signature, letter.language, style=looks.PARAGRAPH)] if letter.signature else []
    parts = {
        **looks.of(letter.language),
        "title": html.escape(title),
        "heading": _markup(letter.heading, letter),
        "body": "\n".join([*paragraphs, *signed]),
        "foot": "\n".join(_foot(letter)),
        "logo": html.escape(letter.logo_url or ""),
        "logo_alt": html.escape(letter.values["business"]),
    }
    return templates.fill(templates.layout("mail_logo" if letter.logo_url else "mail"), parts)


def _foot(letter: Letter) -> list[str]:
    parts = [looks.paragraph(_foot_line(letter, plain=False), style=looks.SMALL)]
    for label, link in letter.ways:
        way = f'<a href="{html.escape(link)}" style="color:inherit">{html.escape(label)}</a>'
        parts.append(looks.paragraph(way, style=looks.SMALL))
    if letter.address:
        parts.append(looks.typed(letter.address, letter.language, style=looks.SMALL))
    return parts


def _foot_line(letter: Letter, *, plain: bool) -> str:
    business = letter.values["business"]
    if plain:
        one = plain_text.isolated(business, direction=letter.language.direction)
        return templates.fill(letter.why, {"business": one})
    return templates.fill(
        letter.why, {"business": business}, value=partial(looks.value, language=letter.language), literal=html.escape
    )


def _paragraph(part: Nodes, letter: Letter) -> str:
    if _is_link(part):
        button = looks.button(letter.open_link, letter.values[LINK])
        return looks.paragraph(button, style=looks.PARAGRAPH)
    typed = [node.name for node in part if isinstance(node, Placeholder) and node.name in letter.blocks]
    if typed and len(part) == 1:
        return looks.typed(letter.values[typed[0]], letter.language, style=looks.quoted(letter.language))
    return looks.paragraph(_markup(part, letter), style=looks.PARAGRAPH)


def _is_link(part: Nodes) -> bool:
    return len(part) == 1 and isinstance(part[0], Placeholder) and part[0].name == LINK


def _plain(nodes: Nodes, letter: Letter) -> str:
    if _is_link(nodes):
        # Mail programs take a mark of direction behind an address for a part of it.
        return letter.values[LINK]
    among = "".join(node for node in nodes if isinstance(node, str))
    return _filled(nodes, letter, value=partial(_lines, letter=letter, among=among))


def _lines(typed: str, letter: Letter, among: str = "") -> str:
    """What somebody typed: every line has a direction of its own."""
    apart = partial(plain_text.isolated, direction=letter.language.direction, among=among)
    return "\n".join(apart(line) if line else "" for line in typed.split("\n"))


def _markup(nodes: Nodes, letter: Letter) -> str:
    def literal(one: str) -> str:
        return html.escape(one).replace("\n", "<br>\n")

    return _filled(nodes, letter, value=partial(looks.value, language=letter.language), literal=literal)


def _filled(nodes: Nodes, letter: Letter, *, value: Callable[[str], str], literal: Callable[[str], str] = str) -> str:
    def choose(plural: Plural) -> str | None:
        number = letter.numbers.get(plural.name)
        if number is None:
            return None
        return languages.case(number, plural.cases, is_ordinal=plural.is_ordinal, language=letter.language)

    return rules.fill(nodes, letter.values, choose=choose, value=value, literal=literal)
