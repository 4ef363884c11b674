"""The structured log: JSON lines with the function's name and request id, never personal data."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


@lru_cache(maxsize=1)
def logger() -> "Logger":
    """The logger of this process, made when first used."""
    from aws_lambda_powertools import Logger  # noqa: PLC0415 - a tenth of a cold start, and most say nothing

    return Logger()
