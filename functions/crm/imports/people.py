"""Rows of customers: who is new, who is known and changes, who stays as they are, and which rows are refused."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from crm.core import named
from crm.core.errors import InvalidFields
from crm.core.reason import Reason, all_of
from crm.customers import owning
from crm.customers import rules as customer_rules
from crm.imports import own, rules, seen, whom
from crm.imports.asked import Asked, Told, Unfit
from crm.imports.deeds import Deed, Outcome, refused
from crm.imports.whom import Known

_REQUIRED = Reason("fill it in, or take back that the field is required")
LEFT = Reason("known already, and left as it is")
NOTHING_NEW = Reason("nothing new")
_SHARED = Reason("choose that rows may share an address with other customers, or correct it")


def plan(rows: Sequence[Asked | Unfit], told: Told) -> list[Deed]:
    """What these rows come to, as the store is now: one deed for all rows about the same person. Writes nothing."""
    fit = [row for row in rows if isinstance(row, Asked)]
    known = whom.known((row.person for row in fit), with_sources=True)
    deeds = [refused(row.line, row.reason, row.remedy, column=row.column) for row in rows if isinstance(row, Unfit)]
    deeds += [_deed(group, known, told) for group in grouped(fit)]
    return sorted(deeds, key=lambda deed: deed.line)


def says(row: Asked) -> str:
    """All that a row says of somebody, as a mark of it."""
    return seen.marked("row", json.dumps([row.raw, row.empty], sort_keys=True))


def grouped(rows: Iterable[Asked]) -> list[list[Asked]]:
    """The rows by person, in the order of the file: any mark in common makes two rows be about one."""
    groups: list[list[Asked]] = []
    place: dict[tuple[str, ...], int] = {}
    for row in rows:
        marks = row.person.marks()
        met = sorted({place[mark] for mark in marks if mark in place})
        into = met[0] if met else len(groups)
        if not met:
            groups.append([])
        groups[into].append(row)
        for other in met[1:]:
            groups[into] += groups[other]
            groups[other] = []
        merged = set(met[1:])
        place = {mark: into if at in merged else at for mark, at in place.items()} if merged else place
        place |= dict.fromkeys(marks, into)
    return [sorted(group, key=lambda row: row.line) for group in groups if group]


def _deed(group: list[Asked], known: Known, told: Told) -> Deed:
    bad = next(filter(None, (_refusal(row, told) for row in group)), None)
    if bad:
        return Deed(tuple(Outcome(row.line, "refused", reason=bad[0], remedy=bad[1]) for row in group))
    matches = {known.match(row.person) for row in group}
    unclear = next((match for match in matches if match.reason), None)
    customers = {match.customer for match in matches} - {""}
    if unclear or len(customers) > 1:
        several = Reason("its key, e-mail address and phone number belong to different customers")
        reason = unclear.reason if unclear else several
        remedy = unclear.remedy if unclear else Reason("correct them, or merge the customers")
        return Deed(tuple(Outcome(row.line, "refused", reason=reason, remedy=remedy) for row in group))
    return _change(group, customers.pop(), known, told) if customers else _register(group, known, told)


def _refusal(row: Asked, told: Told) -> tuple[Reason, Reason] | None:
    """Why a row is not taken whoever it is about: what the registration would refuse, too."""
    addresses = [address for address in (row.person.email, row.person.phone) if address]
    if any(map(told.is_forgotten, addresses)):
        return whom.FORGOTTEN, whom.BY_HAND
    if row.values.get("owner") and not told.is_member(row.values["owner"]):
        return (
            Reason("{field}: {why}", field=named.field("owner"), why=owning.REASON),
            Reason("correct the cell, or enter the member first"),
        )
    try:
        customer_rules.require_possible(row.values, today=told.today)
        customer_rules.require_consistent(row.values)
    except InvalidFields as wrong:
        return wrong.reason, Reason("correct the cell")
    return None


def _register(group: list[Asked], known: Known, told: Told) -> Deed:
    fields: dict[str, Any] = {"kind": "person"}
    for row in sorted(group, key=lambda row: row.said_at):
        fields = rules.told_again(fields, row.values)
    if missing := own.missing(fields, told.definitions):
        return Deed(tuple(Outcome(row.line, "refused", reason=missing, remedy=_REQUIRED) for row in group))
    others = {one for name in ("email", "phone") for one in known.others_at(fields.get(name, ""), besides="")}
    shares = bool(others) and bool(told.option("share_addresses"))
    if others and not shares:
        names = ", ".join(sorted(str(known.profiles[one]["name"]) for one in others)[:3])
        reason = Reason("its phone number is known as that of {names}", names=names)
        return Deed(tuple(Outcome(row.line, "refused", reason=reason, remedy=_SHARED) for row in group))
    first, *more = group
    outcomes = [Outcome(first.line, "created")]
    outcomes += [Outcome(row.line, "changed", first_line=first.line) for row in more]
    return Deed(
        tuple(outcomes),
        "register",
        fields=fields,
        said_at=max(row.said_at for row in group),
        reference=next((row.reference for row in group if row.reference), ""),
        shares_address=shares,
    )


def _change(group: list[Asked], customer: str, known: Known, told: Told) -> Deed:
    standing = known.standing(customer)
    if told.option("existing") == "skip":
        return Deed(tuple(_of_known(row, group, customer, LEFT) for row in group))
    fields: dict[str, Any] = {}
    outcomes: list[Outcome] = []
    for row in group:
        stored = replace(standing, fields=customer_rules.merged(standing.fields, fields))
        emptied = row.empty if told.option("empty_clears") else ()
        said = row.values if row.person.name else {name: row.values[name] for name in row.values if name != "name"}
        found = rules.change(said, stored=stored, said_at=row.said_at, emptied=emptied)
        fields = {**fields, **_joined(fields, found.fields)}
        outcome = _of_known(row, group, customer, all_of(found.left) or NOTHING_NEW)
        outcomes.append(replace(outcome, result="changed", reason=all_of(found.left)) if found.fields else outcome)
    taken = [name for name in ("email", "phone") if known.others_at(fields.get(name) or "", besides=customer)]
    if taken and not told.option("share_addresses"):
        reason = Reason("its {fields} belongs to another customer", fields=named.fields(taken))
        return Deed(tuple(Outcome(row.line, "refused", reason=reason, remedy=_SHARED) for row in group))
    reference = next(
        (row.reference for row in group if row.reference not in {"", customer, *_keys(customer, known)}), ""
    )
    does = any(outcome.result == "changed" for outcome in outcomes)
    return Deed(
        tuple(outcomes),
        "change" if does or reference else "nothing",
        customer=customer,
        version=int(known.profiles[customer]["version"]),
        fields=fields,
        said_at=max(row.said_at for row in group),
        reference=reference,
        shares_address=bool(taken),
    )


def _keys(customer: str, known: Known) -> Iterator[str]:
    return (reference for reference, one in known.references.items() if one == customer)


def _of_known(row: Asked, group: list[Asked], customer: str, reason: Reason) -> Outcome:
    first = 0 if row is group[0] else group[0].line
    return Outcome(row.line, "skipped", customer, reason=reason, first_line=first, known=True)


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two changes as one: objects that are changed by key are joined."""
    return {
        name: {**one[name], **value} if isinstance(value, dict) and isinstance(one.get(name), dict) else value
        for name, value in other.items()
    }
