"""Rows of relations: whom they relate to whom, and which of them stand already."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from crm.core import items
from crm.core.author import Author
from crm.core.errors import Conflict, InvalidFields, NotFound, StaleVersion
from crm.core.reason import NONE, Reason
from crm.customers.models import partition
from crm.imports import whom
from crm.imports.asked import Asked, Told, Unfit, looked_at
from crm.imports.deeds import Deed, Outcome, refused
from crm.imports.reading import Problem
from crm.imports.seen import Before
from crm.imports.whom import Known, Match, Person
from crm.relations import rules
from crm.relations import service as relation_service
from crm.relations.models import RELATION
from crm.relations.rules import BUSINESS, KINDS
from crm.relations.service import Wish

_CORRECT = Reason("correct the row and import it again")
_NOBODY = Reason("nobody is known as its customer; import customers first")
_NO_OTHER = Reason("nobody is known as its other customer; import customers first")
_OWN_END = frozenset({"customer_reference", "customer_email", "customer_phone"})
_OTHER_END = frozenset({"other_reference", "other_email", "other_phone"})
_SAID = ("roles", "title", "from", "until", "note")


class RelatedAlready(Conflict):
    """Somebody has made the relation since it was looked for."""


def marks(row: Asked) -> tuple[tuple[str, ...], ...]:
    """What makes two rows the same relation."""
    return (("relation", str(row.raw["kind"]), *_named(row.person), *_named(row.other or Person())),)


def plan(rows: Sequence[Asked | Unfit], told: Told, seen: Mapping[int, Before]) -> list[Deed]:
    """What these rows come to, as the store is now: one deed for each. Writes nothing."""
    said = {row.line: row if isinstance(row, Asked) else row.right for row in rows}
    fit = [row for row in said.values() if row]
    known = whom.known([*(row.person for row in fit), *(row.other for row in fit if row.other)], with_sources=False)
    ends = {row.line: (known.match(row.person), _other(row, known)) for row in fit}
    rows = [_looked_at(row, ends.get(row.line), known, told) for row in rows]
    taken = [row for row in rows if isinstance(row, Asked)]
    stored = items.many({_key(row, *ends[row.line]) for row in taken})
    deeds = [refused([row.line], row.faults) for row in rows if isinstance(row, Unfit)]
    for row in taken:
        both = ends[row.line]
        deeds.append(_deed(row, both, told, stored.get(_key(row, *both)), seen.get(row.line)))
    return sorted(deeds, key=lambda deed: deed.line)


def relate(deed: Deed, author: Author, *, key: str) -> Deed:
    """Make the relation, or say what the row says of it. Raises RelatedAlready, and what the relations raise."""
    (event,) = deed.events
    said, kind = _said(event["values"]), event["values"]["kind"]
    if "before" in event:
        place = {"customer_id": deed.customer, "kind": kind, "other": event["other"]}
        relation_service.change(**place, fields=said, expected_version=deed.version, author=author)
        return deed
    other = None if event["other"] == BUSINESS else event["other"]
    try:
        relation_service.relate(Wish(deed.customer, kind, other, said), author=author, idempotency_key=key)
    except Conflict as stands:
        raise RelatedAlready(stands.reason) from stands
    return deed


def undo(deed: Deed, author: Author) -> Reason:
    """Take the relation back, or what the row changed of it; why it is kept, empty: it is not."""
    (event,) = deed.events
    place = {"customer_id": deed.customer, "kind": event["values"]["kind"], "other": event["other"]}
    try:
        if "before" in event:
            before = {name: event["before"].get(name) for name in _said(event["values"])}
            relation_service.change(**place, fields=before, expected_version=deed.version + 1, author=author)
        else:
            relation_service.remove(**place, expected_version=1, author=author)
    except NotFound:
        return NONE
    except StaleVersion:
        return Reason("the relation was changed since")
    return NONE


def _deed(
    row: Asked, ends: tuple[Match, Match], told: Told, stored: Mapping[str, Any] | None, before: Before | None
) -> Deed:
    own, other = (one.customer for one in ends)
    if before and before.times:
        reason = Reason("the same as line {line}", line=before.first_line)
        return Deed((Outcome(row.line, "skipped", own, reason=reason, first_line=before.first_line),))
    event: dict[str, Any] = {"line": row.line, "other": other, "values": row.raw}
    if stored is None:
        return Deed((Outcome(row.line, "created", own),), "relate", customer=own, events=(event,))
    had = {name: sorted(stored[name]) if name == "roles" else stored[name] for name in _SAID if stored.get(name)}
    if all(had.get(name) == value for name, value in _said(row.raw).items()) or told.option("existing") == "skip":
        return Deed((Outcome(row.line, "skipped", own, reason=Reason("known already, and left as it is"), known=True),))
    changed = (Outcome(row.line, "changed", own, known=True),)
    return Deed(changed, "relate", customer=own, version=int(stored["version"]), events=({**event, "before": had},))


def _looked_at(row: Asked | Unfit, ends: tuple[Match, Match] | None, known: Known, told: Told) -> Asked | Unfit:
    wrong = row.wrong if isinstance(row, Unfit) else frozenset[str]()
    return looked_at(row, lambda said: _wrong(said, wrong, ends, known, told), told) if ends else row


def _wrong(
    said: Asked, wrong: frozenset[str], ends: tuple[Match, Match], known: Known, told: Told
) -> Iterator[Problem]:
    """What keeps a relation from being made, but for what follows alone from the fields that are wrong."""
    has_kind, knows = "kind" not in wrong, [wrong.isdisjoint(_OWN_END), wrong.isdisjoint(_OTHER_END)]
    knows[1] = knows[1] and has_kind
    for match, nobody, is_known in zip(ends, (_NOBODY, _NO_OTHER), knows, strict=True):
        if is_known and not match.customer:
            yield Problem(None, "", match.reason or nobody, match.remedy or _CORRECT)
    if has_kind:
        kind = str(said.raw["kind"])
        yield from _refused(lambda: rules.require_said(kind, _said(said.raw), today=told.today), told)
    own, other = (one.customer for one in ends)
    if all(knows) and own and own == other:
        yield Problem(None, "", Reason("it relates a customer to themselves"), _CORRECT)
    elif all(knows) and own and other:
        others = None if other == BUSINESS else str(known.profiles[other]["kind"])
        yield from _refused(lambda: rules.require_fit(kind, own=str(known.profiles[own]["kind"]), other=others), told)


def _refused(check: Callable[[], None], told: Told) -> list[Problem]:
    try:
        check()
    except InvalidFields as wrong:
        return told.problems(wrong.fields, _CORRECT)
    return []


def _other(row: Asked, known: Known) -> Match:
    if KINDS[str(row.raw["kind"])].mirror is None:
        return Match(BUSINESS)
    return known.match(row.other) if row.other and any(_named(row.other)) else Match()


def _key(row: Asked, own: Match, other: Match) -> tuple[str, str]:
    return partition(own.customer), f"{RELATION}{row.raw['kind']}#{other.customer}"


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: values[name] for name in _SAID if values.get(name)}
    return {name: sorted(set(value)) if name == "roles" else value for name, value in known.items()}


def _named(person: Person) -> tuple[str, str, str]:
    return person.reference, person.email, person.phone
