"""Sends events to the addresses of others: the one function that connects to what somebody has typed in."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.core.config import settings
from crm.core.jobs import work
from crm.webhooks import delivering
from crm.webhooks.spreading import JOB


def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    return work(event, {JOB: delivering.deliver}, url=settings().webhooks_queue_url)
