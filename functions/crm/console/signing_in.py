"""In and out: the way to the sign-in page and back, with a code and a proof (RFC 7636), and the session that begins."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from crm.access import persons
from crm.console import provider
from crm.console.asked import Asked, Page, SeeOther
from crm.console.provider import SCOPE, SignInRefused
from crm.console.routes import HOME
from crm.console.sessions import Session, cookie, taken
from crm.core import clock, signing
from crm.core.log import logger
from crm.core.signing import BadToken
from crm.staff.models import Member

CLIENT = "ConsoleClient"
"""The stage's variable with the client id: only the stage is made after both the API and its client."""
_WAY = "__Host-sign-in"
_PURPOSE = "console sign-in"
_LIFE = timedelta(minutes=10)
# A page of ours and nothing else: no host, no second slash at the beginning, no backslash, no step upwards, nothing
# that a browser strips.
_OWN = re.compile(r"/console(?:/(?!\.|%2e)[a-z0-9_.~%-]+)*(?:\?[a-z0-9_.~%&=+-]*)?", re.IGNORECASE | re.ASCII)


def begin(asked: Asked) -> SeeOther:
    """Send the browser to the sign-in page; what it has to prove when it is back goes with it, sealed."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    until = (clock.now() + _LIFE).timestamp()
    way = {"state": state, "verifier": verifier, "to": own(asked.query.get("to")), "until": until}
    sealed = signing.seal(_PURPOSE, json.dumps(way).encode())
    proof = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    told = {
        "response_type": "code",
        "client_id": asked.variables[CLIENT],
        "redirect_uri": _back(asked),
        "scope": SCOPE,
        "state": state,
        "code_challenge_method": "S256",
        "code_challenge": proof,
    }
    where = f"{provider.place('authorization_endpoint')}?{urlencode(told)}"
    return SeeOther(where, (cookie(_WAY, sealed, seconds=int(_LIFE.total_seconds())),))


def finish(asked: Asked) -> Page | SeeOther:
    """Back from the sign-in page: a new session, or a page that says that it did not work."""
    way = _way(asked)
    if way is None or "code" not in asked.query:
        return Page("not_signed_in.html", {"to": way["to"] if way else HOME}, status=400, cookies=(taken(_WAY),))
    try:
        claims = provider.claims_of(
            code=asked.query["code"],
            verifier=way["verifier"],
            client=asked.variables[CLIENT],
            page=_back(asked),
        )
        session = _session(claims)
    except SignInRefused as refused:
        logger().warning("sign-in refused", reason=str(refused))
        return Page("not_signed_in.html", {"to": way["to"]}, status=400, cookies=(taken(_WAY),))
    return SeeOther(way["to"], (session.cookie, taken(_WAY)))


def leaving(asked: Asked) -> Page:
    """On the way to the sign-in page, which ends its own session.

    A page and no redirect: browsers follow a form to other sites only where its page allows that (`form-action`).
    """
    back = f"{asked.base}{HOME}/signed-out"
    # Cognito calls it by the one name, OpenID Connect RP-Initiated Logout by the other.
    told = {"client_id": asked.variables[CLIENT], "logout_uri": back, "post_logout_redirect_uri": back}
    return Page("leaving.html", {"where": f"{provider.place('end_session_endpoint')}?{urlencode(told)}"})


def left(_: Asked) -> Page:
    """Signed out."""
    return Page("signed_out.html")


def own(to: str | None) -> str:
    """Where to go after the sign-in: a page of ours, else the first one."""
    return to if to and _OWN.fullmatch(to) else HOME


def way_in(asked: Asked) -> str:
    """The address that begins a sign-in, and comes back to what was asked for."""
    to = own(asked.address)
    return f"{HOME}/sign-in" + (f"?{urlencode({'to': to})}" if to != HOME else "")


def _back(asked: Asked) -> str:
    return f"{asked.base}{HOME}/signed-in"


def _way(asked: Asked) -> Mapping[str, Any] | None:
    """What this browser took with it to the sign-in page, if it comes back from that very visit."""
    try:
        way: dict[str, Any] = json.loads(signing.unseal(_PURPOSE, asked.cookies.get(_WAY, "")))
    except BadToken:
        return None
    is_same = hmac.compare_digest(way["state"].encode(), asked.query.get("state", "").encode())
    return way if is_same and clock.now().timestamp() < way["until"] else None


def _session(claims: Mapping[str, Any]) -> Session:
    who, groups = str(claims.get("username") or claims.get("sub") or ""), claims.get("cognito:groups") or ()
    if not who:
        raise SignInRefused("the token does not say who it is")
    signed_in = int(claims.get("auth_time") or claims.get("iat") or 0)
    named = persons.groups_of(groups) if isinstance(groups, str) else [str(one) for one in groups]
    return Session.begun(who=who, groups=named, signed_in=signed_in, language=_language_of(who))


def _language_of(who: str) -> str | None:
    """The language that the business knows a member to read; None: it does not."""
    try:
        return Member.read(who).language
    except Member.DoesNotExist:
        return None
