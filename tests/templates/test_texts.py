"""The text format: what can be said in it, and what a hostile text costs, which is nothing."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from crm.mail import languages
from crm.templates import grammar, rules
from crm.templates.rules import Plural


def said(text: str, language: str = "en", **values: str | int) -> str:
    """A text with its values, in a language."""
    reader = languages.choose(language)
    shown = {name: languages.shown(one, reader) if isinstance(one, int) else one for name, one in values.items()}

    def choose(plural: Plural) -> str | None:
        number = values.get(plural.name)
        if not isinstance(number, int):
            return None
        return languages.case(number, plural.cases, is_ordinal=plural.is_ordinal, language=reader)

    return rules.fill(grammar.parse(text), shown, choose=choose)


class TestPlaceholders:
    def test_a_value_stands_in_its_place(self) -> None:
        assert said("Dear {name}, welcome to {business}!", name="Sunita", business="Himal") == (
            "Dear Sunita, welcome to Himal!"
        )

    @pytest.mark.parametrize("value", [{}, {"name": ""}])
    def test_its_fallback_stands_where_nothing_is_known(self, value: dict[str, str]) -> None:
        assert said("Dear {name|dear friend},", **value) == "Dear dear friend,"

    def test_a_placeholder_inside_a_value_stays_text(self) -> None:
        assert said("{name}", name="{business}", business="x") == "{business}"

    def test_an_apostrophe_quotes_nothing(self) -> None:
        assert said("{n, plural, other {it's '#' ''#'' '}}", n=2) == "it's '2' ''2'' '"


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("Dear {name", "not closed"),
            ("Dear name}", "closes nothing"),
            ("{}", "name of small letters"),
            ("{Name}", "name of small letters"),
            ("{name.__class__}", "name of small letters"),
            ("{name!r}", "name of small letters"),
            ("{0}", "name of small letters"),
            ("{{name}}", "cases belong to"),
            ("{name, upper}", "a plural needs cases"),
            ("{years, plural}", "a plural needs cases"),
            ("{years, plural, }", "a plural needs cases"),
            ("{years, plural, one {x}}", "without the case other"),
            ("{years, plural, other {x}", "not closed"),
            ("{years, plural, other {x", "not closed"),
            ("{years, plural, other {x} tail}", "after the last case"),
            ("{years, plural, other {x} other {y}}", "twice"),
            ("{years, plural, offset:1 other {x}}", "has the case"),
            ("{years, plural, =x {a} other {x}}", "has the case"),
            ("{years, plural, =१ {a} other {x}}", "has the case"),
            ("{years, select, a {x} other {y}}", "cases belong to"),
            ("{years, choice, 0 {x}}", "cases belong to"),
            ("{n, plural, other {{m, plural, other {x}}}}", "plural inside a plural"),
            ("{" * 5000, "too many braces"),
            ("{a}" * 5000, "too many braces"),
            ("{a, plural, " + "other {" * 3000, "too many braces"),
        ],
    )
    def test_it_is_refused_with_what_to_do(self, text: str, reason: str) -> None:
        with pytest.raises(grammar.BadText, match=reason):
            grammar.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "{" * 4000,
        "{a|" + " " * 4000,
        "{a|" + " ," * 2000 + "}",
        "{a," * 1300,
        "{a|" + " , plural" * 400 + ", other {x}}",
        "{a, plural, " + " " * 3900 + "other {x}}",
        "{a, plural, other {" + "#" * 3900 + "}}",
        "\n \t" * 1300,
        "\n" * 4000,
        "#" * 4000,
        "{a, plural, " + "".join(f"={n} {{x}}" for n in range(500)) + " other {x}}",
        "{a, plural, =" + "9" * 3900 + " {x} other {x}}",
        "}" * 4000,
        "'" * 4000,
        "\u202e{a}\u2066" * 500,
    ],
    ids=range(15),
)
def test_a_hostile_text_costs_nothing(text: str) -> None:
    began = time.process_time()
    for _ in range(20):
        for part in rules.paragraphs(text):
            with suppress(grammar.BadText):
                said(part, a=3)
    assert (time.process_time() - began) / 20 < 0.05


def test_paragraphs_are_parted_by_blank_lines_only() -> None:
    assert rules.paragraphs("a\nb\n\nc\n \t\n\n\nd\n") == ["a\nb", "c", "d"]
