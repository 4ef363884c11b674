"""Rows of events, such as purchases and calls: whose they are, and which of them were recorded before."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.core import clock, items, named
from crm.core.config import settings
from crm.core.errors import InvalidFields
from crm.core.reason import Reason, all_of
from crm.customers.models import Profile, partition
from crm.imports import whom
from crm.imports.asked import Asked, Told, Unfit
from crm.imports.deeds import Deed, Outcome, refused
from crm.imports.people import grouped
from crm.imports.seen import Before, marked
from crm.imports.whom import Known, Match
from crm.interactions import rules as interaction_rules
from crm.interactions import service as interaction_service
from crm.purchases import rules as purchase_rules
from crm.purchases import service as purchase_service
from crm.timeline.models import Event

CALLER = "import"
"""Who recorded imported events: the same whoever imports, so that the next file finds what stood in the last."""
NEVER = Before(0, 0)


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
    rows = [_required(row, kind, told) if isinstance(row, Asked) else row for row in rows]
    fit = [row for row in rows if isinstance(row, Asked)]
    known = whom.known((row.person for row in fit), with_sources=False)
    deeds = [refused(row.line, row.reason, row.remedy, column=row.column) for row in rows if isinstance(row, Unfit)]
    planned = [_deed(group, known, told, seen) for group in grouped(fit)]
    return sorted(deeds + _without_recorded(planned, kind), key=lambda deed: deed.line)


def recount(facts: Mapping[str, Any], events: Sequence[Event]) -> dict[str, Any]:
    """The facts of a customer from the events that remain."""
    bought = [(event.at, event.details) for event in events if event.kind == purchase_rules.KIND]
    spoken = [(event.kind, event.at) for event in events if event.kind in interaction_rules.KINDS]
    after = purchase_rules.recounted(facts, bought, reporting_currency=settings().reporting_currency)
    return interaction_rules.recounted(after, spoken)


def _required(row: Asked, kind: EventKind, told: Told) -> Asked | Unfit:
    try:
        kind.require(told.kind.schema.model_validate(_values(row, told)))
    except InvalidFields as wrong:
        reason = all_of(
            Reason("{field}: {why}", field=named.field(one.pointer), why=one.reason) for one in wrong.fields
        )
        return Unfit(row.line, "", reason, Reason("correct the row and import it again"))
    return row


def _deed(group: list[Asked], known: Known, told: Told, seen: Mapping[int, Before]) -> Deed:
    person, match = group[0].person, known.match(group[0].person)
    refusal = _refusal(group, match, told)
    if refusal:
        return Deed(tuple(Outcome(row.line, "refused", reason=refusal[0], remedy=refusal[1]) for row in group))
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


def _refusal(group: list[Asked], match: Match, told: Told) -> tuple[Reason, Reason] | None:
    person = group[0].person
    if match.reason:
        return match.reason, match.remedy
    if not match.customer and not person.marks():
        return (
            Reason("it does not say whose it is"),
            Reason("fill in the customer's key, e-mail address or phone number"),
        )
    if not match.customer and told.option("create_customers") is False:
        return (
            Reason("there is no such customer"),
            Reason("import the customers first, or let the import make them"),
        )
    if any(told.is_forgotten(address) for address in (person.email, person.phone) if address):
        return whom.FORGOTTEN, whom.BY_HAND
    return None


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
