"""Use cases of imports: begin one, answer what is asked, run it, cancel it, undo it; and where each stands."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crm.core import clock, files, ids, links, table
from crm.core.errors import Conflict, InvalidFields, KeyReused, NotFound
from crm.core.jobs import Message
from crm.core.paging import Page, PageRequest, of_partition
from crm.core.reason import Reason
from crm.imports import chain, opening, pieces, troubles
from crm.imports.models import PARTITION, GoAhead, Import

UNDO_DAYS = 30
_KEPT = timedelta(days=90)
_ROUTE = "POST /imports"
_STOPPABLE = frozenset({"awaiting_upload", "inspecting", "needs_mapping", "checking", "checked", "running"})
_UNDOABLE = frozenset({"done", "cancelled", "failed"})
_LOOKED_AT = frozenset({"inspecting", "checking"})
_AFRESH: Mapping[str, Any] = {"next": 0, "by": None, "pace": None, "trouble": None}
"""Of a job that begins."""
_ANSWERABLE = frozenset({"needs_mapping", "checked"})


def begin(*, kind: str, file_name: str, options: Mapping[str, Any], caller: str, idempotency_key: str | None) -> Import:
    """A new import that waits for its file. Raises NotFound for an unknown kind, KeyReused."""
    opening.kind_of(kind)
    import_id = ids.derived(caller=caller, route=_ROUTE, idempotency_key=idempotency_key)
    request_hash = ids.request_hash([kind, file_name, options])
    item = new(import_id, kind=kind, file_name=file_name, options=options, caller=caller, request_hash=request_hash)
    try:
        table.commit(lambda transaction: transaction.save(item, condition=Import.pk.does_not_exist()))
    except table.ConditionFailed:
        stored = get(import_id=import_id)
        if stored.request_hash != request_hash:
            raise KeyReused("send another Idempotency-Key for another import") from None
        return stored
    return item


def new(import_id: str, *, kind: str, file_name: str, options: Mapping[str, Any], caller: str, **more: Any) -> Import:
    """The item of an import that begins; `more` attributes replace those that it has by itself."""
    now = clock.now()
    stamps = {"created_at": clock.instant(now), "updated_at": clock.instant(now), "created_by": caller}
    begins = {"state": "awaiting_upload", "stage": "inspect", "round": 1, "next": 0, "pieces": 0, "rows": 0}
    key = pieces.upload_key(import_id)
    expires = int((now + _KEPT).timestamp())
    values = {**stamps, **begins, "key": key, "expires_at": expires, **more}
    return Import.keyed(import_id, kind=kind, file_name=file_name, options=dict(options), **values)


def get(*, import_id: str) -> Import:
    """An import as it is now. Raises NotFound."""
    try:
        return Import.read(import_id)
    except Import.DoesNotExist as missing:
        raise NotFound(f"there is no import {import_id[:60]!a}") from missing


def page(request: PageRequest) -> Page[Import]:
    """Imports by their ids."""
    found, place = of_partition(Import, PARTITION, "IMPORT#", after=request.after, limit=request.limit)
    return Page(found, request.cursor_at(place))


def uploaded(*, import_id: str) -> Import:
    """The file is there: look at it. Again it lets that go on. Raises NotFound, Conflict without a file."""
    item = get(import_id=import_id)
    if item.state == "awaiting_upload":
        try:
            stored = files.about(item.key)
        except files.FileMissing as missing:
            raise Conflict(Reason("no file has been uploaded yet; send the form of `upload` first")) from missing
        changes = {"state": "inspecting", "bytes": stored.bytes, "etag": stored.etag, "uploaded_at": clock.stamp()}
        here = chain.place(item)
        if chain.write(item, {**changes, "updated_at": clock.stamp()}, expected=here, goes_on=True):
            return item
        # The bucket tells of the file, too, and was faster.
        item = get(import_id=import_id)
    elif item.state in _LOOKED_AT:
        _go_on(item)
    return item


def upload_form(item: Import, *, then: str | None = None) -> links.Upload:
    """The form that uploads the file of an import; `then`: where a browser goes on that sends it by itself."""
    return links.upload(item.key, then=then)


def answer(*, import_id: str, answers: Mapping[str, str | None]) -> Import:
    """Answer questions, and look at the file anew. Raises NotFound, Conflict, InvalidFields."""
    item = get(import_id=import_id)
    _require(item, _ANSWERABLE, "be answered about")
    known = {**(item.answers or {}), **answers}
    given = {pointer: said for pointer, said in known.items() if said is not None}
    _require_possible(item, answers)
    fresh = {**_AFRESH, "stage": "inspect", "pieces": 0, "rows": 0, "checked": None, "failure": None}
    _move(item, {**fresh, "state": "inspecting", "answers": given, "is_saved_mapping": None, "round": item.round + 1})
    return item


def run(*, import_id: str) -> Import:
    """Write the rows into the store; again, or where its job failed too often, it goes on where it stands.

    Raises NotFound, Conflict.
    """
    item = get(import_id=import_id)
    if item.state == "failed" and (item.failure or {}).get("code") == troubles.GAVE_UP:
        _move(item, {"state": chain.STATES[item.stage], "failure": None, "ended_at": None, "trouble": None, "by": None})
    elif item.state == "running":
        _go_on(item)
    else:
        _require(item, frozenset({"checked"}), "run")
        now = clock.stamp()
        _move(item, {**_AFRESH, "state": "running", "stage": "run", "ran_at": now, "begun_at": now})
    return item


def cancel(*, import_id: str) -> Import:
    """Stop: what has been written stays, and can be undone. Raises NotFound, Conflict."""
    item = get(import_id=import_id)
    if item.state != "cancelled":
        _require(item, _STOPPABLE, "be cancelled")
        _stop(item)
    return item


def undo(*, import_id: str) -> Import:
    """Take back all that it wrote, but for what people have changed since; again it goes on where it stands.

    Raises NotFound, Conflict after 30 days.
    """
    item = get(import_id=import_id)
    if item.state == "failed" and item.stage == "undo":
        return run(import_id=import_id)
    if item.state == "undoing":
        _go_on(item)
    else:
        _require(item, _UNDOABLE, "be undone")
        if item.ran_at is None:
            raise Conflict(Reason("it has written nothing that could be undone"))
        until = undo_until(item)
        if until is None or clock.stamp() > until:
            raise Conflict(Reason("an import can be undone for {undo_days} days", undo_days=UNDO_DAYS))
        begun = item.pieces if item.state == "done" else min(item.next + 1, item.pieces)
        changes = {"state": "undoing", "stage": "undo", "undo_pieces": begun, "undone": None, "failure": None}
        _move(item, {**_AFRESH, **changes, "begun_at": clock.stamp()})
    return item


def following(*, import_id: str) -> Message | None:
    """The message that goes on with an import where it stands; None where there is nothing to do. Raises NotFound."""
    item = get(import_id=import_id)
    return chain.message_of(item, item.stage) if item.state in chain.STATES.values() else None


def undo_until(item: Import) -> str | None:
    """Until when it can be undone; None where it has written nothing."""
    if item.ran_at is None:
        return None
    return clock.instant(datetime.fromisoformat(item.ran_at) + timedelta(days=UNDO_DAYS))


def _stop(item: Import) -> None:
    # The run may be at work: it moves on meanwhile, and the cancellation meets it at its next piece.
    for _ in range(20):
        here = (item.state, item.stage, item.round, item.next)
        if chain.write(item, {"state": "cancelled", "ended_at": clock.stamp()}, expected=here):
            return
        current = get(import_id=item.import_id)
        _require(current, _STOPPABLE, "be cancelled")
        item.state, item.next, item.stage, item.round = current.state, current.next, current.stage, current.round
    raise Conflict(Reason("it goes on faster than it can be stopped; try again"))


def _require(item: Import, states: frozenset[str], verb: str) -> None:
    if item.state not in states:
        raise Conflict(
            Reason(
                "it is {state}; it can {verb} when it is {states}",
                state=item.state,
                verb=verb,
                states=" or ".join(sorted(states)),
            )
        )


def _require_possible(item: Import, answers: Mapping[str, str | None]) -> None:
    found = opening.inspection(item.import_id)
    for question in found.questions if found else ():
        said = answers.get(question.pointer)
        values = [choice.value for choice in question.choices]
        if said is not None and said not in values and not question.is_open:
            few = ", ".join(repr(value) for value in values[:12])
            raise InvalidFields.one(
                f"/answers/{question.pointer}",
                Reason("{said} cannot be meant; one of {few}", said=ascii(said[:60]), few=few),
            )


def _go_on(item: Import) -> None:
    """Have its job begun where it stands: of two that are at it one does it, and the other ends."""
    table.commit(lambda transaction: transaction.save(GoAhead.of(item)))


def _move(item: Import, changes: dict[str, Any]) -> None:
    """Bring it to a state whose job begins then."""
    here = (item.state, item.stage, item.round, item.next)
    if not chain.write(item, {"updated_at": clock.stamp(), **changes}, expected=here, goes_on=True):
        raise Conflict(Reason("it has moved on meanwhile; look at it again"))
