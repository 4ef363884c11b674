"""Pages behind the links in mails: no login, and far fewer rights than the staff's API."""

import base64
import binascii
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from crm.checkups import page as checkup
from crm.core import table
from crm.core.errors import Unavailable
from crm.core.log import logger
from crm.mail import preferences, public_page, unsubscribe
from crm.mail.public_page import Page
from crm.privacy import own_data as own_data_pages
from crm.privacy import person_page
from crm.questionnaires import answer_page, confirming, links
from crm.reminders import feeds

# Mail scanners, link previews and calendar programs ask by HEAD whether a link leads anywhere.
_LOOKING = ["GET", "HEAD"]
_PLAIN = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


@lru_cache(maxsize=1)
def application() -> APIGatewayHttpResolver:
    """The resolver with the public pages."""
    app = APIGatewayHttpResolver()
    app.route("/unsubscribe/<token>", method=_LOOKING)(ask_to_stop)
    app.post("/unsubscribe/<token>")(stop)
    app.route("/preferences/<token>", method=_LOOKING)(ask)
    app.post("/preferences/<token>")(save)
    app.route("/own-data/<token>", method=_LOOKING)(own_data)
    app.post("/own-data/<token>")(ask_about_own_data)
    app.route("/q/<token>", method=_LOOKING)(question)
    app.post("/q/<token>")(answer)
    app.route("/checkup/<token>", method=_LOOKING)(check)
    app.post("/checkup/<token>")(confirm)
    app.route("/calendar/<file>", method=_LOOKING)(calendar)
    app.exception_handler([Unavailable, PynamoDBException, BotoCoreError, ClientError])(later)
    return app


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    answer = application().resolve({**event, "body": _text(event), "isBase64Encoded": False}, context)
    is_head = event["requestContext"]["http"]["method"] == "HEAD"
    return {**answer, "body": "", "isBase64Encoded": False} if is_head else answer


def ask_to_stop(token: str) -> Response[str]:
    return _page(unsubscribe.ask(token))


def stop(token: str) -> Response[str]:
    # The page's button and a mail program's one click (RFC 8058) ask for the same, whatever else the body holds.
    on_page = application().current_event.body == "page=1"
    return _page(unsubscribe.act(token, how="unsubscribe_page" if on_page else "one_click"))


def ask(token: str) -> Response[str]:
    return _page(preferences.ask(token))


def save(token: str) -> Response[str]:
    return _page(preferences.act(token, form=application().current_event.body or ""))


def own_data(token: str) -> Response[str]:
    return _page(own_data_pages.ask(token))


def ask_about_own_data(token: str) -> Response[str]:
    """Another page, or all that is kept of the person: to read in the browser, or as a file."""
    found = own_data_pages.act(token, form=application().current_event.body or "")
    if isinstance(found, Page):
        return _page(found)
    kind, more = "text/html; charset=utf-8", {"Content-Security-Policy": person_page.content_security_policy()}
    if not found.is_page:
        kind, more = "application/json", {"Content-Disposition": 'attachment; filename="own-data.json"'}
    return Response(HTTPStatus.OK, kind, found.body, {**_PLAIN, **more})


def question(token: str) -> Response[str]:
    """The questions of a questionnaire; behind a mailed link what is to be confirmed."""
    if links.read_confirmation(token):
        return _page(confirming.page(token))
    wanted = application().current_event.query_string_parameters.get("lang")
    return _page(answer_page.ask(token, wanted=wanted, accepted=_accepted()))


def answer(token: str) -> Response[str]:
    if links.read_confirmation(token):
        return _page(confirming.act(token))
    return _page(answer_page.act(token, body=application().current_event.body or "", accepted=_accepted()))


def check(token: str) -> Response[str]:
    return _page(checkup.ask(token))


def confirm(token: str) -> Response[str]:
    return _page(checkup.act(token, body=application().current_event.body or ""))


def _accepted() -> str:
    return str(application().current_event.headers.get("accept-language", ""))


def calendar(file: str) -> Response[str]:
    """A member's calendar, which programs fetch again and again: unchanged it costs them nothing."""
    feed = feeds.read(file)
    plain = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    if feed is None:
        gone = "There is no such calendar, or none any more. Ask for a new link.\n"
        return Response(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", gone, {**plain, "Cache-Control": "no-store"})
    headers = {**plain, "Cache-Control": "private, max-age=900", "ETag": feed.tag}
    asked = application().current_event.headers.get("if-none-match", "")
    if feed.tag in [tag.strip().removeprefix("W/") for tag in asked.split(",")]:
        return Response(HTTPStatus.NOT_MODIFIED, "text/calendar; charset=utf-8", "", headers)
    return Response(HTTPStatus.OK, "text/calendar; charset=utf-8", feed.text, headers)


def later(error: Exception) -> Response[str]:
    """A store that is down or busy: try again. Any other fault is ours and stays an exception."""
    if not (isinstance(error, Unavailable) or table.is_passing(error)):
        raise error
    logger().warning("store unavailable", error_type=type(error).__name__)
    return _page(public_page.later())


def _text(event: dict[str, Any]) -> str:
    """The body as text; what is none is an empty form."""
    body: str = event.get("body") or ""
    try:
        return base64.b64decode(body).decode() if event.get("isBase64Encoded") else body
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _page(page: Page) -> Response[str]:
    headers = {
        **({"Retry-After": "60"} if page.status == HTTPStatus.SERVICE_UNAVAILABLE else {}),
        "Content-Security-Policy": public_page.content_security_policy(),
        **_PLAIN,
    }
    return Response(page.status, "text/html; charset=utf-8", page.body, headers)
