"""SES's reports that could not be applied: they name the recipient, and wait for a person for two weeks.

All other queues hold keys and ids only (docs/privacy.md).
"""

from crm.core import queue
from crm.core.config import settings
from crm.core.places import Person

_AT_ONCE = 10
_MOST_ROUNDS = 100
# Long enough to look through all of them; then those of others can be seen again.
_HIDDEN_SECONDS = 60


def erase(person: Person) -> int:
    """Delete the reports about a person; how many. What is hidden in this moment, by a redrive, is not found."""
    url, client, taken = settings().mail_reports_dead_queue_url, queue.client(), 0
    for _ in range(_MOST_ROUNDS):
        found = client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=_AT_ONCE, VisibilityTimeout=_HIDDEN_SECONDS, WaitTimeSeconds=1
        ).get("Messages", [])
        if not found:
            break
        for message in found:
            if _is_about(message["Body"], person):
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                taken += 1
    return taken


def _is_about(body: str, person: Person) -> bool:
    text = body.lower()
    known = {f"customer_{one}_" for one in person.ids} | {address.lower() for address in person.addresses}
    return any(word in text for word in known)
