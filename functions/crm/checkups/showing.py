"""What the public pages of a check-up look like, in the customer's language and direction."""

import html
from collections.abc import Mapping
from dataclasses import dataclass

from crm.checkups import rules
from crm.checkups.links import Link
from crm.customers.models import Profile
from crm.forms import markup
from crm.mail import links as mail_links
from crm.mail import public_page, templates
from crm.mail.languages import NAMES, Language
from crm.mail.public_page import Page

_TEXTS = "checkup"
# What all forms say: how to pick a day, that something is missing, that a link is over.
_COMMON = "questionnaire"


@dataclass(frozen=True)
class Asked:
    """A link, whose it is, and in which language."""

    link: Link
    profile: Profile
    language: Language


def facts(
    asked: Asked,
    *,
    state: str,
    fields: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    is_again: bool = False,
) -> Page:
    """The page with what is known, to be confirmed or corrected; 422 where it comes back."""
    texts, wrong = texts_of(asked.language), problems or {}
    told = markup.notice(texts["check" if wrong else "again"]) if is_again else ""
    every = "".join(_field(name, fields, texts, wrong) for name in rules.FIELDS)
    form = markup.form(
        every,
        state=state,
        texts=texts,
        button=texts["button"],
        language=asked.language.code,
    )
    body = told + public_page.paragraph(texts["intro"]) + form + _elsewhere(asked)
    return public_page.page(422 if is_again else 200, asked.language, title=texts["title"], body=body)


def thanks(asked: Asked) -> Page:
    """The page after a form was kept."""
    return _told(asked.language, "thanks", 200)


def closed(language: Language) -> Page:
    """The page of a link that is over, or of somebody who is not there any more."""
    return _told(language, "closed", 410)


def full(asked: Asked) -> Page:
    """The page when too many forms came by a link."""
    return _told(asked.language, "full", 429)


def texts_of(language: Language) -> Mapping[str, str]:
    """The words of these pages in one language."""
    return {**templates.sections(_COMMON, language.code), **templates.sections(_TEXTS, language.code)}


def _told(language: Language, text: str, status: int) -> Page:
    texts = texts_of(language)
    return public_page.page(status, language, title=texts[f"{text}_title"], body=public_page.paragraph(texts[text]))


def _elsewhere(asked: Asked) -> str:
    """The pages for what is not decided here: which mail to get, whether any, a copy, and being forgotten."""
    link = mail_links.Link(asked.profile.customer_id, "greeting")
    stop, choose = mail_links.ways(link, asked.language)
    own = templates.sections("preferences", asked.language.code)["own_data"], mail_links.own_data(link)
    return _way(*choose) + _way(*own) + _way(*stop)


def _way(text: str, address: str) -> str:
    return f'<p class="aside"><a href="{html.escape(address)}">{html.escape(text)}</a></p>'


def _field(name: str, fields: Mapping[str, str], texts: Mapping[str, str], problems: Mapping[str, str]) -> str:
    wrong = problems.get(name)
    told = f'<p class="wrong">{html.escape(texts[wrong])}</p>' if wrong else ""
    return f"<fieldset><legend>{html.escape(texts[name])}</legend>{told}{_input(name, fields, texts)}</fieldset>"


def _input(name: str, fields: Mapping[str, str], texts: Mapping[str, str]) -> str:
    label, typed = f' aria-label="{html.escape(texts[name])}"', html.escape(fields.get(name, ""))
    if name == "language":
        return f'<select name="{name}"{label}>{_languages(fields.get(name, ""))}</select>'
    if name == "birthday":
        year = html.escape(fields.get("birthday_year", ""))
        box = f'<input name="birthday_year" value="{year}" inputmode="numeric" maxlength="4" size="4" dir="ltr">'
        asked = f'<label class="pick year">{html.escape(texts["year"])} {box}</label>'
        return markup.day(name, fields, texts) + asked
    if name == "address":
        return f'<textarea name="{name}" rows="3" maxlength="1000" dir="auto"{label}>{typed}</textarea>'
    return f'<input name="{name}" value="{typed}" maxlength="300"{markup.TYPING[name]}{label}>'


def _languages(chosen: str) -> str:
    # One that there are no texts in can still be theirs.
    known = {**({} if chosen in NAMES or not chosen else {chosen: chosen}), **NAMES}
    none = "" if chosen else '<option value=""></option>'
    return none + "".join(
        f'<option value="{html.escape(code)}" lang="{html.escape(code)}"{" selected" if code == chosen else ""}>'
        f"{html.escape(name)}</option>"
        for code, name in known.items()
    )
