"""Every quarter of an hour: order the reminders that are due."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.reminders import due


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    return {"ordered": due.tick()}
