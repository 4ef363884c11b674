"""Rows of events, such as purchases and calls: whose they are, and which of them were recorded before."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.core import clock, items
from crm.core.config import settings
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.customers.models import Profile, partition
from crm.imports import own, whom
from crm.imports import unfit as unfits
from crm.imports.asked import Asked, Told, Unfit, looked_at
from crm.imports.deeds import Deed, Outcome, refused
from crm.imports.grouping import grouped
from crm.imports.reading import Problem
from crm.imports.seen import Before, marked
from crm.imports.whom import Known, Match, Person
from crm.interactions import rules as interaction_rules
from crm.interactions import service as interaction_service
from crm.purchases import rules as purchase_rules
from crm.purchases import service as purchase_service
from crm.timeline.models import Event

CALLER = "import"
"""Who recorded imported events: the same whoever imports, so that the next file finds what stood in the last."""
NEVER = Before(0, 0)
_WHOLE = Reason("import the customers first, with all that is required of them")
_CORRECT = Reason("correct the row and import it again")


@dataclass(frozen=True)
class EventKind:
    """How events of a kind are recorded, each with its key, and how the id that a key gives is known beforehand.

    `require` raises InvalidFields for what will not be recorded whoever it is about.
    """

    record: Callable[[str, Sequence[tuple[Any, str]], Profile | None], list[Event]]
    id_of: Callable[[str, str], str]
    require: Callable[[Any], None]


PURCHASES = EventKind(
    record=lambda customer, asked, profile: purchase_service.record_each(
        customer_id=customer, purchases=asked, caller=CALLER, profile=profile
    ),
    id_of=lambda customer, key: purchase_service.id_of(customer_id=customer, caller=CALLER, idempotency_key=key),
    require=purchase_service.require_recordable,
)
INTERACTIONS = EventKind(
    record=lambda customer, asked, profile: interaction_service.log_each(
        customer_id=customer, interactions=asked, caller=CALLER, profile=profile
    ),
    id_of=lambda customer, key: interaction_service.id_of(customer_id=customer, caller=CALLER, idempotency_key=key),
    require=lambda interaction: interaction_rules.require_past(interaction.at, now=clock.now()),
)
KINDS: dict[str, EventKind] = {"purchases": PURCHASES, "interactions": INTERACTIONS}


def marks(row: Asked) -> tuple[tuple[str, ...], ...]:
    """What makes two rows the same event: its own key, else all that it says, as often as it says it."""
    return (("key", row.reference),) if row.reference else (("content", _content(row)),)


def plan(rows: Sequence[Asked | Unfit], told: Told, seen: Mapping[int, Before]) -> list[Deed]:
    """What these rows come to, as the store is now: one deed for the rows of one customer. Writes nothing."""
    kind = KINDS[told.kind.name]
    rows = [looked_at(row, lambda said: _impossible(said, kind, told), told) for row in rows]
    fit, unfit = [row for row in rows if isinstance(row, Asked)], [row for row in rows if isinstance(row, Unfit)]
    known = whom.known([*(row.person for row in fit), *unfits.people(unfit)], with_sources=False)
    planned = [(group, _deed(group, known, told, seen)) for group in grouped(fit)]
    not_taken = unfits.deeds(
        unfit,
        told,
        fit=unfits.marked(planned),
        judge=lambda group: _deed(group, known, told, seen),
        heed=lambda row: told.faults(_forgotten(row.person, told)),
    )
    left = _without_recorded([deed for _, deed in planned], kind)
    return sorted(not_taken + left, key=lambda deed: deed.line)


def recount(facts: Mapping[str, Any], events: Sequence[Event]) -> dict[str, Any]:
    """The facts of a customer from the events that remain."""
    bought = [(event.at, event.details) for event in events if event.kind == purchase_rules.KIND]
    spoken = [(event.kind, event.at) for event in events if event.kind in interaction_rules.KINDS]
    after = purchase_rules.recounted(facts, bought, reporting_currency=settings().reporting_currency)
    return interaction_rules.recounted(after, spoken)


def _impossible(row: Asked, kind: EventKind, told: Told) -> list[Problem]:
    """What is wrong in a row whoever it is about."""
    try:
        kind.require(told.kind.schema.model_validate(_values(row, told)))
    except InvalidFields as wrong:
        return told.problems(wrong.fields, _CORRECT)
    return []


def _deed(group: list[Asked], known: Known, told: Told, seen: Mapping[int, Before]) -> Deed:
    person, match = group[0].person, known.match(group[0].person)
    wrong = [*_forgotten(person, told), *_unknown(person, match, told)]
    if wrong:
        return refused((row.line for row in group), told.faults(wrong))
    events, outcomes = [], []
    for row in group:
        before = seen.get(row.line, NEVER)
        if row.reference and before.times:
            reason = Reason("the same key as line {line}", line=before.first_line)
            outcomes.append(Outcome(row.line, "skipped", match.customer, reason=reason, first_line=before.first_line))
            continue
        outcomes.append(Outcome(row.line, "created", match.customer, known=bool(match.customer)))
        events.append({"line": row.line, "key": _key(row, before), "values": _values(row, told)})
    named = {
        "kind": "person",
        "name": person.reference or person.email or person.phone,
        "email": person.email,
        "phone": person.phone,
    }
    fields = {} if match.customer else {name: value for name, value in named.items() if value}
    reference = "" if person.reference in known.references else person.reference
    return Deed(
        tuple(outcomes),
        "record" if events else "nothing",
        customer=match.customer,
        fields=fields,
        said_at=group[0].said_at,
        reference=reference,
        events=tuple(events),
    )


def _unknown(person: Person, match: Match, told: Told) -> list[Problem]:
    """Why it cannot be told whose the events are, or nobody is to be made for them."""
    if match.reason:
        return [Problem(None, "", match.reason, match.remedy)]
    if match.customer:
        return []
    if not person.marks():
        remedy = Reason("fill in the customer's key, e-mail address or phone number")
        return [Problem(None, "", Reason("it does not say whose it is"), remedy)]
    if told.option("create_customers") is False:
        remedy = Reason("import the customers first, or let the import make them")
        return [Problem(None, "", Reason("there is no such customer"), remedy)]
    return told.problems(own.missing({}, told.definitions), _WHOLE)


def _forgotten(person: Person, told: Told) -> list[Problem]:
    """Who asked to be forgotten is not made anew by what they bought."""
    addresses = (("customer_email", person.email), ("customer_phone", person.phone))
    return [
        told.problem(name, whom.FORGOTTEN, whom.BY_HAND) for name, one in addresses if one and told.is_forgotten(one)
    ]


def _without_recorded(deeds: list[Deed], kind: EventKind) -> list[Deed]:
    """Without the events that were recorded before, by this file last night or by another."""
    wanted = {
        (deed.customer, event["line"]): kind.id_of(deed.customer, event["key"])
        for deed in deeds
        if deed.customer
        for event in deed.events
    }
    stored = items.many(
        [(partition(customer), f"RECEIPT#{made}") for (customer, _), made in wanted.items()], only=("event_sk",)
    )
    lines = {line for (customer, line), made in wanted.items() if (partition(customer), f"RECEIPT#{made}") in stored}
    return [_left(deed, lines) if deed.events else deed for deed in deeds]


def _left(deed: Deed, recorded: set[int]) -> Deed:
    events = tuple(event for event in deed.events if event["line"] not in recorded)
    outcomes = tuple(
        Outcome(one.line, "skipped", one.customer, reason=Reason("recorded already"), known=True)
        if one.line in recorded
        else one
        for one in deed.outcomes
    )
    does = "record" if events else "nothing"
    return Deed(**{**vars(deed), "events": events, "outcomes": outcomes, "does": does})


def _key(row: Asked, before: Before) -> str:
    # The k-th of several equal rows is the k-th again in tomorrow's file.
    return f"key:{row.reference}" if row.reference else f"content:{marked(_content(row))}:{before.times}"


def _content(row: Asked) -> str:
    return json.dumps([row.person.reference or row.person.email or row.person.phone, row.raw], sort_keys=True)


def _values(row: Asked, told: Told) -> dict[str, Any]:
    return row.raw if row.raw.get("at") else {**row.raw, "at": str(told.item.uploaded_at)}
