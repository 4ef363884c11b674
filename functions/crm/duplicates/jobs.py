"""What the jobs around duplicates do with their messages."""

from collections.abc import Iterator
from datetime import date

from crm.core.jobs import Message
from crm.duplicates import pruning, service
from crm.fanout import service as fanout


def find(message: Message) -> Iterator[Message]:
    """{"job": "duplicates", "day": "2026-11-22"}: look for pairs among who changed; later messages go on behind one."""
    after = service.find_some(after=message.get("after"))
    if after:
        yield {"job": "duplicates", "after": after}


def prune(message: Message) -> None:
    """{"job": "prune_pairs", "day": …}: take away pairs of customers who are gone, as a duty of the week."""
    rank = date.fromisoformat(message["day"]).toordinal()
    fanout.begin(pruning.JOB, rank=rank, request=message["day"])
