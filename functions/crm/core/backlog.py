"""How much waits in our own queues, and how much was given up: letters that failed five times."""

from dataclasses import dataclass
from typing import Final

from crm.core import queue
from crm.core.config import settings

_WITH_READERS = ("mail", "mail_reports", "jobs", "files", "webhooks")
_WAITING: Final = "ApproximateNumberOfMessages"
_IN_WORK: Final = "ApproximateNumberOfMessagesNotVisible"
_LATER: Final = "ApproximateNumberOfMessagesDelayed"


@dataclass(frozen=True)
class Backlog:
    """Of one queue, about: what waits for a reader, what one has in hand, what is for later, what was given up.

    The first three are None of the schedules, which no queue carries: only what of them was given up is kept.
    """

    name: str
    waiting: int | None
    in_work: int | None
    later: int | None
    dead: int


def read() -> list[Backlog]:
    """All queues, by what they carry. SQS counts about right, and a minute late. Raises botocore's errors."""
    found = [_of(name) for name in _WITH_READERS]
    return [*found, Backlog("schedules", None, None, None, _dead("schedules"))]


def _of(name: str) -> Backlog:
    counted = _counted(settings().queue_url(name))
    return Backlog(name, counted[_WAITING], counted[_IN_WORK], counted[_LATER], _dead(name))


def _dead(name: str) -> int:
    return _counted(settings().queue_url(f"{name}_dead"))[_WAITING]


def _counted(url: str) -> dict[str, int]:
    answer = queue.client().get_queue_attributes(QueueUrl=url, AttributeNames=[_WAITING, _IN_WORK, _LATER])
    return {name: int(count) for name, count in answer["Attributes"].items()}
