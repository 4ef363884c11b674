"""The job of an export: part after part, then the file. It may die anywhere, and its messages may come twice.

A part is stored once (crm.exports.parts), and the export moves on under the condition that it stands where the worker
found it. The file is written from the parts, which never change: written twice it is the same file. An export that runs
no more when a worker comes to move it on was deleted meanwhile, and so is what that worker stored.
"""

import time
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from pynamodb.expressions.update import Action

from crm.core import clock, queue, table
from crm.core.config import settings
from crm.core.errors import CrmError, NotFound, StoreUnavailable, Unavailable
from crm.core.files import FileMissing
from crm.core.jobs import Message
from crm.core.reason import Reason
from crm.exports import cells, parts, sources, writers
from crm.exports.models import Export
from crm.exports.parts import Head

WORK_SECONDS = 60
"""A message collects so long, far below the time limit of the function."""
_PARTS_GONE = Reason("its parts are gone; ask for another export")
_GROUP_GONE = Reason("the group that was asked for is not there any more")


def export(message: Message) -> None:
    """{"job": "export", "export": id, "piece": n}. Raises the store's errors."""
    item = Export.find(message["export"])
    if item is None or not _is_running(item):
        return
    if item.parts != message["piece"] and item.by != message["id"]:
        return
    try:
        if _collected(item, message):
            _finish(item, message)
    except (FileMissing, writers.TooMany, CrmError) as problem:
        if isinstance(problem, Unavailable):
            raise StoreUnavailable(problem.detail) from problem
        _fail(item, message, _why(problem))


def _why(problem: FileMissing | writers.TooMany | CrmError) -> Reason:
    if isinstance(problem, FileMissing):
        return _PARTS_GONE
    return Reason.meaning(problem.detail, _GROUP_GONE) if isinstance(problem, NotFound) else problem.reason


def _collected(item: Export, message: Message) -> bool:
    """Store parts from where it stands; whether all are there and it is for this worker to finish."""
    limit = time.monotonic() + WORK_SECONDS
    while item.collected_at is None:
        head = parts.kept(item, item.parts) or parts.keep(item, item.parts, sources.part(item))
        if not _moved(item, message, _after(item, head)):
            return False
        # Of a group it is known after the first part.
        writers.require_room(item.format, max(int(item.rows), int(item.expected or 0)))
        if item.collected_at is None and time.monotonic() > limit:
            again = {"job": "export", "export": item.export_id, "piece": item.parts}
            queue.send(settings().files_queue_url, again)
            return False
    return True


def _after(item: Export, head: Head) -> dict[str, Any]:
    known = {"parts": item.parts + 1, "rows": item.rows + head.count, "place": head.place}
    if item.parts == 0:
        # Of how many there are who does not reach all is told nothing.
        known["expected"] = None if item.within else sources.expected(item.what, item.asked)
    fields = {*(item.fields or ()), *head.fields}
    return known | {"fields": fields or None, "collected_at": None if head.place else clock.stamp()}


def _finish(item: Export, message: Message) -> None:
    write, content_type = writers.WRITERS[item.format]
    counted = _Counted(parts.rows(item))
    layout = cells.layout(item.what, item.fields or (), sources.never_seen(item))
    parts.write(item, counted.measured(write(counted.once(), layout)), content_type=content_type)
    done = {"state": "done", "rows": counted.rows, "bytes": counted.bytes, "ended_at": clock.stamp(), "place": None}
    if _moved(item, message, done):
        parts.drop_parts(item)


def _fail(item: Export, message: Message, why: Reason) -> None:
    if _moved(item, message, {"state": "failed", "failure": why, "ended_at": clock.stamp()}):
        parts.drop(item)


def _is_running(item: Export) -> bool:
    """Whether there is anything to do; what a worker left that died after the end is taken away."""
    if item.state == "done":
        parts.drop_parts(item)
    elif item.state != "running":
        parts.drop(item)
    return item.state == "running"


def _moved(item: Export, message: Message, changes: dict[str, Any]) -> bool:
    """Write attributes (None removes), if the export still stands where the worker found it; `item` then holds them."""
    before = int(item.parts)
    changes = {**changes, "by": message["id"]}
    actions: list[Action] = []
    for name, value in changes.items():
        attribute = getattr(Export, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
        setattr(item, name, value)
    here = (Export.state == "running") & (Export.parts == before)
    here &= Export.collected_at.does_not_exist() if "collected_at" in changes else Export.pk.exists()
    target = Export(item.pk, item.sk)
    try:
        table.commit(lambda transaction: transaction.update(target, actions, condition=here))
    except table.ConditionFailed:
        # Another worker has moved it on, to the same place; or it was deleted, and nothing of it may stay.
        current = Export.find(item.export_id)
        if current is None:
            parts.drop(item)
        else:
            _is_running(current)
        return False
    return True


class _Counted:
    """Rows as they go by, each customer once; how many there were, and of how many bytes the file is.

    A list moves while it is read: who was renamed between two pages stands on both. A hundred bytes are kept
    of each.
    """

    def __init__(self, rows: Iterator[dict[str, Any]]) -> None:
        self._rows = rows
        self.rows = 0
        self.bytes = 0

    def once(self) -> Iterator[dict[str, Any]]:
        """The rows, but those of a customer who went by before."""
        seen: set[bytes] = set()
        for row in self._rows:
            if "version" in row and row.get("kind") in {"person", "organisation"}:
                mark = blake2b(row["id"].encode(), digest_size=8).digest()
                if mark in seen:
                    continue
                seen.add(mark)
            self.rows += 1
            yield row

    def measured(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks, counted."""
        for chunk in chunks:
            self.bytes += len(chunk)
            yield chunk
