"""By what a form is known again, and of what it was made: read in one way by all pages."""

from __future__ import annotations

import pytest

from crm.console import forms
from crm.core.errors import InvalidFields


def test_a_form_is_known_by_what_it_carries() -> None:
    assert forms.once({"once": "a"}) == "console a"
    assert forms.version({"version": "7"}) == forms.version({"into_version": "7"}, "into_version") == 7
    assert forms.number("0") == 0


@pytest.mark.parametrize("sent", ["", "x" * 41])
def test_without_a_mark_a_form_is_to_be_loaded_anew(sent: str) -> None:
    for form in ({"once": sent}, {}):
        with pytest.raises(InvalidFields) as refused:
            forms.once(form)
        # Of the form as such: nobody can put the field right.
        assert {name: str(why) for name, why in forms.errors(refused.value).items()} == {"": "load the page anew"}


@pytest.mark.parametrize("sent", ["", "x", "-1", " 1", "1.0", "²", "٣", "1" * 9, "9" * 5000])
def test_a_version_is_a_short_number_as_our_pages_write_it(sent: str) -> None:
    """Whatever else is sent never reaches `int`, which fails on very long numbers and takes any script's digits."""
    assert forms.number(sent) is None
    for form in ({"version": sent}, {}):
        with pytest.raises(InvalidFields):
            forms.version(form)
