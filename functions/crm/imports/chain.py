"""A job in pieces: each message does some pieces, moves the import on after each, and sends the next message.

The first message of a job is sent by the stream: whoever asks for it writes that with the import, and nothing else.

Messages come twice, and workers die. A piece is moved on under the condition that the import stands where the worker
found it, and what the piece counts is added in the same write, so it counts once. Of two workers one holds the import
and the other waits (see `crm.imports.turns`). A worker that died has its message delivered again, and finds by `by`
that it was the one.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import cause, clock, queue, table
from crm.core.config import settings
from crm.core.jobs import Message
from crm.imports import progress
from crm.imports.models import GoAhead, Import

WORK_SECONDS = 60
"""A message works so long, and a piece longer, far below the time limit of the function."""
STATES = {"inspect": "inspecting", "split": "checking", "check": "checking", "run": "running", "undo": "undoing"}
"""The state of an import by the job under way."""
_NOT_SO = "ConditionalCheckFailedException"
Place = tuple[str, str, int, int]


def send(item: Import, stage: str) -> None:
    """Queue the message that goes on with a stage where the import stands."""
    queue.send(settings().files_queue_url, message_of(item, stage))


def message_of(item: Import, stage: str) -> dict[str, Any]:
    """The message that goes on with a stage where the import stands."""
    return {"job": f"import_{stage}", "import": item.import_id, "round": item.round, "piece": item.next}


def go_on(
    item: Import, message: Message, *, work: Callable[[Import, int], Mapping[str, int]], tally: str, end: int
) -> bool:
    """Do pieces from where the import stands; whether all `end` are done. `item` follows what is written.

    `work` does a piece and tells its counts, which are added to the attribute `tally`.
    """
    limit = time.monotonic() + WORK_SECONDS
    pace = progress.begun(item.pace, at=clock.now(), done=progress.counted(getattr(item, tally)))
    while item.next < end:
        counts = work(item, item.next)
        known = getattr(item, tally) or {}
        summed = {**known, **{name: int(known.get(name, 0)) + count for name, count in counts.items()}}
        pace = progress.paced(pace, at=clock.now(), done=progress.counted(summed))
        if not moved(item, message, {tally: summed, "next": item.next + 1, "pace": pace}):
            return False
        if item.next < end and time.monotonic() > limit:
            send(item, item.stage)
            return False
    return True


def moved(item: Import, message: Message, changes: Mapping[str, Any]) -> bool:
    """Write attributes, if the import still stands where the worker found it; `item` then holds them.

    An answer that was lost is recognised by `by`.
    """
    before = place(item)
    stamps = {"by": message["id"], "updated_at": clock.stamp(), "trouble": None}
    if write(item, {**changes, **stamps}, expected=before):
        return True
    current = Import.read(item.import_id)
    after = (
        changes.get("state", before[0]),
        changes.get("stage", before[1]),
        before[2],
        changes.get("next", before[3]),
    )
    return current.by == message["id"] and place(current) == after


def place(item: Import) -> Place:
    """Where an import stands, for the next write to find it there."""
    return item.state, item.stage, item.round, item.next


def write(
    item: Import, changes: Mapping[str, Any], *, expected: Place, also: Condition | None = None, goes_on: bool = False
) -> bool:
    """Write attributes (None removes), if state, stage, round and next are as expected; false if they are not.

    `goes_on`: and have its job begun where it stands then.
    """
    actions: list[Action] = []
    for name, value in changes.items():
        attribute = getattr(Import, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    state, stage, round_, number = expected
    here = (Import.state == state) & (Import.stage == stage) & (Import.round == round_) & (Import.next == number)
    for name, value in changes.items():
        setattr(item, name, value)
    expects = here & also if also is not None else here
    # A fresh object: PynamoDB writes the answer's attributes into the one it is called on.
    fresh = Import(item.pk, item.sk)
    try:
        if cause.present() or goes_on:
            # What somebody asked for is recorded in its own transaction; what a worker notes costs half of one.
            table.commit(partial(_write, fresh, actions, expects, GoAhead.of(item) if goes_on else None))
        else:
            fresh.update(actions, condition=expects)
    except table.ConditionFailed:
        return False
    except UpdateError as error:
        if is_not_so(error):
            return False
        raise
    return True


def _write(
    item: Import, actions: list[Action], condition: Condition, ahead: GoAhead | None, transaction: TransactWrite
) -> None:
    transaction.update(item, actions, condition=condition)
    if ahead:
        transaction.save(ahead)


def is_not_so(error: Exception) -> bool:
    """Whether an error says that the condition of an update does not hold."""
    answered = getattr(error, "cause", None)
    return isinstance(answered, ClientError) and answered.response["Error"]["Code"] == _NOT_SO


def found(message: Message, stage: str) -> Import | None:
    """The import, if this message is the one to go on with it."""
    try:
        item = Import.read(message["import"])
    except Import.DoesNotExist:
        return None
    if item.round != message["round"]:
        return None
    if item.stage != stage and item.by == message["id"] and item.next == 0 and item.state == STATES.get(item.stage):
        # It died between beginning the next stage and sending its message.
        send(item, item.stage)
        return None
    if (item.state, item.stage) != (STATES[stage], stage):
        return None
    return item if item.next == message["piece"] or item.by == message["id"] else None
