"""Double opt-in: a yes to mail, said on a page that anybody can open, counts after a click on a mailed link."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm.consents import service as consent_service
from crm.core import clock, signing
from crm.core.config import settings
from crm.core.errors import KeyReused, NotFound
from crm.customers import answers as customer_answers
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.forms.models import Submission
from crm.mail import languages, public_page, templates
from crm.mail.languages import Language
from crm.mail.public_page import Page
from crm.questionnaires import links, rules, showing
from crm.questionnaires.links import Link
from crm.questionnaires.models import Answers, Questionnaire
from crm.questionnaires.rules import Told
from crm.reminders import service as reminder_service

_VALID = timedelta(days=14)
_SOON = timedelta(minutes=2)
_BY = "questionnaire"


def wanted(profile: Profile, told: Told, questionnaire: Questionnaire, *, language: str) -> dict[str, Any] | None:
    """What has to be confirmed, and at which address: each yes that does not hold already."""
    holds = profile.consent or {}
    purposes = {purpose for purpose, said in told.consent.items() if said and holds.get(purpose) is not True}
    if not purposes or not profile.email:
        return None
    asked = {one["purpose"]: one for one in questionnaire.questions if one.get("purpose") in purposes}
    texts = {
        purpose: "\n".join(rules.worded(one[part], language) for part in ("label", "about") if one.get(part))
        for purpose, one in asked.items()
    }
    return {"email": profile.email, "texts": texts}


def ask(profile: Profile, questionnaire: Questionnaire, item: Submission) -> None:
    """Mail the link: one to an address for a questionnaire on a day, whoever types that address how often."""
    expires = int((datetime.fromisoformat(item.given_at) + _VALID).timestamp())
    address = links.confirmation(Link(questionnaire.questionnaire_id, profile.customer_id, expires))
    texts = showing.texts_of(languages.choose(item.language))
    business = {"business": settings().business_name}
    zone = profile.timezone or settings().business_timezone.key
    due = (clock.now() + _SOON).astimezone(ZoneInfo(zone))
    fields = {
        "to": "customer",
        "customer_id": profile.customer_id,
        "at": f"{due:%Y-%m-%dT%H:%M}",
        "timezone": zone,
        "subject": templates.fill(texts["mail_subject"], business),
        "message": templates.fill(texts["mail"], business),
        # Staff do not see it: whoever opens it says yes in the customer's name.
        "private_link": address,
    }
    mark = next(iter(signing.fingerprints("confirm", str(profile.email).encode()).values()))
    key = f"{questionnaire.questionnaire_id} {mark} {item.given_at[:10]}"
    try:
        reminder_service.make(fields=fields, caller=_BY, idempotency_key=key)
    except KeyReused:
        return  # it is on its way


def page(token: str) -> Page:
    """The page behind the mailed link: says what would hold, and changes nothing, since mail scanners follow links."""
    found = _open(token)
    if isinstance(found, Page):
        return found
    _, texts, language = found
    said = "".join(f"<p>{public_page.filled(_plain(one))}</p>" for one in texts.values())
    words = showing.texts_of(language)
    form = f'<form method="post">{public_page.button(words["confirm_button"])}</form>'
    body = public_page.paragraph(words["confirm"]) + said + form
    return public_page.page(200, language, title=words["confirm_title"], body=body)


def act(token: str) -> Page:
    """Let it hold, with the text that was agreed to, the time and the link as the proof. Again it says the same."""
    found = _open(token)
    if isinstance(found, Page):
        return found
    link, texts, language = found
    shown = consent_service.Shown(
        {one: consent_service.Text(one, language.code, words) for one, words in texts.items()}, token
    )
    customer_answers.record(
        customer_id=str(link.customer_id), answers=dict.fromkeys(texts, True), how="confirmed_by_mail", shown=shown
    )
    words = showing.texts_of(language)
    return public_page.page(
        200, language, title=words["confirmed_title"], body=public_page.paragraph(words["confirmed"])
    )


def _open(token: str) -> tuple[Link, Mapping[str, str], Language] | Page:
    """What a mailed link would confirm; a page where it is none of ours, or what it is about is over."""
    link = links.read_confirmation(token)
    if link is None or link.customer_id is None:
        return public_page.bad()
    try:
        profile = customer_service.get(customer_id=link.customer_id)
    except NotFound:
        return public_page.bad()
    answers = Answers.find(profile.customer_id, link.questionnaire_id)
    language = languages.choose(answers.language if answers else profile.language, settings().business_language)
    known = answers.confirm if answers else None
    if link.is_over or not known or known["email"] != profile.email:
        words = showing.texts_of(language)
        return public_page.page(410, language, title=words["closed_title"], body=public_page.paragraph(words["closed"]))
    return Link(link.questionnaire_id, profile.customer_id, link.expires), known["texts"], language


def _plain(text: str) -> str:
    # The frame fills placeholders in texts of ours; in what staff wrote a brace is a brace.
    return text.replace("{", "(").replace("}", ")")
