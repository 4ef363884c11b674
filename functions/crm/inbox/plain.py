"""What a mail says as plain text: HTML becomes text and is shown nowhere as HTML. Pure."""

import html
import re
import unicodedata
from collections.abc import Iterator

LONGEST = 20_000
_LARGEST_HTML = 300_000
_SILENT = frozenset({"head", "script", "style", "template", "title", "noscript"})
_BLOCKS = frozenset(
    {
        "address",
        "blockquote",
        "br",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "p",
        "table",
        "td",
        "tr",
        "ul",
    }
)
# Embeddings, overrides and isolates could turn round what stands beside them; others are not seen at all.
_HIDDEN = frozenset({*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0xFEFF})
_MOST_MARKS = 8
# Without a "<" inside, so that a page of nothing but those is gone through once.
_TAG = re.compile(r"(<[^<>]{0,2000}>)")
_NAME = re.compile(r"<\s*(/?)\s*([A-Za-z][A-Za-z0-9]*|[!?])")


def of_html(text: str) -> str:
    """The words of an HTML page, with a line for each block."""
    return clean("".join(_words(text[:_LARGEST_HTML])))


def clean(text: str, *, longest: int = LONGEST) -> str:
    """Text without control characters, hidden directions, piles of marks and rows of empty lines."""
    kept, marks = list[str](), 0
    for character in text.replace("\r\n", "\n").replace("\r", "\n")[: 4 * longest]:
        kind = unicodedata.category(character)
        marks = marks + 1 if kind == "Mn" else 0
        if character in "\n\t" or (
            kind not in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} and ord(character) not in _HIDDEN and marks <= _MOST_MARKS
        ):
            kept.append(character)
    lines = [" ".join(line.split()) for line in "".join(kept).split("\n")]
    said = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    return "\n".join(said).strip()[:longest]


def line(text: str, *, longest: int = 200) -> str:
    """The same on one line."""
    return " ".join(clean(text, longest=longest * 2).split())[:longest].strip()


def _words(page: str) -> Iterator[str]:
    """The words between the tags. A scanner of our own: the library's takes minutes for a page of open tags."""
    silent = 0
    for part in _TAG.split(page):
        tag = _NAME.match(part)
        if tag is None:
            if not silent:
                yield html.unescape(part.replace("\n", " "))
        elif tag[2].lower() in _SILENT:
            silent = max(0, silent + (-1 if tag[1] else 1))
        elif tag[2].lower() in _BLOCKS:
            yield "\n"
