"""Every quarter of an hour: settle the mail that a dead mailer left behind."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.announcements import mailing as announcements
from crm.greetings import mailing as greetings
from crm.handovers import telling as assignments
from crm.mail import breaker, reconciling, trials
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


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    settled = reconciling.reconcile(sources=SOURCES)
    if breaker.read().is_open:
        _show_open(context.function_name)
    return settled


def _show_open(function_name: str) -> None:
    """A line of the log that CloudWatch takes as a metric; to the alarm none at all means closed, and costs nothing."""
    with single_metric(name="BreakerOpen", unit=MetricUnit.Count, value=1, namespace="CRM") as metric:
        metric.add_dimension(name="FunctionName", value=function_name)
