"""Cells that a spreadsheet program would take for a formula: made harmless on the way out, and whole on the way in.

An apostrophe is put before them, which such programs take for "this is text" (OWASP, CSV Injection). What already looks
like a cell that was made harmless gets one more, so each cell comes back as it was: `unguarded(guarded(x)) == x`.
"""

import re

# What Excel, LibreOffice and Google Sheets skip before they look, and signs that they take for ASCII's.
_BEFORE = r"[\s\0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*"
_SIGNS = r"[=+\-@\t\r\n\0＝＋－＠﹢﹣﹦﹫−]"
_FORMULA = re.compile(rf"'*(?:[\t\r\n\0]|{_BEFORE}{_SIGNS})")
_GUARDED = re.compile(rf"'(?={_FORMULA.pattern})")


def guarded(cell: str) -> str:
    """The cell as text that no program calculates."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`; any other cell stays as it is."""
    return cell[1:] if _GUARDED.match(cell) else cell
