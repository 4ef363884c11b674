"""How a mail looks: what the frame leaves open, since it depends on the language. Pure."""

import html
from collections.abc import Mapping

from crm.mail import plain_text
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


def button(text: str, link: str) -> str:
    """A link that looks like a button, also where mail programs take colours of their own."""
    style = "display:inline-block;padding:10px 22px;border-radius:6px;background:#9c4421;color:#ffffff;font-weight:bold"
    return f'<a class="button" href="{html.escape(link)}" style="{style};text-decoration:none">{html.escape(text)}</a>'


def typed(text: str, language: Language, *, style: str) -> str:
    """A paragraph of what somebody typed: with their line breaks, each line in the direction of its script."""
    lines = "<br>\n".join(value(line, language) for line in text.split("\n"))
    return f'<p class="typed" style="{style}">{lines}</p>'


def value(text: str, language: Language) -> str:
    """What is inserted, as HTML: set apart in its own direction."""
    # Latin letters and digits would be drawn by the font around them, and Nastaliq has heavy ones.
    is_latin = any(c.isascii() and c.isalnum() for c in text) and not plain_text.runs_right_to_left(text)
    font = f' style="font-family:{_FONTS}"' if language.code == "ur" and is_latin else ""
    return f'<bdi dir="auto"{font}>{html.escape(text)}</bdi>' if text else ""
