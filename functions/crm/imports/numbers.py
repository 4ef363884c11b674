"""Numbers as people write them: which style a column has, and the exact number as text."""

import re
from collections.abc import Iterable

from crm.core import text
from crm.core.reason import BadValue, Reason
from crm.imports.reading import Guess, NumberStyle

_SIGNS = {"€": "EUR", "£": "GBP", "₪": "ILS", "৳": "BDT", "₹": "INR", "¥": "", "$": "", "﷼": "", "₨": ""}
_ABBREVIATED = re.compile(r"(?:rs\.?|रु\.?|रू\.?|টাকা|روپے|ر\.?|us\$|tk\.?|nrs\.?|/-|/=)", re.IGNORECASE)
_CODE = re.compile(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])")
_SPACES = re.compile("[\\s\u00a0\u202f\u2009'’]")
_NUMBER = {
    style: re.compile(rf"([+-]?)(\d+|\d{{1,3}}(?:{group}\d{{2,3}})*{group}\d{{3}})(?:{point}(\d+))?", re.ASCII)
    for style, group, point in (("point", ",", r"\."), ("comma", r"\.", ","))
}
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+", re.ASCII)
STYLES: dict[NumberStyle, str] = {"point": "1,234.50", "comma": "1.234,50"}


SHORTENED = Reason("was shortened by a spreadsheet program, and its last digits are lost")


class NotThatNumber(BadValue):
    """The text is no number in the style that its column has; the message says why."""


def is_scientific(value: str) -> bool:
    """Whether a program shortened a long number to 9.23E+11: digits of it are lost."""
    return bool(_SCIENTIFIC.fullmatch(text.ascii_digits(value).strip()))


def currency(value: str) -> str | None:
    """The currency (ISO 4217) that is written beside the number, where the sign can mean one only."""
    code = _CODE.search(value)
    return code[1] if code else next((known for sign, known in _SIGNS.items() if known and sign in value), None)


def fits(value: str) -> dict[NumberStyle, str]:
    """The numbers that the text may mean, by style."""
    bare = _bare(value)
    found = {style: _in_style(bare, style) for style in STYLES}
    return {style: number for style, number in found.items() if number is not None}


def read(value: str, *, style: NumberStyle | None) -> str:
    """The number with a point before its decimals. Raises NotThatNumber."""
    if is_scientific(value):
        raise NotThatNumber(SHORTENED)
    found = fits(value)
    if style is None and len(set(found.values())) == 1:
        return next(iter(found.values()))
    if style is None and found:
        raise NotThatNumber(Reason("can be two numbers: its mark parts thousands, or decimals"))
    if style not in found:
        raise NotThatNumber(
            Reason("is no number written as {styles}", styles=STYLES[style]) if style else Reason("is no number")
        )
    return found[style]


def guess(values: Iterable[str]) -> Guess[str]:
    """The style of a column; certain only if all values leave one."""
    found = [fits(value) for value in values]
    numbers = [fit for fit in found if fit]
    if not numbers:
        return Guess("", 1.0 if not found else 0.0, "no value is a number")
    left = [style for style in STYLES if all(style in fit for fit in numbers)]
    if not left:
        return Guess("point", 0.3, "some values fit only one style, and some only the other", ("comma",))
    if len(left) > 1 and any(len(set(fit.values())) > 1 for fit in numbers):
        return Guess("point", 0.5, "every value is a number in both styles", ("comma",))
    return Guess(left[0], round(0.9 + 0.1 * len(numbers) / len(found), 3), "all numbers of the column fit it")


def _bare(value: str) -> str:
    bare = text.ascii_digits(value).replace("−", "-").replace("\u200f", "").replace("\u200e", "")
    bare = _ABBREVIATED.sub("", _CODE.sub("", bare))
    bare = _SPACES.sub("", bare.translate({ord(sign): None for sign in _SIGNS}))
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1]
    return "-" + bare[:-1] if bare.endswith("-") else bare


def _in_style(bare: str, style: NumberStyle) -> str | None:
    # The marks of Arabic script say by themselves which is which.
    local = bare.replace("٬", "").replace("٫", ".") if {"٬", "٫"} & set(bare) else None
    found = _NUMBER["point" if local else style].fullmatch(local or bare)
    if not found:
        return None
    sign, whole, decimals = found.groups()
    digits = re.sub(r"\D", "", whole).lstrip("0") or "0"
    return ("-" if sign == "-" else "") + digits + (f".{decimals}" if decimals else "")
