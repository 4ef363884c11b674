"""Writes the rows into the store, piece by piece, and takes them back again.

The plan of a piece is stored before anything of it is done, and what it came to before the import moves on: a piece
that is done again does the same. While a worker may be writing, nothing is undone: see `busy_until`.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TypeVar

from crm.audit import recording
from crm.core import cause, clock, files
from crm.core.cause import Cause
from crm.core.jobs import Message
from crm.imports import chain, opening, order, pieces, refused, turns, undoing
from crm.imports.asked import Told, read
from crm.imports.checking import importer
from crm.imports.deeds import Deed, counts
from crm.imports.doing import do
from crm.imports.models import Import

Result = TypeVar("Result")
THREADS = 8
"""So many customers of a piece are written at once, enough to hide the way to the store, and it has room left."""


def run(message: Message) -> None:
    """{"job": "import_run", …}: write the rows of some pieces."""
    with turns.turn(message, "run") as item:
        if item is None:
            return
        told = opening.told(item)
        if chain.go_on(item, message, work=partial(_run, told), tally="ran", end=item.pieces):
            refused.write(item, told, "run")
            files.delete_prefix(f"uploads/{item.import_id}/")
            chain.moved(item, message, {"state": "done", "ended_at": clock.stamp()})


def undo(message: Message) -> None:
    """{"job": "import_undo", …}: take pieces back, the last first, once a cancelled run is at none."""
    with turns.turn(message, "undo") as item:
        if item is None:
            return
        told = opening.told(item)
        if chain.go_on(item, message, work=partial(_undo, told), tally="undone", end=item.undo_pieces or 0):
            chain.moved(item, message, {"state": "undone", "ended_at": clock.stamp()})


def _run(told: Told, item: Import, number: int) -> Mapping[str, int]:
    return counts(_done(told, item, number))


def _done(told: Told, item: Import, number: int) -> list[Deed]:
    place, how = pieces.place(item), importer(item.kind)
    known = pieces.deeds(place, "run", number)
    if known is not None:
        return known
    before = pieces.seen(place, number)

    def planned(lines: set[int] | None = None) -> list[Deed]:
        rows = [row for row in pieces.rows(place, number) if lines is None or row.line in lines]
        return how.plan(read(rows, told), told, before)

    def replan(deed: Deed) -> list[Deed]:
        return planned({one.line for one in deed.outcomes})

    plan = pieces.deeds(place, "plan", number)
    if plan is None:
        plan = pieces.put_plan(place, number, planned())
    with cause.working(Cause(item.created_by, "import", of=item.import_id, recorder=recording.records)):
        at_once, later = order.parted(plan)
        came = _each(lambda deed: do(deed, told, replan), at_once) + [do(deed, told, replan) for deed in later]
    done = sorted((one for some in came for one in some), key=lambda deed: deed.line)
    pieces.put_deeds(place, "run", number, done)
    return done


def _undo(told: Told, item: Import, number: int) -> Mapping[str, int]:
    place, piece = pieces.place(item), (item.undo_pieces or 0) - 1 - number
    done = pieces.deeds(place, "run", piece)
    if done is None and pieces.deeds(place, "plan", piece) is not None:
        # Cancelled in the middle of it: only when it is done to its end is it known what it did.
        done = _done(told, item, piece)
    # Who asked for it stands with the request, and as the author of what it changes.
    with cause.working(Cause("", "undo", of=item.import_id, recorder=recording.records)):
        undone = _each(lambda deed: undoing.undo(deed, told), done or [])
    pieces.put_deeds(place, "undo", piece, [deed for deed in undone if deed.outcomes])
    return counts(undone)


def _each(act: Callable[[Deed], Result], deeds: list[Deed]) -> list[Result]:
    """What each deed comes to, in their order; several at once."""
    if THREADS == 1:
        return list(map(act, deeds))
    # Each in a context of its own: a thread knows of none by itself for whom it works.
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda one: one[0].run(act, one[1]), [(copy_context(), deed) for deed in deeds]))
