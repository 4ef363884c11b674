"""Rows of customers: who is new, who is known and changes, who stays as they are, and which rows are refused."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crm.core import named
from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason, all_of
from crm.customers import owning
from crm.customers import rules as customer_rules
from crm.imports import own, rules, seen, whom
from crm.imports import unfit as unfits
from crm.imports.asked import Asked, Told, Unfit, looked_at
from crm.imports.deeds import Deed, Outcome, refused
from crm.imports.grouping import grouped
from crm.imports.problems import CORRECT_CELL
from crm.imports.reading import Problem
from crm.imports.whom import Known

_REQUIRED = Reason("fill it in, or take back that the field is required")
LEFT = Reason("known already, and left as it is")
NOTHING_NEW = Reason("nothing new")
_SEVERAL = Reason("its key, e-mail address and phone number belong to different customers")
_MERGE = Reason("correct them, or merge the customers")
_ENTER_MEMBER = Reason("correct the cell, or enter the member first")
_SHARED = Reason("choose that rows may share an address with other customers, or correct it")


def plan(rows: Sequence[Asked | Unfit], told: Told) -> list[Deed]:
    """What these rows come to, as the store is now: one deed for all rows about the same person. Writes nothing."""
    rows = [looked_at(row, lambda said: _impossible(said, told), told) for row in rows]
    fit, unfit = [row for row in rows if isinstance(row, Asked)], [row for row in rows if isinstance(row, Unfit)]
    known = whom.known([*(row.person for row in fit), *unfits.people(unfit)], with_sources=True)
    done = [(group, _deed(group, known, told)) for group in grouped(fit)]
    not_taken = unfits.deeds(
        unfit,
        told,
        fit=unfits.marked(done),
        judge=lambda group: _deed(group, known, told),
        heed=lambda row: told.faults(_forgotten([row], told)),
    )
    return sorted([*(deed for _, deed in done), *not_taken], key=lambda deed: deed.line)


def says(row: Asked) -> str:
    """All that a row says of somebody, as a mark of it."""
    return seen.marked("row", json.dumps([row.raw, row.empty], sort_keys=True))


def _impossible(row: Asked, told: Told) -> list[Problem]:
    """What is wrong in a row whoever it is about: what the registration would refuse, too."""
    found: list[Problem] = []
    if row.values.get("owner") and not told.is_member(row.values["owner"]):
        found += told.problems([FieldError("/owner", owning.REASON)], _ENTER_MEMBER)
    try:
        customer_rules.require_possible(row.values, today=told.today)
    except InvalidFields as wrong:
        found += told.problems(wrong.fields, CORRECT_CELL)
    return found


def _forgotten(group: list[Asked], told: Told) -> list[Problem]:
    """Who asked to be forgotten is not made anew by a file."""
    addresses = [
        (name, address) for row in group for name in ("email", "phone") if (address := getattr(row.person, name))
    ]
    return [told.problem(name, whom.FORGOTTEN, whom.BY_HAND) for name, one in addresses if told.is_forgotten(one)]


def _deed(group: list[Asked], known: Known, told: Told) -> Deed:
    matches = dict.fromkeys(known.match(row.person) for row in group)
    unclear = [Problem(None, "", one.reason, one.remedy) for one in matches if one.reason]
    customers = {match.customer for match in matches} - {""}
    if len(customers) > 1 and not unclear:
        unclear = [Problem(None, "", _SEVERAL, _MERGE)]
    wrong = _forgotten(group, told) + unclear
    if unclear:
        return _refused(group, wrong, told)
    if customers:
        return _change(group, customers.pop(), known, told, wrong)
    return _register(group, known, told, wrong)


def _refused(group: list[Asked], wrong: list[Problem], told: Told) -> Deed:
    return refused((row.line for row in group), told.faults(wrong))


def _register(group: list[Asked], known: Known, told: Told, wrong: list[Problem]) -> Deed:
    fields: dict[str, Any] = {"kind": "person"}
    for row in sorted(group, key=lambda row: row.said_at):
        fields = rules.told_again(fields, row.values)
    wrong = wrong + told.problems(own.missing(fields, told.definitions), _REQUIRED)
    others = {name: known.others_at(fields.get(name, ""), besides="") for name in ("email", "phone")}
    shares = any(others.values()) and bool(told.option("share_addresses"))
    if any(others.values()) and not shares:
        names = {str(known.profiles[one]["name"]) for some in others.values() for one in some}
        reason = Reason("its phone number is known as that of {names}", names=", ".join(sorted(names)[:3]))
        wrong.append(told.problem("phone" if others["phone"] else "email", reason, _SHARED))
    if wrong:
        return _refused(group, wrong, told)
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


def _change(group: list[Asked], customer: str, known: Known, told: Told, wrong: list[Problem]) -> Deed:
    standing = known.standing(customer)
    if not wrong and told.option("existing") == "skip":
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
        wrong = [*wrong, told.problem(taken[0], reason, _SHARED)]
    wrong = wrong + _inconsistent(standing.fields, fields, told)
    if wrong:
        return _refused(group, wrong, told)
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


def _inconsistent(before: Mapping[str, Any], fields: Mapping[str, Any], told: Told) -> list[Problem]:
    """What the record would not take beside what stands there: another kind of customer has other relations."""
    try:
        customer_rules.require_consistent(customer_rules.merged(before, fields))
    except InvalidFields as refused:
        return told.problems(refused.fields, CORRECT_CELL)
    return []


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
