"""The frame that is committed is what its source compiles to, and is something that mail programs show."""

from __future__ import annotations

import re

import pytest

from crm.mail import templates
from infra.mail import frame


@pytest.mark.parametrize("name", ["mail.html", "mail_logo.html"])
def test_it_is_what_the_source_compiles_to(name: str) -> None:
    assert (frame.TARGETS / name).read_text("utf-8") == frame.compiled()[name], "run `make templates`"


@pytest.mark.parametrize("name", ["mail", "mail_logo"])
class TestFrame:
    def test_it_loads_nothing_from_elsewhere(self, name: str) -> None:
        page = re.sub(r'xmlns(:\w+)?="[^"]*"', "", templates.layout(name))
        assert not re.search(r"https?://|@import|<script|<link|url\(", page)

    def test_it_is_laid_out_by_tables_with_styles_beside_each_element(self, name: str) -> None:
        body = templates.layout(name).partition("<body")[2]
        assert body.count('role="presentation"') >= 3
        assert "<style" not in body

    def test_it_is_small_enough_for_programs_that_cut_mail_off(self, name: str) -> None:
        # Gmail cuts at 102 KB.
        assert len(templates.layout(name).encode()) < 12_000

    def test_it_turns_dark_with_the_reader(self, name: str) -> None:
        page = templates.layout(name)
        assert 'name="color-scheme" content="light dark"' in page
        assert "@media (prefers-color-scheme: dark)" in page
