"""Work on files, one piece a message: imports and exports, apart from other jobs, which need not wait for them."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.core import jobs


def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    return jobs.work(event, _JOBS)


_JOBS: Mapping[str, jobs.Job] = {}
