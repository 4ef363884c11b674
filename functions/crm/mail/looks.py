"""How a mail looks: what the frame leaves open, since it depends on the language. Pure."""

import html
from collections.abc import Mapping

from crm.mail.languages import Language

_FONTS = (
    "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans Bengali','Noto Sans Devanagari',"
    "'Noto Sans Hebrew',sans-serif"
)
_LOOKS = {
    "font": _FONTS,
    "size": "17px",
    "leading": "1.65",
    "heading_size": "25px",
    "heading_leading": "1.35",
    "small": "13px",
}
# Nastaliq hangs its words from a slope: lines at the usual distance would run into each other.
_NASTALIQ = {
    "font": f"'Noto Nastaliq Urdu','Jameel Noori Nastaleeq','Urdu Typesetting',{_FONTS}",
    "leading": "2.2",
    "heading_leading": "2",
    "small": "14px",
}
PARAGRAPH = "margin:0 0 18px"
SMALL = "margin:0 0 6px"


def of(language: Language) -> Mapping[str, str]:
    """The open places of the frame that depend on the language alone."""
    start = "right" if language.direction == "rtl" else "left"
    direction = {"lang": language.code, "dir": language.direction, "start": start}
    return {**_LOOKS, **(_NASTALIQ if language.code == "ur" else {}), **direction}


def quoted(language: Language) -> str:
    """The style of what somebody typed, with a rule at the side where a line begins."""
    side = "right" if language.direction == "rtl" else "left"
    # Mail programs know the physical sides only.
    return f"{PARAGRAPH};border-{side}:3px solid #d9c7b4;padding-{side}:14px"


def paragraph(markup: str, *, style: str) -> str:
    """A paragraph of what is HTML already."""
    return f'<p style="{style}">{markup}</p>'


def typed(text: str, *, style: str) -> str:
    """A paragraph of what somebody typed: with their line breaks, in the direction of their script."""
    lines = "<br>\n".join(html.escape(line) for line in text.split("\n"))
    return f'<p class="typed" dir="auto" style="{style}">{lines}</p>'
