"""Pages behind the links in mails: no login, and far fewer rights than the staff's API."""

from functools import lru_cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from crm.core import table
from crm.core.errors import Unavailable
from crm.core.log import logger
from crm.mail import unsubscribe
from crm.mail.unsubscribe import Page


@lru_cache(maxsize=1)
def application() -> APIGatewayHttpResolver:
    """The resolver with the public pages."""
    app = APIGatewayHttpResolver()
    app.get("/unsubscribe/<token>")(ask)
    app.post("/unsubscribe/<token>")(act)
    app.exception_handler([Unavailable, PynamoDBException, BotoCoreError, ClientError])(later)
    return app


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return application().resolve(event, context)


def ask(token: str) -> Response[str]:
    return _page(unsubscribe.ask(token))


def act(token: str) -> Response[str]:
    # The body is not looked at: the page's button and a mail program's one click (RFC 8058) ask for the same.
    return _page(unsubscribe.act(token))


def later(error: Exception) -> Response[str]:
    """A store that is down or busy: try again. Any other fault is ours and stays an exception."""
    if not (isinstance(error, Unavailable) or table.is_passing(error)):
        raise error
    logger().warning("store unavailable", error_type=type(error).__name__)
    return _page(unsubscribe.later())


def _page(page: Page) -> Response[str]:
    headers = {
        **({"Retry-After": "60"} if page.status == HTTPStatus.SERVICE_UNAVAILABLE else {}),
        "Cache-Control": "no-store",
        "Content-Security-Policy": unsubscribe.content_security_policy(),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(page.status, "text/html; charset=utf-8", page.body, headers)
