"""The payloads under events/ are those that this host makes, so tests and `sam local invoke` see the same."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.local.http_message import Request
from infra.local.outgoing import Outgoing
from infra.local.proxy_event import proxy_event, with_authorizer
from infra.local.routing import Match
from infra.local.ses_events import Accepted, events
from tests.local.stand_in import StandInRoute

ROOT = Path(__file__).resolve().parents[2] / "events"
HTTP = sorted((ROOT / "api").glob("*.json"))
MAIL = sorted((ROOT / "mail_events").glob("*.json"))
RECIPIENTS = {"bounce": "bounce@simulator.amazonses.com", "complaint": "complaint@simulator.amazonses.com"}


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def shape(value: Any) -> Any:
    """The names in a value, all the way down."""
    if isinstance(value, dict):
        return {name: shape(content) for name, content in value.items()}
    return [shape(item) for item in value[:1]] if isinstance(value, list) else None


def made(path: Path, told: Any) -> Any:
    """The event that the mail endpoint makes for the mail that a payload tells of."""
    mail = told["detail"]["mail"]
    named = {header["name"]: header["value"] for header in mail["headers"]}
    headers = {name: value for name, value in named.items() if name not in ("From", "To", "Subject")}
    text = "EICAR-STANDARD-ANTIVIRUS-TEST-FILE" if path.stem == "reject" else "text"
    outgoing = Outgoing(
        source=mail["source"],
        recipients=tuple(mail["destination"]),
        subject=mail["commonHeaders"]["subject"],
        text=text,
        html="",
        headers=headers,
        tags={"message": mail["tags"]["message"][0]},
        configuration_set=mail["tags"]["ses:configuration-set"][0],
    )
    accepted = Accepted(outgoing, mail["messageId"], datetime(2027, 2, 28, 4, 15, 2, 250_000, tzinfo=UTC))
    return next(event for kind, event in events(accepted) if kind == path.stem.upper())


def test_there_is_one_payload_for_each_event_of_ses() -> None:
    assert {path.stem for path in MAIL} == {"send", "delivery", "bounce", "complaint", "reject"}


@pytest.mark.parametrize("path", MAIL, ids=lambda path: path.stem)
def test_a_mail_event_is_what_the_mail_endpoint_makes(path: Path) -> None:
    [record] = load(path)["Records"]
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
    told = json.loads(record["body"])
    expected = made(path, told)
    assert shape(told) == shape(expected)
    assert told["detail"]["mail"] == expected["detail"]["mail"]
    assert (told["detail-type"], told["source"]) == (expected["detail-type"], "aws.ses")


@pytest.mark.parametrize("path", HTTP, ids=lambda path: path.stem)
def test_an_http_event_is_what_the_front_door_makes(path: Path) -> None:
    told = load(path)
    context = told["requestContext"]
    body = told.get("body", "")
    request = Request(
        method=context["http"]["method"],
        path=told["rawPath"],
        query=told["rawQueryString"],
        headers=tuple((name, value) for name, value in told["headers"].items() if not name.startswith("x-forwarded")),
        body=base64.b64decode(body) if told["isBase64Encoded"] else body.encode(),
        peer=context["http"]["sourceIp"],
    )
    route = StandInRoute(method=request.method, path=told["routeKey"].partition(" ")[2])
    again = proxy_event(
        request,
        Match(route, told.get("pathParameters", {})),
        request_id=context["requestId"],
        now=datetime.fromtimestamp(context["timeEpoch"] / 1000, UTC),
        port=443,
    )
    if "authorizer" in context:
        again = with_authorizer(again, context["authorizer"])
    again["headers"]["x-forwarded-proto"] = "https"
    again["requestContext"] |= {"accountId": "123456789012", "apiId": "abcdef1234"}
    assert again == told
