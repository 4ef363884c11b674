"""Chains what the table's stream tells of: who did what (crm.audit). Beside the projector, so that neither waits."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.audit import linking
from crm.core import table
from crm.core.log import logger


def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Take a batch of stream records. What failed for a passing reason comes again; what is chained stays so."""
    keys = [record["dynamodb"]["Keys"] for record in event["Records"]]
    try:
        linking.link((key["pk"]["S"], key["sk"]["S"]) for key in keys)
    except table.STORE_ERRORS as error:
        if not table.is_passing(error):
            raise
        logger().warning("to be chained again", extra={"records": len(keys), "error": type(error).__name__})
        return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
