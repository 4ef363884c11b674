"""Pages behind the links in mails: no login, and far fewer rights than the staff's API."""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.mail import unsubscribe
from crm.mail.unsubscribe import Page

app = APIGatewayHttpResolver()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)


@app.get("/unsubscribe/<token>")
def ask(token: str) -> Response[str]:
    return _page(unsubscribe.ask(token))


@app.post("/unsubscribe/<token>")
def act(token: str) -> Response[str]:
    # The body is not looked at: the page's button and a mail program's one click (RFC 8058) ask for the same.
    return _page(unsubscribe.act(token))


def _page(page: Page) -> Response[str]:
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": unsubscribe.content_security_policy(),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(page.status, "text/html; charset=utf-8", page.body, headers)
