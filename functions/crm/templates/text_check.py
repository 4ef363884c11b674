"""May a text be stored? Every mistake with the JSON pointer of its place and the remedy. Pure."""

from collections.abc import Iterator, Mapping

from crm.core.errors import FieldError
from crm.core.reason import Reason
from crm.templates import grammar, rules
from crm.templates.placeholders import Known
from crm.templates.rules import LANGUAGES, Nodes, Placeholder, Plural

MOST_LANGUAGES = 12
# Embeddings, overrides and isolates: inserted values are set apart by us, and these would reach beyond the text.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def problems(
    texts: Mapping[str, Mapping[str, str | None] | None], *, known: Mapping[str, Known], at: str = "/texts"
) -> tuple[FieldError, ...]:
    """What is wrong with the sections of each language tag; empty when nothing is. None: nothing is said."""
    found: list[FieldError] = []
    if len(texts) > MOST_LANGUAGES:
        found.append(FieldError(at, Reason("at most {most} languages", most=MOST_LANGUAGES)))
    for tag, sections in texts.items():
        if tag.partition("-")[0] not in LANGUAGES:
            spoken = ", ".join(LANGUAGES)
            remedy = Reason("mail is written in {spoken} and their regions, such as bn-BD", spoken=spoken)
            found.append(FieldError(f"{at}/{tag}", remedy))
        found += of_sections(sections or {}, known=known, at=f"{at}/{tag}")
    return tuple(found)


def of_sections(sections: Mapping[str, str | None], *, known: Mapping[str, Known], at: str) -> list[FieldError]:
    """What is wrong with a subject, heading and body."""
    found: list[FieldError] = []
    for section, text in sections.items():
        reasons = list(dict.fromkeys(_reasons(section, text, known))) if text else []
        found += [FieldError(f"{at}/{section}", reason) for reason in reasons]
    return found


def _reasons(section: str, text: str, known: Mapping[str, Known]) -> Iterator[Reason]:
    if set(text) & _DIRECTIONS:
        yield Reason(
            "holds hidden marks that turn the direction of writing; remove them: values are set apart without them"
        )
    if text.count("{") > grammar.MOST_PLACEHOLDERS:
        yield Reason("has too many braces; at most {most} placeholders and cases fit", most=grammar.MOST_PLACEHOLDERS)
        return
    for part in rules.paragraphs(text) if section == "body" else [text]:
        try:
            nodes = grammar.parse(part)
        except grammar.BadText as bad:
            yield bad.reason
            continue
        for node in rules.asked(nodes):
            yield from _of_placeholder(node, section, nodes, known)


def _of_placeholder(
    node: Placeholder | Plural, section: str, nodes: Nodes, known: Mapping[str, Known]
) -> Iterator[Reason]:
    value, shown = known.get(node.name), f"{{{node.name}}}"
    if value is None:
        has = ", ".join(sorted(known))
        yield Reason("asks for {name}, which this mail does not have; it has {has}", name=shown, has=has)
        return
    if isinstance(node, Plural) and value.kind != "number":
        yield Reason("has a plural of {name}, which is no number", name=shown)
    if value.may_be_missing and node.fallback is None:
        example = (
            f"{{{node.name}|dear friend}}" if isinstance(node, Placeholder) else f"{{{node.name}|some, plural, …}}"
        )
        yield Reason(
            "asks for {name}, which may be missing; say what stands there then, such as {example}",
            name=shown,
            example=example,
        )
    if section != "body" and value.may_be_missing and node.fallback == "":
        yield Reason("would be empty without {name}; only a paragraph of the body can be left out", name=shown)
    if value.kind == "lines" and (section != "body" or len(nodes) > 1):
        yield Reason(
            "has {name} beside other words; it holds several lines and needs a paragraph of its own", name=shown
        )
