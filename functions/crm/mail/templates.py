"""Texts in files: one file per template and language, with named sections and named placeholders, nothing else.

    [subject]                       {name} is replaced by the value of that name, {name|friend} by "friend" without one.
    Happy birthday, {name|friend}!  A paragraph with a placeholder that has neither is left out.

There is no loop, condition, call or attribute: whatever stands in a value stays text.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "templates"
_SECTION = re.compile(r"^\[([a-z_]+)\]$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{([a-z_]+)(?:\|([^{}]*))?\}")


class UnknownPlaceholder(LookupError):
    """A template asks for a value that its kind of mail does not have."""


@lru_cache(maxsize=64)
def sections(name: str, code: str) -> Mapping[str, str]:
    """The sections of a template in one language, by their names."""
    parts = _SECTION.split((_FOLDER / name / f"{code}.txt").read_text(encoding="utf-8"))
    return {title: text.strip() for title, text in zip(parts[1::2], parts[2::2], strict=True)}


@lru_cache(maxsize=4)
def layout(name: str) -> str:
    """The HTML frame of that name."""
    return (_FOLDER / f"{name}.html").read_text(encoding="utf-8")


@lru_cache(maxsize=4)
def style(name: str) -> str:
    """The style sheet of that name."""
    return (_FOLDER / f"{name}.css").read_text(encoding="utf-8")


def placeholders(text: str) -> set[str]:
    """The names that a text asks for."""
    return {found[1] for found in _PLACEHOLDER.finditer(text)}


def fill(
    text: str,
    values: Mapping[str, str | None],
    *,
    value: Callable[[str], str] = str,
    literal: Callable[[str], str] = str,
) -> str:
    """The text with its placeholders replaced; `value` prepares what is inserted, `literal` what stands around it.

    Raises UnknownPlaceholder. Values are inserted once: a placeholder inside a value stays as it is.
    """
    parts: list[str] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        name, fallback = found[1], found[2] or ""
        if name not in values:
            raise UnknownPlaceholder(name)
        inserted = values[name]
        parts += [literal(text[end : found.start()]), value(inserted) if inserted else literal(fallback)]
        end = found.end()
    return "".join([*parts, literal(text[end:])])
