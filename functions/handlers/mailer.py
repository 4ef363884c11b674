"""Sends the messages that the queue orders, each once."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.announcements import mailing as announcements
from crm.core.log import logger
from crm.greetings import mailing as greetings
from crm.handovers import telling as assignments
from crm.mail import orders, service, trials
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
    return process_partial_response(event, send, processor, context)


def send(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """Carry out one order; what it raises brings the order back after the queue's pause."""
    if not service.has_time(milliseconds=lambda_context.get_remaining_time_in_millis()):
        # At a slow pace every batch ends so. A tick orders again what is still due; through the queue it would
        # be received too often.
        logger().info("no time is left in this invocation; a tick orders it again")
        return
    try:
        order = orders.read(record.body)
        service.send(order, source=SOURCES[order.kind])
    except Exception:
        logger().exception("an order could not be carried out; it will come again")
        raise
