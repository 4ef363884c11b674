"""Carries out a deed, once however often it is asked for; tells what it came to.

What a deed makes is recognised: a customer by an id that follows from the import and the line, an event by its key, a
change by its author in the customer's history. So a worker may die anywhere and the whole piece be done again.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.core import table
from crm.core.author import Author
from crm.core.errors import Conflict, CrmError, InvalidFields, NotFound, StaleVersion, StoreUnavailable
from crm.customers import service as customer_service
from crm.imports import references
from crm.imports.asked import Told
from crm.imports.deeds import Deed, Outcome
from crm.imports.events import KINDS, EventKind
from crm.timeline.models import Event

_TRIES = 3
Replan = Callable[[Deed], list[Deed]]
"""The deeds that the same rows come to as the store is now."""


class Overtaken(Exception):
    """Somebody else has changed what the plan was made on."""


def do(deed: Deed, told: Told, replan: Replan) -> list[Deed]:
    """Carry out a deed, planning it anew where somebody was faster. Raises the store's errors."""
    for _ in range(_TRIES):
        try:
            return [_done(deed, told)]
        except Overtaken:
            again = replan(deed)
            if len(again) != 1:
                return [done for one in again for done in do(one, told, replan)]
            deed = again[0]
        except CrmError as refusal:
            if isinstance(refusal, StoreUnavailable):
                raise
            return [_refused(deed, refusal)]
    return [_refused(deed, Conflict("others change this customer all the time; import the row again"))]


def _done(deed: Deed, told: Told) -> Deed:
    if deed.does == "register":
        return _named(_registered(deed, told))
    if deed.does == "change":
        return _changed(deed, told)
    if deed.does == "record":
        return _recorded(_named(_registered(deed, told)) if deed.fields else deed, told)
    return deed


def _registered(deed: Deed, told: Told) -> Deed:
    try:
        profile = customer_service.register(
            fields=deed.fields,
            author=_author(deed, told),
            idempotency_key=f"{told.item.import_id}:{deed.line}",
            allow_duplicate=deed.shares_address,
        )
    except InvalidFields:
        raise
    except Conflict as known:
        if known.extensions.get("candidates"):
            raise Overtaken from known
        raise
    return replace(deed, customer=profile.customer_id, version=1)


def _named(deed: Deed) -> Deed:
    if deed.reference:
        try:
            references.attach(deed.reference, customer_id=deed.customer)
        except table.ConditionFailed as taken:
            raise Conflict(f"the key {deed.reference[:60]!a} is another customer's by now") from taken
    outcomes = tuple(one if one.result == "refused" else replace(one, customer=deed.customer) for one in deed.outcomes)
    return replace(deed, outcomes=outcomes)


def _changed(deed: Deed, told: Told) -> Deed:
    version = deed.version
    if deed.fields:
        try:
            profile = customer_service.change(
                customer_id=deed.customer,
                fields=deed.fields,
                author=_author(deed, told),
                expected_version=deed.version,
                allow_duplicate=deed.shares_address,
            )
        except StaleVersion as stale:
            later = change_service.made_since(customer_id=deed.customer, version=deed.version)
            made = [change for change in later if change.of == told.item.import_id and change.way == "import"]
            if not made:
                raise Overtaken from stale
            version = int(change_rules.version_of(made[-1].sk))
        except (NotFound, Conflict) as gone:
            raise Overtaken from gone
        else:
            version = int(profile.version)
    return replace(_named(deed), version=version)


def _recorded(deed: Deed, told: Told) -> Deed:
    asked = [(told.kind.schema.model_validate(event["values"]), event["key"]) for event in deed.events]
    try:
        made = _made(KINDS[told.kind.name], deed.customer, asked)
    except NotFound as gone:
        raise Overtaken from gone
    wrong = {event["line"]: one for event, one in zip(deed.events, made, strict=True) if isinstance(one, CrmError)}
    events = [
        {**event, "id": one.event_id}
        for event, one in zip(deed.events, made, strict=True)
        if not isinstance(one, CrmError)
    ]
    outcomes = tuple(_outcome_of(one, wrong[one.line]) if one.line in wrong else one for one in deed.outcomes)
    return replace(deed, events=tuple(events), outcomes=outcomes)


def _made(kind: EventKind, customer: str, asked: Sequence[tuple[Any, str]]) -> list[Event | CrmError]:
    """The events, together; where one of them is refused, each alone: what is recorded by then is found again."""
    try:
        return [*kind.record(customer, asked)]
    except (InvalidFields, Conflict) as refusal:
        if len(asked) == 1:
            return [refusal]
        return [made for one in asked for made in _made(kind, customer, [one])]


def _author(deed: Deed, told: Told) -> Author:
    return Author(who=told.item.created_by, way="import", of=told.item.import_id, at=deed.said_at or None)


def _refused(deed: Deed, refusal: CrmError) -> Deed:
    return Deed(tuple(_outcome_of(one, refusal) for one in deed.outcomes))


def _outcome_of(one: Outcome, refusal: CrmError) -> Outcome:
    return Outcome(
        one.line, "refused", one.customer, reason=refusal.detail, remedy="correct the row and import it again"
    )
