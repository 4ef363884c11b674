"""Tables of the pages on a screen that is narrower than they are."""

from __future__ import annotations

import re

from crm.console.markup import TEMPLATES

SOURCES = {str(path.relative_to(TEMPLATES)): path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")}


def test_rows_of_every_table_become_blocks_where_there_is_no_room() -> None:
    found = [(name, tag) for name, text in SOURCES.items() for tag in re.findall(r"<table[^>]*>", text)]
    assert found
    assert [one for one in found if "stacks" not in one[1]] == []


def test_a_figure_says_of_what_it_is_where_the_head_is_not_seen() -> None:
    found = [(name, tag) for name, text in SOURCES.items() for tag in re.findall(r'<td class="figure"[^>]*>', text)]
    assert found
    assert [one for one in found if "data-label" not in one[1]] == []


def test_no_table_is_laid_out_as_a_row_of_a_form() -> None:
    # The heads would stand over other columns than theirs.
    found = [(name, tag) for name, text in SOURCES.items() for tag in re.findall(r"<table[^>]*>", text)]
    assert [one for one in found if re.search(r'["\s](inline|row|columns)["\s]', one[1])] == []
