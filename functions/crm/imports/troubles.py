"""What becomes of a job that fails: it is tried again, ever later, and the import says so meanwhile."""

from datetime import timedelta

from crm.core import clock, queue, table
from crm.core.config import settings
from crm.core.jobs import Message
from crm.core.log import logger
from crm.imports import chain
from crm.imports.models import Import

TRIES = 5
GAVE_UP = "gave_up"
_WAIT_SECONDS = 20
_LONGEST_WAIT = 900


def troubled(message: Message, error: Exception) -> None:
    """Note why a job failed, and try again, ever later; an import whose job failed five times has failed itself.

    What passes, such as a busy store, is waited for as long as it takes. Raises the store's and the queue's errors.
    """
    is_passing = table.is_passing(error)
    tries = int(message.get("tries", 1))
    logger().exception("an import's job failed", extra={"import": message["import"], "tries": tries})
    if tries >= TRIES and not is_passing:
        _give_up(message, type(error).__name__)
        return
    pause = _WAIT_SECONDS if is_passing else min(_WAIT_SECONDS * 3 ** (tries - 1), _LONGEST_WAIT)
    queue.send(settings().files_queue_url, {**message, "tries": tries + (not is_passing)}, delay_seconds=pause)
    try:
        _note(message, type(error).__name__, pause)
    except table.STORE_ERRORS as silent:
        logger().warning("not noted", extra={"error": type(silent).__name__})


def _note(message: Message, error: str, pause: int) -> None:
    item = _concerned(message)
    if item:
        now = clock.now()
        again_at = clock.instant(now + timedelta(seconds=pause))
        trouble = {"at": clock.instant(now), "error": error, "again_at": again_at}
        chain.write(item, {"trouble": trouble}, expected=chain.place(item))


def _give_up(message: Message, error: str) -> None:
    item = _concerned(message)
    if item:
        remedy = f"POST /imports/{item.import_id}/run goes on where it stopped; if that fails too, ask who runs this"
        failure = {"code": GAVE_UP, "reason": f"its job failed {TRIES} times: {error}", "remedy": remedy}
        changes = {"state": "failed", "failure": failure, "ended_at": clock.stamp()}
        chain.write(item, changes, expected=chain.place(item))


def _concerned(message: Message) -> Import | None:
    return chain.found(message, message["job"].removeprefix("import_"))
