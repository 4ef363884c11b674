"""Takes back what a deed did, except where people have changed the record since.

A customer that the import made is removed, a change is set back, an event goes with all that it added to the facts.
What other changes of the same import came after is undone before: pieces are undone in reverse.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from crm.changes import service as change_service
from crm.changes.models import Change
from crm.core import items, named
from crm.core.author import Author
from crm.core.errors import CrmError, NotFound, StoreUnavailable
from crm.core.reason import NONE, Reason, all_of, listed
from crm.customers import service as customer_service
from crm.customers.models import Profile, partition
from crm.imports import events, references, relating
from crm.imports.asked import Told
from crm.imports.deeds import Deed, Outcome, Result
from crm.purchases import service as purchase_service
from crm.timeline import service as timeline_service

# What stands with a customer without anybody's doing. Anything else is somebody's work, and keeps the customer.
_OWN = ("PROFILE", "SOURCES", "BOUGHT", "AUDIT#", "CHANGE#", "REFERENCE#", "CONSENT#", "MAIL#")
_WORK = {
    "ANSWERS": Reason("answers to a questionnaire"),
    "ASKED": Reason("a request of the customer"),
    "CHANGE": Reason("changes"),
    "EVENT": Reason("contacts or purchases"),
    "MERGE": Reason("a merge"),
    "RELATION": Reason("who belongs to whom"),
    "REMINDER": Reason("reminders"),
}
"""What people know of what can stand with a customer, by the kind of its items."""
_MORE = Reason("what belongs to it")
_LOOK = Reason("look at the customer, and decide")


def undo(deed: Deed, told: Told) -> Deed:
    """Take a deed back; its outcomes say what became of each row. Again it does nothing more."""
    rows = [one for one in deed.outcomes if one.result in {"created", "changed"}]
    if not rows or deed.does == "nothing":
        return Deed(())
    try:
        kept = _undone(deed, told)
    except NotFound:
        kept = NONE
    except CrmError as refusal:
        if isinstance(refusal, StoreUnavailable):
            raise
        kept = refusal.reason
    result: Result = "kept" if kept else "undone"
    remedy = _LOOK if kept else NONE
    return Deed(tuple(Outcome(one.line, result, one.customer, reason=kept, remedy=remedy) for one in rows))


def _undone(deed: Deed, told: Told) -> Reason:
    """Why something is kept; empty: nothing."""
    if deed.does == "relate":
        return relating.undo(deed, Author(who=told.item.created_by, way="undo", of=told.item.import_id))
    if deed.events:
        timeline_service.withdraw(
            customer_id=deed.customer,
            event_ids={event["id"] for event in deed.events},
            recount=events.recount,
            alongside=purchase_service.rewritten,
        )
    if deed.does == "change":
        if deed.reference:
            references.detach(deed.reference, customer_id=deed.customer)
        return _set_back(deed, told) if deed.fields else NONE
    if deed.fields:
        return _removed(deed, told)
    if deed.reference:
        references.detach(deed.reference, customer_id=deed.customer)
    return NONE


def _removed(deed: Deed, told: Told) -> Reason:
    profile = customer_service.get(customer_id=deed.customer)
    kept = _changed_since(profile, 1, told) or _work_of_others(deed.customer)
    if kept:
        return kept
    references.release(customer_id=deed.customer)
    by = told.item.created_by
    customer_service.remove(customer_id=deed.customer, expected_version=int(profile.version), caller=by)
    return NONE


def _set_back(deed: Deed, told: Told) -> Reason:
    profile = customer_service.get(customer_id=deed.customer)
    change = change_service.one(customer_id=deed.customer, version=deed.version)
    # What said nothing new to the store made no version: that of the deed is somebody else's work.
    if change is None or (change.way, change.of) != ("import", told.item.import_id):
        return NONE
    if kept := _changed_since(profile, deed.version, told):
        return kept
    later = change_service.made_since(customer_id=deed.customer, version=deed.version)
    if any(one.way == "undo" and _is_inverse(one, change) for one in later):
        return NONE
    fields, left = _before(change, profile)
    if fields:
        author = Author(who=told.item.created_by, way="undo", of=told.item.import_id)
        customer_service.change(
            customer_id=deed.customer,
            fields=fields,
            author=author,
            expected_version=int(profile.version),
            allow_duplicate=True,
        )
    return left


def _changed_since(profile: Profile, version: int, told: Told) -> Reason:
    if int(profile.version) == version:
        return NONE
    changes = change_service.made_since(customer_id=profile.customer_id, version=version)
    foreign = [change for change in changes if change.of != told.item.import_id]
    if not foreign:
        return NONE
    fields = named.fields(sorted({name.strip("/") for change in foreign for name in change.changes}))
    return Reason("changed since by {who}: {fields}", who=foreign[-1].who or foreign[-1].way, fields=fields)


def _work_of_others(customer_id: str) -> Reason:
    kinds = {item["sk"]["S"].partition("#")[0] for item in items.since(partition(customer_id), " ") if _is_work(item)}
    written = [_WORK[kind] for kind in sorted(kinds) if kind in _WORK] or [_MORE]
    return Reason("more has been written since: {written}", written=listed(written)) if kinds else NONE


def _is_work(item: Mapping[str, Any]) -> bool:
    sk = str(item["sk"]["S"])
    return not sk.startswith(_OWN) or (sk.startswith("CHANGE#") and sk.count("#") > 1)


def _is_inverse(undone: Change, change: Change) -> bool:
    return all(undone.changes.get(name, {}).get("to") == ends.get("from") for name, ends in change.changes.items())


def _before(change: Change, profile: Profile) -> tuple[dict[str, Any], Reason]:
    """The fields as they were before a change, and what is left as it is, with the reason."""
    fields: dict[str, Any] = {}
    left: list[Reason] = []
    for pointer, ends in change.changes.items():
        name, *key = _names(pointer)
        if name == "consent":
            left.append(Reason("{field}: an undo never raises it", field=named.field(f"consent.{key[0]}")))
        elif name == "tags":
            kept = [tag for tag in profile.tags or [] if tag not in ends.get("added", [])]
            fields["tags"] = [*kept, *ends.get("removed", [])]
        elif isinstance(ends.get("from"), Mapping) and "cut" in ends["from"]:
            left.append(Reason("{field}: the old value was too long to be kept", field=named.field(name)))
        elif key:
            fields.setdefault(name, {})[key[0]] = ends.get("from")
        else:
            fields[name] = ends.get("from")
    return fields, all_of(left)


def _names(pointer: str) -> Iterator[str]:
    return (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
