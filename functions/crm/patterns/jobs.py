"""What the job of the cut points does with its first message."""

from crm.core.jobs import Message
from crm.patterns import groups, service


def find(message: Message) -> None:
    """{"job": "patterns"}: look for the points that cut all customers into five parts, on request or as a duty.

    With `forget` the groups that were found go first: those whom they were found in have gone.
    """
    if message.get("forget"):
        groups.take_back()
    if "day" in message:
        service.begin_if_due(day=message["day"])
    else:
        service.begin(request=message["request"])
