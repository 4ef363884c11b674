"""Writes what became of a mail to its message."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.announcements import mailing as announcements
from crm.core.log import logger
from crm.greetings import mailing as greetings
from crm.handovers import telling as assignments
from crm.mail import events, trials
from crm.reminders import digesting
from crm.reminders import mailing as reminders

SOURCES = {
    "greeting": greetings.SOURCE,
    "reminder": reminders.SOURCE,
    "digest": digesting.SOURCE,
    "assigned": assignments.SOURCE,
    "announcement": announcements.SOURCE,
    "trial": trials.SOURCE,
}


def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event, receive, processor, context)


def receive(record: SQSRecord) -> None:
    """Apply one event; one that cannot be read ends in the dead letters, where the alarm shows it."""
    try:
        events.receive(record.body, sources=SOURCES)
    except Exception:
        logger().exception("an SES event could not be applied; it will come again")
        raise
