"""The texts of templates: named placeholders, each with a fallback, and plurals in ICU's syntax. Nothing else, ever.

    {name|dear friend}                                        "dear friend" where no name is known
    {about|}                                                  without a value, its whole paragraph is left out
    {years, plural, one {a year} other {# years}}             by the rules of the language; # is the number
    {years|some time, plural, =1 {a year} other {# years}}    with a fallback; =1 for exactly one
    {years, selectordinal, one {#st} two {#nd} other {#th}}   ordinals

A text is read once, from left to right, in time that grows with its length; a case of a plural may hold simple
placeholders and no further plural. No part of a text reaches an engine: what is chosen and how a number looks is asked
for by name. Values are inserted once, so a placeholder inside a value stays text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

LANGUAGES = ("en", "ur", "bn", "ne", "he")
"""What is shipped is written in these, and so can the business's own texts be, in any of their regions."""
LAST_RESORT = "en"
KEYWORDS = ("zero", "one", "two", "few", "many", "other")
_BLANK_LINE = re.compile(r"\n(?:[ \t]*\n)+")


@dataclass(frozen=True)
class Placeholder:
    """Stands for a value. Without one: the fallback, or, where that is empty, nothing, and the paragraph goes."""

    name: str
    fallback: str | None = None


@dataclass(frozen=True)
class Number:
    """`#`: the number of the plural around it."""


@dataclass(frozen=True)
class Plural:
    """A choice between cases (`one`, `other`, `=3`, …) by a number."""

    name: str
    fallback: str | None
    is_ordinal: bool
    cases: Mapping[str, "Nodes"]


Node: TypeAlias = str | Placeholder | Number | Plural
Nodes: TypeAlias = tuple[Node, ...]


def paragraphs(body: str) -> list[str]:
    """The paragraphs of a body: parted by blank lines."""
    return [part for part in _BLANK_LINE.split(body.strip()) if part]


def asked(nodes: Nodes) -> list[Placeholder | Plural]:
    """Every placeholder and plural of a text, those inside cases as well."""
    found: list[Placeholder | Plural] = []
    for node in nodes:
        if isinstance(node, Placeholder):
            found.append(node)
        elif isinstance(node, Plural):
            found += [node, *(inner for case in node.cases.values() for inner in asked(case))]
    return found


def is_left_out(nodes: Nodes, values: Mapping[str, str]) -> bool:
    """Whether a paragraph has nothing to say: something in it has neither a value nor a fallback."""
    return any(not values.get(node.name) and not node.fallback for node in asked(nodes))


def fill(
    nodes: Sequence[Node],
    values: Mapping[str, str],
    *,
    choose: Callable[[Plural], str | None],
    value: Callable[[str], str] = str,
    literal: Callable[[str], str] = str,
    number: str = "",
) -> str:
    """The text with its values. `choose` names the case of a plural, None where its number is not known; `value`
    prepares what is inserted, `literal` what stands around it.
    """
    parts: list[str] = []
    for node in nodes:
        if isinstance(node, str):
            parts.append(literal(node))
        elif isinstance(node, Number):
            parts.append(value(number))
        elif isinstance(node, Plural) and (case := choose(node)) is not None:
            inner = node.cases[case]
            parts.append(fill(inner, values, choose=choose, value=value, literal=literal, number=values[node.name]))
        elif isinstance(node, Placeholder) and values.get(node.name):
            parts.append(value(values[node.name]))
        else:
            parts.append(literal(node.fallback or ""))
    return "".join(parts)
