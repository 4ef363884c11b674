"""The dry run: what each row would come to, and what the file has twice. It writes nothing but its own notes."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from crm.core import clock
from crm.core.jobs import Message
from crm.customers.rules import merged
from crm.imports import chain, events, nightly, opening, people, pieces, refused, relating, seen, turns
from crm.imports.asked import Asked, Told, Unfit, read
from crm.imports.deeds import Deed, Outcome, counts
from crm.imports.models import Import
from crm.imports.seen import Before

_PREVIEWED = 10
_BEGINS = {"state": "running", "stage": "run", "next": 0}
Rows = Sequence[Asked | Unfit]


@dataclass(frozen=True)
class Importer:
    """How rows of a kind become deeds. `marks` are what makes two rows of a file be about the same.

    `says`: all that a row says of it, where a row that says no more than the one before it changes nothing.
    """

    plan: Callable[[Rows, Told, Mapping[int, Before]], list[Deed]]
    marks: Callable[[Asked], tuple[tuple[str, ...], ...]]
    says: Callable[[Asked], str] = lambda _: ""


_PEOPLE = Importer(lambda rows, told, _: people.plan(rows, told), lambda row: row.person.marks(), people.says)
_EVENTS = Importer(events.plan, events.marks)
_RELATIONS = Importer(relating.plan, relating.marks)


def importer(kind: str) -> Importer:
    """How rows of this kind become deeds."""
    return {"customers": _PEOPLE, "relations": _RELATIONS}.get(kind, _EVENTS)


def check(message: Message) -> None:
    """{"job": "import_check", …}: what the rows of a piece would come to."""
    with turns.turn(message, "check") as item:
        if item is None:
            return
        told = opening.told(item)
        if chain.go_on(item, message, work=partial(_check, told), tally="checked", end=item.pieces):
            refused.write(item, told, "check")
            _end(item, message)


def _end(item: Import, message: Message) -> None:
    now = clock.stamp()
    if not nightly.runs_by_itself(item):
        chain.moved(item, message, {"state": "checked", "ended_at": now})
    elif chain.moved(item, message, _BEGINS | {"ran_at": now, "begun_at": now}):
        chain.send(item, "run")


def _check(told: Told, item: Import, number: int) -> Mapping[str, int]:
    place, how = pieces.place(item), importer(item.kind)
    rows = read(pieces.rows(place, number), told)
    before = _seen(item, number, rows, how)
    pieces.put_seen(place, number, before)
    deeds = how.plan(rows, told, before)
    if item.kind == "customers":
        deeds = [_with_file(deed, before, told) for deed in deeds]
    pieces.put_deeds(place, "check", number, deeds)
    if number == 0:
        preview = [_previewed(deed) for deed in deeds if deed.does != "nothing"][:_PREVIEWED]
        pieces.put_document(item.import_id, "preview", json.dumps(preview, default=str, ensure_ascii=False).encode())
    return counts(deeds)


def _seen(item: Import, number: int, rows: Rows, how: Importer) -> dict[int, Before]:
    marks = [
        (row.line, seen.marked(*mark), how.says(row))
        for row in rows
        if isinstance(row, Asked)
        for mark in how.marks(row)
    ]
    found = seen.noted(f"{item.import_id}.{item.round}", number, marks)
    by_line: dict[int, Before] = {}
    for (line, _), before in found.items():
        if before.times:
            known = by_line.get(line, before)
            first = min(known, before, key=lambda one: one.first_line)
            by_line[line] = replace(first, is_said=known.is_said and before.is_said)
    return by_line


def _with_file(deed: Deed, before: Mapping[int, Before], told: Told) -> Deed:
    """A customer whom an earlier piece makes is there by the time of this one, with what it said of them."""
    seen_before = {line: one for line, one in before.items() if one.first_line < deed.line}
    outcomes = (_with_earlier(one, seen_before.get(one.line), told) for one in deed.outcomes)
    return replace(deed, outcomes=tuple(outcomes))


def _with_earlier(one: Outcome, before: Before | None, told: Told) -> Outcome:
    if before is None or one.result == "refused":
        return one
    found = replace(one, first_line=one.first_line or before.first_line)
    if one.result == "skipped":
        return found
    if told.option("existing") == "skip":
        return replace(found, result="skipped", reason=people.LEFT)
    return (
        replace(found, result="skipped", reason=people.NOTHING_NEW)
        if before.is_said
        else replace(found, result="changed")
    )


def _previewed(deed: Deed) -> dict[str, object]:
    stored = merged({}, deed.fields)
    events_ = [event["values"] for event in deed.events]
    return {
        "line": deed.line,
        "result": deed.outcomes[0].result,
        "customer": deed.customer,
        "fields": stored,
        "events": events_,
    }
