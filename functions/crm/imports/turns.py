"""Whose turn it is: a worker holds an import while it is at it, for longer than it may live.

Another that comes meanwhile, with the same message or one that somebody sent again, puts its message off: what a file
has twice is counted piece after piece, and would be wrong if two looked at the same piece.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from crm.core import clock, ids, queue, table
from crm.core.config import settings
from crm.core.jobs import Message
from crm.core.log import logger
from crm.imports import chain
from crm.imports.models import Import

# Longer than the function may run: whoever had it then writes no more.
_HELD = timedelta(seconds=310)
_WAIT_SECONDS = 20


@contextmanager
def turn(message: Message, stage: str) -> Iterator[Import | None]:
    """The import, held, if this message is the one to go on with it and nobody else is at it."""
    item = chain.found(message, stage)
    if item is None or not _taken(item, message):
        yield None
        return
    try:
        yield item
    finally:
        _let_go(item)


def _taken(item: Import, message: Message) -> bool:
    """Hold the import. Where somebody else does the message is put off, for that one may have died.

    The client sends a write whose answer is lost again by itself: who finds the import held by this very taking
    has it, and does not wait for itself.
    """
    now, holder = clock.now(), ids.new()
    nobody_has_it = Import.busy_until.does_not_exist() | (Import.busy_until <= clock.instant(now))
    free = nobody_has_it | (Import.holder == holder)
    held = {"busy_until": clock.instant(now + _HELD), "holder": holder}
    try:
        is_taken = chain.write(item, held, expected=chain.place(item), also=free)
    except table.STORE_ERRORS:
        # It may have been written all the same, and the message comes again soon.
        _let_go(item)
        raise
    if not is_taken:
        queue.send(settings().files_queue_url, message, delay_seconds=_WAIT_SECONDS)
    return is_taken


def _let_go(item: Import) -> None:
    """Let somebody else have it at once; a worker that cannot say so is waited for."""
    try:
        Import(item.pk, item.sk).update(
            [Import.busy_until.remove(), Import.holder.remove()], condition=Import.holder == item.holder
        )
    except table.STORE_ERRORS as error:
        if not chain.is_not_so(error):
            logger().warning("an import stays held for a while", extra={"error": type(error).__name__})
