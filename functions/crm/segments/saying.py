"""Rules as sentences in the reader's language, with the names of the groups in them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from crm.business import service as business_service
from crm.core import accepting
from crm.criteria import words
from crm.criteria.references import referred
from crm.criteria.rules import leaves
from crm.criteria.words import OwnWords
from crm.own_fields.rules import Definition, in_language
from crm.segments.models import STATIC, Segment, from_text

_OWN = "custom."
Defined = Callable[[], Iterable[Definition]]
"""What gives the business's own fields; asked only where a rule names one."""


def language(*, asked: str | None, accepted: str | None) -> str:
    """The language asked for, else the first of those accepted (RFC 9110) that we speak, else the business's."""
    tags = [asked] if asked else [tag for tag in accepting.by_weight(accepted or "") if _base(tag) in words.LANGUAGES]
    return tags[0] if tags else business_service.current().language


def names_for(segments: Iterable[Segment]) -> dict[str, str]:
    """The names, by id, of the groups that these are made of; nothing is read where they are made of none."""
    if not any(referred(_seen(segment)) for segment in segments):
        return {}
    return {one.segment_id: one.name for one in Segment.read_all()}


def stored() -> tuple[Definition, ...]:
    """The business's own fields. Whoever says several rules asks for them once, as `functools.cache(stored)` does."""
    from crm.own_fields import service as own_field_service  # noqa: PLC0415 - few rules name one

    return own_field_service.definitions()


def in_words(segment: Segment, *, language: str, names: Mapping[str, str], defined: Defined = stored) -> str:
    """What the rule says that the segment's readers see."""
    rule = _seen(segment)
    if segment.kind == STATIC:
        # Its rule names itself, by an id that says nothing to anybody.
        rule = {**rule, "value": segment.name}
    return of_rule(rule, language=language, names=names, defined=defined)


def of_rule(rule: Mapping[str, Any], *, language: str, names: Mapping[str, str], defined: Defined = stored) -> str:
    """What a rule says that is sound, whether it is a group's or not."""
    return words.sentence(rule, language=language, names=names, own=_own(rule, language, defined))


def of_parts(
    parts: Sequence[Mapping[str, Any]], *, language: str, names: Mapping[str, str], defined: Defined = stored
) -> list[str]:
    """What parts of a sound rule say, each by itself."""
    own = _own({"all": parts}, language, defined) if parts else {}
    return [words.part(one, language=language, names=names, own=own) for one in parts]


def of_fields(fields: Iterable[str], definitions: Iterable[Definition], *, language: str) -> dict[str, str]:
    """What sentences call fields of customers, those of the business's own included."""
    own = {f"{_OWN}{one.name}": _called(one, language) for one in definitions}
    return {one: words.field_name(one, language=language, own=own) for one in fields}


def _own(rule: Mapping[str, Any], language: str, defined: Defined) -> dict[str, OwnWords]:
    """The business's own fields in the reader's language; nothing is read where a rule names none."""
    if not any(str(leaf["field"]).startswith(_OWN) for leaf in leaves(rule)):
        return {}
    return {f"{_OWN}{one.name}": _called(one, language) for one in defined()}


def _called(one: Definition, language: str) -> OwnWords:
    choices = {each.value: in_language(each.labels, language) or each.value for each in one.choices}
    return OwnWords(one.label(language), choices)


def _seen(segment: Segment) -> dict[str, object]:
    return from_text(segment.live_rule or segment.rule)


def _base(tag: str) -> str:
    return tag.partition("-")[0].lower()
