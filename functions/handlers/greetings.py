"""Every quarter of an hour: order the greetings that are due."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.greetings import due


def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    return {"ordered": due.tick(milliseconds_left=context.get_remaining_time_in_millis)}
