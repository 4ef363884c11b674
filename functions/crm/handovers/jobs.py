"""What the job of a handover does with its messages."""

from crm.core.jobs import Message
from crm.fanout import service as fanout
from crm.handovers.models import Handover
from crm.handovers.moving import HANDOVERS


def hand_over(message: Message) -> None:
    """{"job": "handover", "handover": id}: begin a handover; later messages carry pages (crm.fanout) of it."""
    if "piece" in message:
        fanout.go_on(HANDOVERS.named(message["job"]), message)
    elif handover := Handover.find(message["handover"]):
        HANDOVERS.begin(handover)
