"""Messages to our own queues: JSON bodies over one client per process."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@lru_cache(maxsize=1)
def client() -> "SQSClient":
    """The SQS client of this process, made when first used."""
    import boto3  # noqa: PLC0415 - a tenth of a cold start
    from botocore.config import Config  # noqa: PLC0415 - a tenth of a cold start

    return boto3.client("sqs", config=Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 3}))


def send(url: str, message: Mapping[str, Any], *, delay_seconds: int = 0) -> None:
    """Put a message on a queue. It may arrive more than once. Raises botocore's errors."""
    client().send_message(QueueUrl=url, MessageBody=json.dumps(message), DelaySeconds=delay_seconds)
