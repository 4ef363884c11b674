"""Once a day: is it time for another signing key? The one function that may write it."""

from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from crm.core import clock, rotation
from crm.core.config import settings
from crm.core.log import logger


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, str | None]:
    """Replace the key where it is due; what it answers and logs names keys and never holds one."""
    ssm = boto3.client("ssm", config=Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3}))
    signing = rotation.rotate(ssm, settings().signing_key_parameter, now=clock.now(), if_due=True)
    if signing:
        logger().info("another key signs from now on", extra={"key": signing})
    return {"signs": signing}
