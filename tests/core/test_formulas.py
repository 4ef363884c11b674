"""No cell is a formula, and each comes back as it was."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm.core.formulas import guarded, unguarded

ALPHABET = "'=+-@\t\r\n \0\u200f\ufeff\u00ad＝＋－＠﹢﹣−a1\""
SIGNS = "=+-@＝＋－＠"


@given(st.one_of(st.text(ALPHABET, max_size=8), st.text(max_size=12)))
@example("'1'=")
def test_each_cell_comes_back(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", "\0", "\ufeff", "\u200f", "\u202e", "\u00a0", "'"])
@pytest.mark.parametrize("sign", SIGNS)
def test_what_a_program_would_calculate_begins_with_an_apostrophe(before: str, sign: str) -> None:
    assert guarded(f"{before}{sign}cmd|' /C calc'!A0") == f"'{before}{sign}cmd|' /C calc'!A0"


@pytest.mark.parametrize("cell", ["Sara", "0300", "", "O'Brien", "'tis", "a=b", "user@example.com", "سارہ"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert (guarded(cell), unguarded(cell)) == (cell, cell)
