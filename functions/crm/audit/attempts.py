"""Notes who was refused, and who saw what the policy names under `noted`: ids alone, in an item that goes by itself.

A refusal stays what it is where it cannot be noted; what is to be noted when it is seen is not shown then.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypedDict

from crm.access import rules
from crm.audit import kinds
from crm.audit.models import Attempt
from crm.core import cause, clock, ids, table
from crm.core.cause import Cause
from crm.core.errors import NotSignedIn
from crm.core.log import logger


class Where(TypedDict):
    """From where a request came; `agent`: a hash."""

    request: str
    address: str
    agent: str


DENIED, READ = "denied", "read"
KEPT = timedelta(days=30)
_MOST = 60
_MOST_NAMED = 5
_CUSTOMER = "customer_id"
_MEMBER = "staff_id"
_MEMBERS_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def denied(event: Mapping[str, Any], *, route: str, named: Mapping[str, str]) -> None:
    """Note a request that was refused, of somebody whom the gateway knows. Others are nobody's."""
    who = _claimed(event)
    if who:
        way = "machine" if who.startswith("key:") else "staff"
        with cause.working(Cause(who[:_MOST], way, route=route, **where(event))):
            _note_refusal(named)


def noting(check: Callable[[Mapping[str, Any]], None]) -> Callable[[Mapping[str, Any]], None]:
    """A check of an event that notes whom it does not let in."""

    def checked(event: Mapping[str, Any]) -> None:
        try:
            check(event)
        except NotSignedIn:
            denied(event, route="", named={})
            raise

    return checked


def answered(answer: Mapping[str, Any]) -> None:
    """Note an answer to whoever works at present, where it refuses them, or shows what is noted when it is seen."""
    asked = cause.present()
    if asked is None:
        return
    if answer["statusCode"] == HTTPStatus.FORBIDDEN:
        _note_refusal(asked.named)
    elif answer["statusCode"] == HTTPStatus.OK and asked.route in (noted := rules.policy().noted):
        shown = _shown(answer, noted[asked.route])
        if shown or not noted[asked.route]:
            _note(READ, asked.named, shown)


def where(event: Mapping[str, Any]) -> Where:
    """Of an HTTP API event: the request's id, the address, a hash of the program that asked."""
    context: Mapping[str, Any] = event.get("requestContext") or {}
    http: Mapping[str, Any] = context.get("http") or {}
    agent = str(http.get("userAgent") or (event.get("headers") or {}).get("user-agent") or "")
    return {
        "request": str(context.get("requestId") or "")[:_MOST],
        "address": str(http.get("sourceIp") or "")[:_MOST],
        "agent": hashlib.sha256(agent.encode()).hexdigest()[:16] if agent else "",
    }


def _note_refusal(named: Mapping[str, str]) -> None:
    try:
        _note(DENIED, named)
    except table.STORE_ERRORS as error:
        logger().warning("a refusal was not noted", extra={"error": type(error).__name__})


def _note(event: str, named: Mapping[str, str], fields: Sequence[str] = ()) -> None:
    now, customer = clock.now(), named.get(_CUSTOMER, "")
    told = {name: _id(name, named[name]) for name in list(named)[:_MOST_NAMED]}
    Attempt.keyed(
        event,
        record_id=ids.new(),
        at=clock.instant(now),
        audit=cause.carried(customer if ids.is_one(customer) else ""),
        named={**told, **({"fields": " ".join(fields)} if fields else {})} or None,
        expires_at=int((now + KEPT).timestamp()),
    ).save()


def _id(name: str, value: str) -> str:
    """What a path names, where it is an id. Those of members are names that somebody has made up."""
    return value if name == _MEMBER and _MEMBERS_ID.fullmatch(value) else kinds.plain(value)


def _shown(answer: Mapping[str, Any], places: tuple[str, ...]) -> list[str]:
    """Which places of an answer are filled."""
    document = json.loads(answer["body"]) if places else {}
    return [place for place in places if document.get(place.removeprefix("/")) is not None]


def _claimed(event: Mapping[str, Any]) -> str:
    """Who it is by what the gateway's authorizers say, whatever may be the matter with them."""
    told = (event.get("requestContext") or {}).get("authorizer") or {}
    if machine := told.get("lambda"):
        return f"key:{machine.get('key') or ''}"
    claims = (told.get("jwt") or {}).get("claims") or {}
    return str(claims.get("username") or claims.get("sub") or "")
