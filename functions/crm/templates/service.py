"""Which templates there are, and the words of one in a reader's language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crm.core.errors import InvalidFields, NotFound
from crm.own_fields import service as own_field_service
from crm.templates import grammar, placeholders, shipped, text_check
from crm.templates.models import Template
from crm.templates.placeholders import PLACEHOLDERS, Known, Use
from crm.templates.rules import LAST_RESORT, Nodes, paragraphs

Sections = Mapping[str, str]
SECTIONS = ("subject", "heading", "body")


@dataclass(frozen=True)
class Words:
    """A template in one language, read: `tag` is the language it was found in, `version` 0 the shipped one."""

    name: str
    version: int
    use: Use
    tag: str
    subject: Nodes
    heading: Nodes
    body: tuple[Nodes, ...]


def names() -> list[str]:
    """The names of all templates that can be used now, shipped and own."""
    own = [one.name for one in Template.read_all() if not one.removed]
    return sorted({*shipped.USES, *own})


def exists(name: str) -> bool:
    """Whether there is such a template to use: a shipped one, by any of its names, or an own one."""
    kept = shipped.by_its_name(name)
    if kept in shipped.USES:
        return True
    own = Template.read(kept)
    return own is not None and not own.removed


def words(name: str, *, languages: list[str | None]) -> Words:
    """A template in the first of these languages that it is written in. Raises NotFound.

    Each language is tried as its tag, then as its base (`bn-BD`, `bn`); the business's texts stand over the shipped
    ones, section by section. At last comes English, and then whatever language there is.
    """
    kept = shipped.by_its_name(name)
    own = Template.read(kept)
    if own is None and kept not in shipped.USES:
        raise NotFound(f"there is no template {name[:60]!a}")
    texts: Mapping[str, Sections] = own.texts if own else {}
    version = own.version if own else 0
    for tag in [*_chain([*languages, LAST_RESORT]), *sorted(texts)]:
        found = in_language(kept, texts, tag)
        if found:
            return read(kept, found, tag=tag, version=version)
    raise NotFound(f"the template {name[:60]!a} is written in no language")


def in_language(name: str, texts: Mapping[str, Sections], tag: str) -> Sections | None:
    """All sections of a template in one language; None where it is not (wholly) written in it."""
    base = tag.partition("-")[0]
    found = {**(shipped.sections(name, base) or {}), **texts.get(base, {}), **texts.get(tag, {})}
    # A region of its own only where somebody has written for it: `bn-BD` is else found as `bn`.
    if tag != base and tag not in texts:
        return None
    return found if all(found.get(section) for section in SECTIONS) else None


def read(name: str, sections: Sections, *, tag: str, version: int) -> Words:
    """Sections as they are written, read. Raises BadText."""
    return Words(
        name,
        version,
        shipped.USES.get(name, "greeting"),
        tag,
        grammar.parse(sections["subject"]),
        grammar.parse(sections["heading"]),
        tuple(grammar.parse(part) for part in paragraphs(sections["body"])),
    )


def _chain(languages: list[str | None]) -> Iterator[str]:
    for tag in languages:
        if tag:
            base = tag.partition("-")[0].lower()
            yield from dict.fromkeys([tag, base])


def values_of(name: str) -> Mapping[str, Known]:
    """What the texts of a template may ask for, but for the business's own fields: nothing is read."""
    return PLACEHOLDERS[use_of(name)]


def askable(name: str) -> Mapping[str, Known]:
    """What the texts of a template may ask for, the business's own fields as they are now among it."""
    return placeholders.of_use(use_of(name), own_field_service.definitions())


def use_of(name: str) -> Use:
    """What kind of mail a template is for; a template of the business's own is for greetings."""
    return shipped.USES.get(shipped.by_its_name(name), "greeting")


def tried(name: str, sections: Sections, *, tag: str) -> Words:
    """Sections that are not stored, to see what they look like. Raises InvalidFields, pointing into `/text`."""
    found = tuple(text_check.of_sections(sections, known=askable(name), at="/text"))
    if found:
        raise InvalidFields("; ".join(f"{one.pointer} {one.reason}" for one in found[:5]), fields=found)
    return read(shipped.by_its_name(name), sections, tag=tag, version=0)
