"""Every quarter of an hour: settle the mail that a dead mailer left behind."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.greetings import mailing as greetings
from crm.mail import breaker, reconciling
from crm.reminders import digesting
from crm.reminders import mailing as reminders

SOURCES = {"greeting": greetings.SOURCE, "reminder": reminders.SOURCE, "digest": digesting.SOURCE}


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    settled = reconciling.reconcile(sources=SOURCES)
    _show(context.function_name, breaker_open=breaker.read().is_open)
    return settled


def _show(function_name: str, *, breaker_open: bool) -> None:
    """A line of the log that CloudWatch takes as a metric; the alarm looks at it."""
    with single_metric(name="BreakerOpen", unit=MetricUnit.Count, value=int(breaker_open), namespace="CRM") as metric:
        metric.add_dimension(name="FunctionName", value=function_name)
