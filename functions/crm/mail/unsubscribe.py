"""The way out: a link in every mail to a customer, and the page behind it.

Looking at the page changes nothing, because mail scanners follow links; only its button, or the mail program's own
(RFC 8058), acts. Whoever did so by mistake gets everything back with one more button.
"""

from crm.core.config import settings
from crm.core.errors import NotFound
from crm.customers import answers as customer_answers
from crm.customers.answers import How
from crm.mail import languages, links, preferences, public_page, recipients, templates
from crm.mail.languages import Language
from crm.mail.links import Link
from crm.mail.public_page import Page

_TEXTS = "unsubscribe"
# Refusing greetings leaves the mail about one's own appointments; refusing that refuses everything.
_WITHDRAWN = {
    "marketing": ("marketing",),
    "greeting": ("greeting", "marketing"),
    "service": ("greeting", "marketing", "service"),
}


def headers(address: str) -> dict[str, str]:
    """The headers by which mail programs offer their own button (RFC 2369, RFC 8058)."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def ask(token: str) -> Page:
    """The page behind the link: says what would stop, and changes nothing."""
    link = links.read(token)
    if link is None:
        return public_page.bad()
    language = _language(link)
    texts = templates.sections(_TEXTS, language.code)
    seen = '<input type="hidden" name="page" value="1">'
    form = f'<form method="post">{seen}{public_page.button(texts["button"])}</form>'
    body = public_page.paragraph(texts[f"ask_{link.purpose}"]) + form + preferences.way_there(token, language)
    return public_page.page(200, language, title=texts["ask_title"], body=body)


def act(token: str, *, how: How) -> Page:
    """Withdraw the consent. Again, or after an erasure, it says the same: the page tells nobody who is known."""
    link = links.read(token)
    if link is None:
        return public_page.bad()
    language = _language(link)
    texts = templates.sections(_TEXTS, language.code)
    undo = preferences.undo(token, language, before=_withdraw(link, how))
    body = public_page.paragraph(texts[f"done_{link.purpose}"]) + undo + preferences.way_there(token, language)
    return public_page.page(200, language, title=texts["done_title"], body=body)


def _withdraw(link: Link, how: How) -> dict[str, bool | None]:
    refused = dict.fromkeys(_WITHDRAWN[link.purpose], False)
    try:
        return customer_answers.record(customer_id=link.customer_id, answers=refused, how=how)
    except NotFound:  # then nobody is left who could get mail: what was asked for holds
        return {}


def _language(link: Link) -> Language:
    customer = recipients.load(kind="customer", recipient_id=link.customer_id)
    return languages.choose(customer.language if customer else None, settings().business_language)
