"""What the public pages of a questionnaire look like: plain forms that need no script, in the reader's language."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.forms import markup
from crm.mail import public_page, templates
from crm.mail.languages import NAMES, Language, between
from crm.mail.public_page import Page
from crm.questionnaires import rules
from crm.questionnaires.links import Link
from crm.questionnaires.models import Questionnaire

_TEXTS = "questionnaire"
# Many languages say yes to what is so in another word than to what somebody may do.
_SAID: Mapping[str, Mapping[str, str]] = {
    "yes_no": {"yes": "yes", "no": "no"},
    "consent": {"yes": "allows", "no": "refuses"},
}


@dataclass(frozen=True)
class Asked:
    """A link, what it asks, and in which language."""

    link: Link
    questionnaire: Questionnaire
    language: Language


@dataclass(frozen=True)
class _Sheet:
    """A form on its way out: the words around it, what was typed before and what is wrong with it."""

    code: str
    texts: Mapping[str, str]
    fields: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    def said(self, words: Mapping[str, str]) -> str:
        return html.escape(rules.worded(words, self.code))


def questions(
    asked: Asked, *, state: str, fields: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
) -> Page:
    """The page with its form; 422 where it comes back with what is wrong."""
    sheet = _Sheet(asked.language.code, texts_of(asked.language), fields or {}, problems or {})
    told = "" if fields is None else markup.notice(sheet.texts["check" if problems else "again"])
    intro = f"<p>{sheet.said(asked.questionnaire.intro)}</p>" if asked.questionnaire.intro else ""
    every = "".join(_question(one, sheet) for one in asked.questionnaire.questions)
    form = markup.form(every, state=state, texts=sheet.texts, button=sheet.texts["button"], language=sheet.code)
    body = told + intro + form + _others(asked)
    return public_page.page(200 if fields is None else 422, asked.language, title=_title(asked), body=body)


def thanks(asked: Asked) -> Page:
    """The page after a form was kept."""
    return _told(asked.language, "thanks", 200)


def closed(asked: Asked) -> Page:
    """The page of a link that is over."""
    return _told(asked.language, "closed", 410)


def full(asked: Asked) -> Page:
    """The page when too many forms came by a link."""
    return _told(asked.language, "full", 429)


def texts_of(language: Language) -> Mapping[str, str]:
    """The words of these pages in one language."""
    return templates.sections(_TEXTS, language.code)


def _told(language: Language, text: str, status: int) -> Page:
    texts = texts_of(language)
    return public_page.page(status, language, title=texts[f"{text}_title"], body=public_page.paragraph(texts[text]))


def _title(asked: Asked) -> str:
    # The frame fills placeholders in titles of ours; in what staff wrote a brace is a brace.
    return rules.worded(asked.questionnaire.title, asked.language.code).replace("{", "(").replace("}", ")")


def _question(question: Mapping[str, Any], sheet: _Sheet) -> str:
    name = f"q_{question['id']}"
    about = f'<p id="{name}-about">{sheet.said(question["about"])}</p>' if question.get("about") else ""
    wrong = sheet.problems.get(question["id"])
    told = f'<p class="wrong">{html.escape(sheet.texts[wrong])}</p>' if wrong else ""
    needed = f' <span class="needed">({html.escape(sheet.texts["needed"])})</span>' if question.get("required") else ""
    legend = f"<legend>{sheet.said(question['label'])}{needed}</legend>"
    return f"<fieldset>{legend}{about}{told}{_input(question, name, sheet)}</fieldset>"


def _input(question: Mapping[str, Any], name: str, sheet: _Sheet) -> str:
    kind, typed = question["kind"], sheet.fields.get(name, "")
    label = f' aria-label="{sheet.said(question["label"])}"'
    if kind in _SAID:
        return _radios(name, typed, [(code, html.escape(sheet.texts[word])) for code, word in _SAID[kind].items()])
    if kind == "choice":
        return _radios(name, typed, [(one["value"], sheet.said(one["label"])) for one in question["choices"]])
    if kind == "yearly_date":
        return markup.day(name, sheet.fields, sheet.texts)
    if question.get("fills") == "address":
        return f'<textarea name="{name}" rows="3" maxlength="1000"{label}>{html.escape(typed)}</textarea>'
    how = {"date": ' type="date"', "number": ' inputmode="decimal"'}.get(kind, ' maxlength="1000"')
    how += markup.TYPING.get(question.get("fills") or "", ' dir="auto"')
    return f'<input name="{name}" value="{html.escape(typed)}"{how}{label}>'


def _radios(name: str, typed: str, choices: Iterable[tuple[str, str]]) -> str:
    shown = (
        f'<label><input type="radio" name="{name}" value="{html.escape(value)}"{" checked" if value == typed else ""}>'
        f" {label}</label>"
        for value, label in choices
    )
    return f'<div class="answers">{"".join(shown)}</div>'


def _others(asked: Asked) -> str:
    codes = [code for code in NAMES if code in asked.questionnaire.title and code != asked.language.code]
    ways = (f'<a href="?lang={code}" lang="{code}">{NAMES[code]}</a>' for code in codes)
    return f'<p class="aside">{between(asked.language.code).join(ways)}</p>' if codes else ""
