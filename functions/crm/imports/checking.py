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
    """How rows of a kind become deeds. `marks` are what makes two rows of a file be about the same."""

    plan: Callable[[Rows, Told, Mapping[int, Before]], list[Deed]]
    marks: Callable[[Asked], tuple[tuple[str, ...], ...]]


_PEOPLE = Importer(lambda rows, told, _: people.plan(rows, told), lambda row: row.person.marks())
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
        deeds = [_with_file(deed, before) for deed in deeds]
    pieces.put_deeds(place, "check", number, deeds)
    if number == 0:
        preview = [_previewed(deed) for deed in deeds if deed.does != "nothing"][:_PREVIEWED]
        pieces.put_document(item.import_id, "preview", json.dumps(preview, default=str, ensure_ascii=False).encode())
    return counts(deeds)


def _seen(item: Import, number: int, rows: Rows, how: Importer) -> dict[int, Before]:
    pairs = [(row.line, seen.marked(*mark)) for row in rows if isinstance(row, Asked) for mark in how.marks(row)]
    found = seen.noted(f"{item.import_id}.{item.round}", number, pairs)
    by_line: dict[int, Before] = {}
    for (line, _), before in found.items():
        if before.times and (line not in by_line or before.first_line < by_line[line].first_line):
            by_line[line] = before
    return by_line


def _with_file(deed: Deed, before: Mapping[int, Before]) -> Deed:
    """A customer whom an earlier piece makes is there by the time of this one."""
    return replace(deed, outcomes=tuple(_with_earlier(one, before.get(one.line)) for one in deed.outcomes))


def _with_earlier(one: Outcome, before: Before | None) -> Outcome:
    if before is None or one.result == "refused" or one.first_line:
        return one
    return replace(one, first_line=before.first_line, result="changed" if one.result == "created" else one.result)


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
