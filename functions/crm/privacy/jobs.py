"""What the jobs of the privacy slice do with their messages."""

from collections.abc import Iterator, Sequence

from crm.core.jobs import Message
from crm.core.places import Place
from crm.privacy import erasing, replay, requests


def erase(message: Message, *, places: Sequence[Place]) -> Iterator[Message]:
    """{"job": "erase", "customer": id}: take away what is kept of a customer, a piece in each message."""
    customer_id = message["customer"]
    if not erasing.erase(customer_id=customer_id, places=places):
        yield {"job": "erase", "customer": customer_id, "delay_seconds": erasing.pause(customer_id=customer_id)}


def replay_erasures(_: Message) -> Iterator[Message]:
    """{"job": "replay_erasures"}: after a restore from a backup, erase everybody again who was erased since."""
    for customer_id in replay.replay():
        yield {"job": "erase", "customer": customer_id}


def mail_asked(message: Message) -> None:
    """{"job": "asked", "customer": id, "what": "data"}: mail the link that somebody asked for, or tell the staff."""
    requests.mail(customer_id=message["customer"], what=message["what"])
