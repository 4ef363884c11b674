"""What the job of a deleted group does with its messages."""

from collections.abc import Iterator

from crm.core.jobs import Message
from crm.segments.disbanding import disband


def let_go(message: Message) -> Iterator[Message]:
    """{"job": "disband", "segment": id}: let the members of a deleted hand-picked group go."""
    place = message.get("after")
    after = (place[0], place[1]) if place else None
    following = disband(segment_id=message["segment"], mark=message.get("mark"), after=after)
    if following:
        yield {"job": "disband", "segment": message["segment"], "mark": following[0], "after": following[1]}
