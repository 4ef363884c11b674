"""Carries out a deed, once however often it is asked for; tells what it came to.

What a deed makes is recognised: a customer by an id that follows from the import and the line, an event by its key, a
change by its author in the customer's history. So a worker may die anywhere and the whole piece be done again.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pynamodb.transactions import TransactWrite

from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.core import table
from crm.core.author import Author
from crm.core.errors import Conflict, CrmError, InvalidFields, NotFound, StaleVersion, StoreUnavailable
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.imports import references, relating
from crm.imports.asked import Told
from crm.imports.deeds import Deed, Fault, Outcome, refused
from crm.imports.events import KINDS, EventKind
from crm.timeline.models import Event

_TRIES = 3
_CORRECT = Reason("correct the row and import it again")
Write = Callable[[TransactWrite], None]
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
            return [_refused(deed, refusal, told)]
    return [_refused(deed, Conflict(Reason("others change this customer all the time; import the row again")), told)]


def _done(deed: Deed, told: Told) -> Deed:
    if deed.does == "register":
        return _registered(deed, told)[0]
    if deed.does == "change":
        return _changed(deed, told)
    if deed.does == "record":
        owned, profile = _registered(deed, told) if deed.fields else (deed, None)
        return _recorded(owned, profile, told)
    if deed.does == "relate":
        try:
            return relating.relate(deed, _author(deed, told), key=f"{told.item.import_id}:{deed.line}")
        except (NotFound, StaleVersion, relating.RelatedAlready) as changed:
            raise Overtaken from changed
    return deed


def _registered(deed: Deed, told: Told) -> tuple[Deed, Profile]:
    """The customer, with the key of another program in the same transaction if nobody else has it by now."""
    if deed.reference:
        try:
            profile = _register(deed, told, also=partial(_claim, deed.reference))
        except (StoreUnavailable, table.ConditionFailed):
            profile = _register(deed, told)
            _attach(deed.reference, profile.customer_id)
    else:
        profile = _register(deed, told)
    return _of(replace(deed, customer=profile.customer_id, version=1)), profile


def _register(deed: Deed, told: Told, *, also: Callable[[str], Write] | None = None) -> Profile:
    try:
        return customer_service.register(
            fields=deed.fields,
            author=_author(deed, told),
            idempotency_key=f"{told.item.import_id}:{deed.line}",
            allow_duplicate=deed.shares_address,
            also=also,
            definitions=told.definitions,
        )
    except InvalidFields:
        raise
    except Conflict as known:
        if known.extensions.get("candidates"):
            raise Overtaken from known
        raise


def _claim(reference: str, customer_id: str) -> Write:
    return references.claim(reference, customer_id=customer_id)


def _of(deed: Deed) -> Deed:
    outcomes = tuple(one if one.result == "refused" else replace(one, customer=deed.customer) for one in deed.outcomes)
    return replace(deed, outcomes=outcomes)


def _named(deed: Deed) -> Deed:
    if deed.reference:
        _attach(deed.reference, deed.customer)
    return _of(deed)


def _attach(reference: str, customer_id: str) -> None:
    try:
        references.attach(reference, customer_id=customer_id)
    except table.ConditionFailed as taken:
        raise Conflict(
            Reason("the key {reference} is another customer's by now", reference=ascii(reference[:60]))
        ) from taken


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


def _recorded(deed: Deed, profile: Profile | None, told: Told) -> Deed:
    asked = [(told.kind.schema.model_validate(event["values"]), event["key"]) for event in deed.events]
    try:
        made = _made(KINDS[told.kind.name], deed.customer, asked, profile)
    except NotFound as gone:
        raise Overtaken from gone
    wrong = {event["line"]: one for event, one in zip(deed.events, made, strict=True) if isinstance(one, CrmError)}
    events = [
        {**event, "id": one.event_id}
        for event, one in zip(deed.events, made, strict=True)
        if not isinstance(one, CrmError)
    ]
    outcomes = tuple(_outcome_of(one, wrong[one.line], told) if one.line in wrong else one for one in deed.outcomes)
    return replace(deed, events=tuple(events), outcomes=outcomes)


def _made(
    kind: EventKind, customer: str, asked: Sequence[tuple[Any, str]], profile: Profile | None = None
) -> list[Event | CrmError]:
    """The events, together; where one of them is refused, each alone: what is recorded by then is found again."""
    try:
        return [*kind.record(customer, asked, profile)]
    except (InvalidFields, Conflict) as refusal:
        if len(asked) == 1:
            return [refusal]
        return [made for one in asked for made in _made(kind, customer, [one])]


def _author(deed: Deed, told: Told) -> Author:
    return Author(who=told.item.created_by, way="import", of=told.item.import_id, at=deed.said_at or None)


def _refused(deed: Deed, refusal: CrmError, told: Told) -> Deed:
    return Deed(tuple(_outcome_of(one, refusal, told) for one in deed.outcomes))


def _outcome_of(one: Outcome, refusal: CrmError, told: Told) -> Outcome:
    faults = told.faults(told.problems(refusal.fields, _CORRECT)) or (Fault("", refusal.reason, _CORRECT),)
    (made,) = refused([one.line], faults).outcomes
    return replace(made, customer=one.customer)
