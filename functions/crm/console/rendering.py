"""Pages as HTML, in the reader's language, with the headers that keep other sites out of them."""

import base64
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crm.catalogues import wording as wording_of
from crm.console import assets, house, markup, menu, wording
from crm.console.asked import Asset, Framed, Page, SeeOther
from crm.console.forms import FAULT
from crm.console.routes import HOME
from crm.console.saying import Saying
from crm.core.config import settings
from crm.mail import languages
from crm.mail.languages import NAMES, Language

if TYPE_CHECKING:
    from jinja2 import Environment

# No script and no style but our files, nothing from elsewhere, in nobody's frame.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# For a page with a frame around what `framed` answers with.
WITH_FRAME = {"Content-Security-Policy": f"{POLICY}; frame-src 'self'"}
# A mail has its own style in it. No script, no form, no way to elsewhere; and no picture, as that would be asked for
# from elsewhere. It is the same where somebody opens it outside of our page.
_IN_FRAME = {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Type": "text/html; charset=utf-8",
}
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": forms would be sent with `Origin: null` then, and could not be told from those of others.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NOT_KEPT = {"Cache-Control": "no-store"}
# Under its name a file never changes: the name holds a hash of it.
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


def with_forms_to(url: str) -> dict[str, str]:
    """The headers of a page that has a form for another address than ours, such as a bucket's."""
    parts = urlsplit(url)
    allowed = f"form-action 'self' {parts.scheme}://{parts.netloc};"
    return {"Content-Security-Policy": POLICY.replace("form-action 'self';", allowed)}


def page(made: Page, language: Language, *, always: Mapping[str, Any]) -> dict[str, Any]:
    """The gateway's answer with a page. `always`: what each page is given, beside its own values."""
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Language": language.code}
    text = html(made, language, always=always)
    return _answer(made.status, {**headers, **_NOT_KEPT, **made.headers}, _led(text), cookies=made.cookies)


def html(made: Page, language: Language, *, always: Mapping[str, Any]) -> str:
    """A page in the reader's language."""
    template = environment(language.code).get_template(made.template)
    each = {"language": language, "say": Saying(language), "who_is": house.naming()}
    return template.render({**always, **each, **made.values})


def see_other(to: SeeOther) -> dict[str, Any]:
    """The gateway's answer that sends the browser on."""
    return _answer(303, {"Location": to.location, **_NOT_KEPT}, "", cookies=to.cookies)


def elsewhere_whole(to: SeeOther) -> dict[str, Any]:
    """The same for a script, which would put the next page into a part of this one."""
    return _answer(401, {"HX-Redirect": to.location, **_NOT_KEPT}, "", cookies=to.cookies)


def asset(found: Asset) -> dict[str, Any]:
    """The gateway's answer with a file."""
    made = _answer(200, {"Content-Type": found.media_type, **_KEPT}, base64.b64encode(found.content).decode())
    return {**made, "isBase64Encoded": True}


def framed(made: Framed) -> dict[str, Any]:
    """The gateway's answer with a document for a frame."""
    return _answer(made.status, {**_IN_FRAME, **_NOT_KEPT}, made.html)


@lru_cache(maxsize=len(NAMES))
def environment(code: str) -> "Environment":
    """The templates in one language."""
    return spoken(markup.shipped(code), code)


def spoken(made: "Environment", code: str) -> "Environment":
    """Templates with the words of a language, and what all of them may use."""
    made.globals.update(
        wording.functions(code),
        asset=assets.address,
        between=languages.between(code),
        business=lambda: settings().business_name,
        home=HOME,
        languages=NAMES,
        listed=partial(languages.listed, language=languages.choose(code)),
        currency=lambda: settings().reporting_currency,
        menu=menu.shown,
        menu_beside=menu.beside,
        shows_demo=house.shows_demo,
        reason_in_words=partial(wording_of.reason, code),
        field_in_words=partial(wording_of.field, code),
    )
    return made


def _led(text: str) -> str:
    """A page whose summary of faults, if it has one, leads to the fields."""
    if FAULT not in text:
        return text
    from crm.console import faults  # few forms are refused

    return faults.named(text)


def _answer(status: int, headers: Mapping[str, str], body: str, cookies: tuple[str, ...] = ()) -> dict[str, Any]:
    told = {"statusCode": status, "headers": {**HEADERS, **headers}, "body": body, "isBase64Encoded": False}
    return {**told, "cookies": list(cookies)} if cookies else told
