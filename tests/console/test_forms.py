"""Forms say beside each field what helps, and what is wrong with it, in the reader's language."""

from __future__ import annotations

import re

import pytest
from pydantic import BaseModel, ConfigDict

from crm.catalogues import wording
from crm.console import forms, rendering
from crm.console.asked import Page
from crm.core.errors import InvalidFields
from crm.core.reason import Reason

HOSTILE = "<b>'\"&{{7*7}}"


class Parcel(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    weight: int


def field(language: str = "en", **told: object) -> str:
    """A field as a page shows it."""
    environment = rendering.environment(language)
    template = environment.from_string('{% import "forms.html" as forms with context %}{{ forms.text(**told) }}')
    return template.render(told={"name": "name", "label": "Name", **told}, visit=None)


def test_what_a_schema_refuses_is_told_by_the_fields_of_the_form() -> None:
    with pytest.raises(InvalidFields) as refused:
        forms.checked(Parcel, {"weight": "much", "colour": "red"})
    assert forms.errors(refused.value) == {
        "name": "required; it is missing",
        "weight": "Input should be a valid integer, unable to parse string as an integer",
        "colour": "unknown field; remove it or check its spelling",
    }
    assert forms.checked(Parcel, {"name": "Box", "weight": "3"}) == Parcel(name="Box", weight=3)


def test_a_form_that_was_refused_is_shown_again_with_its_reasons() -> None:
    refused = InvalidFields.one("/consent/marketing", Reason("no"))
    again = forms.again(Page("x.html", {"name": "Box"}), refused)
    assert again.status == 422
    assert again.values == {"name": "Box", "errors": {"consent.marketing": "no"}}
    assert forms.errors(InvalidFields("all of it")) == {"": "all of it"}


def test_only_what_was_filled_in_counts() -> None:
    assert forms.filled({"name": " Box ", "note": "  ", "other": "x"}, ("name", "note", "gone")) == {"name": "Box"}


def test_a_field_is_tied_to_its_help_and_to_what_is_wrong() -> None:
    shown = field(value=HOSTILE, help=HOSTILE, error=f"no {HOSTILE}", required=True)
    assert HOSTILE not in shown
    assert shown.count("&lt;b&gt;") == 3
    described = re.findall(r'aria-describedby="([^"]+)"', shown)[0].split()
    assert described == ["name-wrong", "name-help"]
    assert all(f'id="{one}"' in shown for one in described)
    assert 'aria-invalid="true"' in shown
    assert " required" in shown
    assert "aria-" not in field()


@pytest.mark.parametrize("language", ["ur", "bn", "ne", "he"])
def test_known_reasons_are_told_in_the_readers_language_and_others_as_english(language: str) -> None:
    known = Reason("load the page anew")
    assert wording.words(language).gettext(known.template) in field(language, error=known)
    assert '<bdi lang="en">nobody translated this</bdi>' in field(language, error="nobody translated this")
