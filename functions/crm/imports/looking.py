"""The first jobs of an import: look at the file, ask what is not sure, and cut it into pieces of rows."""

import time
from itertools import islice

from crm.business import service as business
from crm.core import clock, files
from crm.core.errors import InvalidFields
from crm.core.jobs import Message
from crm.imports import chain, opening, pieces, turns
from crm.imports.inspecting import inspect
from crm.imports.models import Import, SavedMapping
from crm.imports.reading import FileRefused, Inspection, Position
from crm.imports.rows import rows


def look(message: Message) -> None:
    """{"job": "import_inspect", …}: find out what the file is; go on if all is sure, else ask."""
    with turns.turn(message, "inspect") as item:
        if item is None:
            return
        try:
            found = _inspected(item)
        except (files.FileMissing, files.FileChanged):
            _fail(item, message, "gone", "the file is not there any more", "upload it again in a new import")
        except InvalidFields as wrong:
            failure = {"code": "answers", "reason": wrong.detail, "remedy": "answer anew"}
            chain.moved(item, message, {"state": "needs_mapping", "failure": failure})
        else:
            opening.keep(item.import_id, found)
            _conclude(item, message, found)


def _conclude(item: Import, message: Message, found: Inspection) -> None:
    if found.refusals:
        first = found.refusals[0]
        _fail(item, message, first.code, first.reason, first.remedy)
    elif found.questions:
        chain.moved(item, message, {"state": "needs_mapping", "fingerprint": found.fingerprint, "failure": None})
    else:
        _begin_split(item, message, found)


def split(message: Message) -> None:
    """{"job": "import_split", …}: store the rows in pieces, from where the last message ended."""
    with turns.turn(message, "split") as item:
        if item is None:
            return
        try:
            is_whole = _split(item, message)
        except (files.FileMissing, files.FileChanged):
            _fail(item, message, "gone", "the file was changed or deleted while it was read", "upload it again")
        except FileRefused as refused:
            _fail(item, message, refused.code, refused.why, refused.remedy)
        else:
            if is_whole and chain.moved(item, message, {"stage": "check", "next": 0, "place": None}):
                chain.send(item, "check")


def _inspected(item: Import) -> Inspection:
    kind, customs, today = opening.kind_of(item.kind), business.current(), clock.now().date()
    if files.about(item.key).etag != item.etag:
        raise files.FileChanged(item.key)
    with files.stream(item.key) as source:
        found = inspect(source, kind=kind, today=today, business=customs, decided=item.answers)
        saved = SavedMapping.read(found.fingerprint) if found.fingerprint and not item.answers else None
        if saved is None:
            return found
        try:
            again = inspect(source, kind=kind, today=today, business=customs, decided=saved.answers)
        except InvalidFields:
            # Other rows: an answer of last time cannot be meant any more.
            return found
    item.answers, item.is_saved_mapping = dict(saved.answers), True
    return again


def _begin_split(item: Import, message: Message, found: Inspection) -> None:
    if item.answers:
        _save(item, found.fingerprint)
    changes = {
        "state": "checking",
        "stage": "split",
        "next": 0,
        "fingerprint": found.fingerprint,
        "answers": item.answers,
        "is_saved_mapping": item.is_saved_mapping,
        "failure": None,
        "begun_at": clock.stamp(),
    }
    if chain.moved(item, message, changes):
        chain.send(item, "split")


def _save(item: Import, fingerprint: str) -> None:
    stamps = {"saved_at": clock.stamp(), "saved_by": item.created_by}
    SavedMapping.keyed(fingerprint, answers=item.answers, **stamps).save()


def _split(item: Import, message: Message) -> bool:
    found = opening.inspection(item.import_id)
    if found is None or found.reading is None:
        raise files.FileMissing(item.key)
    limit = time.monotonic() + chain.WORK_SECONDS
    start = Position(int(item.place["offset"]), int(item.place["line"])) if item.place else None
    with files.stream(item.key) as source:
        left = rows(source, reading=found.reading, start=start)
        while piece := list(islice(left, pieces.ROWS)):
            pieces.put_rows(pieces.place(item), item.next, piece)
            offset, line = piece[-1].position
            counted = {"next": item.next + 1, "pieces": item.next + 1, "rows": item.rows + len(piece)}
            if not chain.moved(item, message, {**counted, "place": {"offset": offset, "line": line}}):
                return False
            if time.monotonic() > limit:
                chain.send(item, "split")
                return False
    return True


def _fail(item: Import, message: Message, code: str, reason: str, remedy: str) -> None:
    failure = {"code": code, "reason": reason, "remedy": remedy}
    chain.moved(item, message, {"state": "failed", "failure": failure, "ended_at": clock.stamp()})
