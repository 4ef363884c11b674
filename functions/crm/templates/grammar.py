"""How a template's text is read: once, from left to right; `rules` says what can stand in it."""

import re
from collections.abc import Mapping

from crm.core.reason import BadValue, Reason
from crm.templates.rules import KEYWORDS, Node, Nodes, Number, Placeholder, Plural

MOST_PLACEHOLDERS = 40
_KINDS = ("plural", "selectordinal")
_BRACES = re.compile(r"([{}])")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}|custom\.[A-Za-z][A-Za-z0-9_]{0,39}")
_EXACTLY = re.compile(r"=[0-9]{1,4}")


class BadText(BadValue):
    """A text that cannot be read; its message says where, and what to do."""


def parse(text: str) -> Nodes:
    """The parts of a text in their order. Raises BadText."""
    pieces = _BRACES.split(text)  # text, brace, text, brace, … text
    if len(pieces) > 4 * MOST_PLACEHOLDERS:
        raise BadText(
            Reason(
                "has too many braces; at most {most} placeholders and cases fit",
                most=MOST_PLACEHOLDERS,
            )
        )
    nodes, end = _nodes(pieces, 0, in_case=False)
    if end < len(pieces):
        raise BadText(Reason("has a {brace} that closes nothing, after {near}", brace="}", near=_near(pieces[end - 1])))
    return nodes


def _nodes(pieces: list[str], place: int, *, in_case: bool) -> tuple[Nodes, int]:
    """The nodes from a text piece on, and the place of the brace that ends them (or the end)."""
    nodes: list[Node] = []
    while True:
        nodes += _literals(pieces[place], in_case=in_case)
        if place + 1 >= len(pieces) or pieces[place + 1] == "}":
            return tuple(nodes), place + 1
        node, place = _placeholder(pieces, place + 2, in_case=in_case)
        nodes.append(node)


def _literals(text: str, *, in_case: bool) -> list[Node]:
    if not in_case:
        return [text] if text else []
    found: list[Node] = []
    for place, part in enumerate(text.split("#")):
        found += ([Number()] if place else []) + ([part] if part else [])
    return found


def _placeholder(pieces: list[str], place: int, *, in_case: bool) -> tuple[Node, int]:
    """What stands after an opening brace, and the place of the text behind its end."""
    head = pieces[place]
    if place + 1 >= len(pieces):
        raise BadText(
            Reason("has a {brace} that is not closed in its paragraph: {near}", brace="{", near="{" + _near(head))
        )
    if pieces[place + 1] == "}":
        return _simple(head), place + 2
    if in_case:
        raise BadText(Reason("has a plural inside a plural at {near}; write two sentences", near="{" + _near(head)))
    return _plural(pieces, place)


def _simple(head: str) -> Placeholder:
    name, bar, fallback = head.partition("|")
    if "," in name:
        raise BadText(
            Reason(
                "has {near}: a plural needs cases, such as {example}", near=_in_braces(head), example="other {# times}"
            )
        )
    return Placeholder(_named(name, head), " ".join(fallback.split()) if bar else None)


def _plural(pieces: list[str], place: int) -> tuple[Plural, int]:
    head = pieces[place].rsplit(",", 2)
    kind = head[1].strip() if len(head) == 3 else ""
    if kind not in _KINDS:
        raise BadText(
            Reason(
                "has {near}; cases belong to {one} or {other}",
                near="{" + _near(pieces[place]) + "{",
                one="{name, plural, …}",
                other="{name, selectordinal, …}",
            )
        )
    name, bar, fallback = head[0].partition("|")
    cases: dict[str, Nodes] = {}
    key, closed = head[2], False
    while not closed:
        case = _case(key, cases)
        cases[case], end = _nodes(pieces, place + 2, in_case=True)
        if end + 2 >= len(pieces):
            raise BadText(
                Reason("has a plural that is not closed in its paragraph: {near}", near="{" + _near(pieces[place]))
            )
        key, closed, place = pieces[end + 1], pieces[end + 2] == "}", end + 1
    if key.strip():
        raise BadText(
            Reason(
                "has {near} after the last case of a plural; a case is {example} after its keyword",
                near=_near(key),
                example="{text}",
            )
        )
    if "other" not in cases:
        raise BadText(
            Reason("has a plural of {name} without the case other, which every language needs", name=name.strip())
        )
    read = Plural(_named(name, head[0]), " ".join(fallback.split()) if bar else None, kind == "selectordinal", cases)
    return read, place + 2


def _case(key: str, cases: Mapping[str, Nodes]) -> str:
    case = key.strip()
    if case not in KEYWORDS and not _EXACTLY.fullmatch(case):
        raise BadText(
            Reason(
                "has the case {case}; a case is one of {known}, or exact, such as =1",
                case=_near(case),
                known=", ".join(KEYWORDS),
            )
        )
    if case in cases:
        raise BadText(Reason("has the case {case} of a plural twice", case=case))
    return case


def _named(name: str, head: str) -> str:
    if not _NAME.fullmatch(name.strip()):
        raise BadText(
            Reason(
                "has {near}: a placeholder is a name of small letters, such as {example}",
                near=_in_braces(head),
                example="{name|dear friend}",
            )
        )
    return name.strip()


def _in_braces(head: str) -> str:
    return f"{{{_near(head)}}}"


def _near(text: str) -> str:
    return " ".join(text[:60].split())
