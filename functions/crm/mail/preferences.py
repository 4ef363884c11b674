"""The page on which customers choose what to get: a yes or no for each purpose, saved by a form.

Looking changes nothing. A form that names a purpose changes that one alone, so an empty or foreign POST does nothing.
"""

import html
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import parse_qs

from crm.consents import service as consent_service
from crm.consents.service import Text
from crm.core.config import settings
from crm.core.errors import NotFound
from crm.core.purposes import UNASKED
from crm.customers import answers as customer_answers
from crm.customers import service as customer_service
from crm.customers.answers import Answers
from crm.mail import languages, links, public_page, templates
from crm.mail.languages import Language
from crm.mail.links import PURPOSES
from crm.mail.public_page import Page

_TEXTS = "preferences"
_WORDS: Mapping[str, bool | None] = {"yes": True, "no": False, "open": None}
# Three texts come back with it, signed.
_LARGEST_FORM = 12_000


def ask(token: str) -> Page:
    """The page as it stands, unchanged."""
    return _shown(token, saved=False)


def act(token: str, *, form: str) -> Page:
    """Save the answers of a form (`greeting=yes&marketing=no`) and show what holds now."""
    link, answers = links.read(token), _answers(form)
    if link and answers:
        with suppress(NotFound):  # what is shown then says so
            shown = consent_service.Shown(_texts_shown(form, answers), token)
            customer_answers.record(customer_id=link.customer_id, answers=answers, how="preferences_page", shown=shown)
    return _shown(token, saved=bool(answers))


def way_there(token: str, language: Language) -> str:
    """A link from another page to this one."""
    text = html.escape(templates.sections(_TEXTS, language.code)["link"])
    return f'<p class="aside"><a href="{_address(token)}">{text}</a></p>'


def undo(token: str, language: Language, *, before: Answers) -> str:
    """The button that brings back what held before; nothing where nothing was changed."""
    if not before:
        return ""
    words = {answer: word for word, answer in _WORDS.items()}
    kept = "".join(f'<input type="hidden" name="{name}" value="{words[answer]}">' for name, answer in before.items())
    text = html.escape(templates.sections(_TEXTS, language.code)["undo"])
    button = f'<button type="submit" class="quiet">{text}</button>'
    return f'<form method="post" action="{_address(token)}">{kept}{button}</form>'


def _address(token: str) -> str:
    # Relative, so that it stays on the host that was asked, wherever the pages are mounted.
    return html.escape(f"../preferences/{token}")


def _answers(form: str) -> dict[str, bool | None]:
    """The answers in a form; what is neither ours nor an answer is let go."""
    given = parse_qs(form[:_LARGEST_FORM])
    return {name: _WORDS[given[name][-1]] for name in PURPOSES if given.get(name, [""])[-1] in _WORDS}


def _texts_shown(form: str, answers: Answers) -> dict[str, Text]:
    """By purpose the text that stood above the answer, of texts that we have shown and no others."""
    given = {name: values[-1] for name, values in parse_qs(form[:_LARGEST_FORM]).items()}
    texts = {purpose: consent_service.read(given.get(_field(purpose), "")) for purpose in answers}
    return {purpose: text for purpose, text in texts.items() if text and text.purpose == purpose}


def _field(purpose: str) -> str:
    return f"text_{purpose}"


def _words(purpose: str, texts: Mapping[str, str]) -> str:
    """What somebody reads before they answer for a purpose, with the name of the business, as they read it."""
    business = {"business": settings().business_name}
    return "\n".join(templates.fill(texts[name], business) for name in (purpose, f"{purpose}_about"))


def _shown(token: str, *, saved: bool) -> Page:
    link = links.read(token)
    if link is None:
        return public_page.bad()
    try:
        profile = customer_service.get(customer_id=link.customer_id)
    except NotFound:
        return _gone()
    language = languages.choose(profile.language, settings().business_language)
    texts = templates.sections(_TEXTS, language.code)
    holds = customer_answers.standing(profile, purposes=PURPOSES)
    notice = f'<p class="notice" role="status">{html.escape(texts["saved"])}</p>' if saved else ""
    choices = "".join(_choice(purpose, holds[purpose], texts, language) for purpose in PURPOSES)
    form = f'<form method="post">{choices}{public_page.button(texts["button"])}</form>'
    own = f'<p class="aside"><a href="../own-data/{html.escape(token)}">{html.escape(texts["own_data"])}</a></p>'
    body = notice + public_page.paragraph(texts["intro"]) + form + own
    return public_page.page(200, language, title=texts["title"], body=body)


def _choice(purpose: str, answer: bool | None, texts: Mapping[str, str], language: Language) -> str:
    # Looking writes nothing, so the form brings back what was read: an answer on an old page is to what that page said.
    text = consent_service.Text(purpose, language.code, _words(purpose, texts))
    seen = f'<input type="hidden" name="{_field(purpose)}" value="{consent_service.signed(text)}">'
    allowed = UNASKED[purpose] if answer is None else answer
    radios = "".join(_radio(purpose, word, texts[word], checked=(word == "yes") is allowed) for word in ("yes", "no"))
    about = f'<p id="{purpose}-about">{html.escape(texts[f"{purpose}_about"])}</p>'
    legend = f"<legend>{html.escape(texts[purpose])}</legend>"
    answers = f'<div class="answers">{radios}</div>'
    return f'<fieldset aria-describedby="{purpose}-about">{seen}{legend}{about}{answers}</fieldset>'


def _radio(purpose: str, word: str, text: str, *, checked: bool) -> str:
    state = " checked" if checked else ""
    return f'<label><input type="radio" name="{purpose}" value="{word}"{state}> {html.escape(text)}</label>'


def _gone() -> Page:
    language = languages.choose(settings().business_language)
    texts = templates.sections(_TEXTS, language.code)
    return public_page.page(200, language, title=texts["gone_title"], body=public_page.paragraph(texts["gone"]))
