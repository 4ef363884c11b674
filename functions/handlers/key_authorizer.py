"""Lets machines in by their keys: asked by the gateway before the API, and remembered by it for a minute."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.keys import authorizing


def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """The simple answer of a Lambda authorizer, payload 2.0; a store that is down is an error, and a 500."""
    sent = event.get("identitySource") or [""]
    holder = authorizing.holder(str(sent[0]))
    return {"isAuthorized": False} if holder is None else {"isAuthorized": True, "context": holder}
