"""What the job of a change of a tag does with its messages."""

from collections.abc import Iterator

from crm.core.jobs import Message
from crm.fanout import service as fanout
from crm.tags import moving

# Until groups that name a tag are filled under their new rules.
_WAIT_SECONDS = 5


def change(message: Message) -> Iterator[Message]:
    """{"job": "tags"}: begin what was asked for; later messages carry pages (crm.fanout) of one change."""
    if "piece" in message:
        fanout.go_on(moving.TAG_CHANGES.named(message["job"]), message)
    elif moving.begin():
        yield {"job": "tags", "delay_seconds": _WAIT_SECONDS}
