"""The way out: a signed link in every mail to a customer, and the pages behind it.

Looking at the page changes nothing, because mail scanners follow links; only its button, or the mail program's own
(RFC 8058), acts. A token names a random customer id and the purpose of the mail, no personal data.
"""

import base64
import hashlib
import html
from contextlib import suppress
from dataclasses import dataclass

from crm.core import signing
from crm.core.config import settings
from crm.core.errors import NotFound
from crm.customers import service as customer_service
from crm.mail import languages, plain_text, recipients, templates
from crm.mail.languages import Language

_PURPOSE = "unsubscribe"
# Refusing greetings leaves the mail about one's own appointments; refusing that refuses everything.
_WITHDRAWN = {"greeting": ("greeting", "marketing"), "service": ("greeting", "marketing", "service")}


@dataclass(frozen=True)
class Page:
    """A page to answer with."""

    status: int
    body: str


def link(customer_id: str, *, purpose: str) -> str:
    """The address behind "unsubscribe" in a mail of this purpose."""
    token = signing.sign(_PURPOSE, f"{purpose}:{customer_id}".encode())
    return f"{settings().public_url}/unsubscribe/{token}"


def headers(address: str) -> dict[str, str]:
    """The headers by which mail programs offer their own button (RFC 2369, RFC 8058)."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def ask(token: str) -> Page:
    """The page behind the link: says what would stop, and changes nothing."""
    found = _read(token)
    if found is None:
        return _bad()
    purpose, customer_id = found
    language = _language(customer_id)
    button = html.escape(templates.sections(_PURPOSE, language.code)["button"])
    form = f'<form method="post"><button type="submit">{button}</button></form>'
    return _page(200, language, title="ask_title", text=f"ask_{purpose}", form=form)


def act(token: str) -> Page:
    """Withdraw the consent. Again, or after an erasure, it says the same: the page tells nobody who is known."""
    found = _read(token)
    if found is None:
        return _bad()
    purpose, customer_id = found
    language = _language(customer_id)
    with suppress(NotFound):  # then nobody is left who could get mail: what was asked for holds
        customer_service.withdraw_consent(customer_id=customer_id, purposes=_WITHDRAWN[purpose])
    return _page(200, language, title="done_title", text=f"done_{purpose}")


def later() -> Page:
    """The page when the store does not answer: nothing was changed. It asks the store for no language either."""
    return _page(503, languages.choose(settings().business_language), title="later_title", text="later")


def content_security_policy() -> str:
    """Nothing but our own style, and a form to ourselves."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    own = f"style-src 'sha256-{digest}'; form-action 'self'"
    return f"default-src 'none'; {own}; base-uri 'none'; frame-ancestors 'none'"


def _read(token: str) -> tuple[str, str] | None:
    try:
        purpose, _, customer_id = signing.verify(_PURPOSE, token).decode().partition(":")
    except (signing.BadToken, UnicodeDecodeError):
        return None
    return (purpose, customer_id) if purpose in _WITHDRAWN else None


def _language(customer_id: str) -> Language:
    customer = recipients.load(kind="customer", recipient_id=customer_id)
    return languages.choose(customer.language if customer else None, settings().business_language)


def _bad() -> Page:
    return _page(404, languages.choose(settings().business_language), title="bad_title", text="bad")


def _page(status: int, language: Language, *, title: str, text: str, form: str = "") -> Page:
    business = settings().business_name
    texts = templates.sections(_PURPOSE, language.code)
    parts = {
        "lang": language.code,
        "dir": language.direction,
        "style": _style(),
        "business": plain_text.markup(business),
        "title": html.escape(texts[title]),
        "text": templates.fill(texts[text], {"business": business}, value=plain_text.markup, literal=html.escape),
        "form": form,
    }
    return Page(status, templates.fill(templates.layout("page"), parts))


def _style() -> str:
    return templates.style("page")
