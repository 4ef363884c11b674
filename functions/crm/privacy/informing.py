"""Mail about what customers asked: the link, the refusal with its reason; and what staff are reminded of.

All of it are reminders, so one state machine sends it, once, and says what became of it.
"""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm.core import clock
from crm.core.config import settings
from crm.core.errors import InvalidFields, KeyReused, NotFound
from crm.customers.models import Profile
from crm.mail import languages, templates
from crm.privacy.models import Asked
from crm.privacy.person_page import TEXTS
from crm.reminders import service as reminder_service

_BY = "own_data"
_SOON = timedelta(minutes=2)


def mail_link(profile: Profile, asked: Asked, *, address: str) -> None:
    """The link, to the address on file and to nobody's eyes else: behind it stands what a role may not see."""
    texts = _texts(profile.language)
    said = {"message": _filled(texts[f"{asked.what}_mail"]), "private_link": address}
    _mail(profile, _filled(texts[f"{asked.what}_subject"]), said, key=asked.request_id)


def mail_refusal(profile: Profile, asked: Asked) -> None:
    """Why somebody is not forgotten; again, nothing."""
    texts = _texts(profile.language)
    said = {"message": f"{_filled(texts['refused_mail'])}\n\n{asked.reason}"}
    _mail(profile, _filled(texts["refused_subject"]), said, key=f"{asked.request_id} refused")


def tell_staff(profile: Profile, asked: Asked, *, by: str) -> None:
    """A reminder to whom the customer belongs; who belongs to nobody is on the list alone."""
    if not profile.owner:
        return
    texts = _texts(settings().business_language)
    said = {"name": profile.name, "day": by}
    fields = {
        "to": "staff",
        "staff": profile.owner,
        "customer_id": profile.customer_id,
        "subject": templates.fill(texts["staff_subject"], said),
        "message": templates.fill(texts["staff_message"], said),
    }
    _make(fields, settings().business_timezone.key, key=f"{asked.request_id} staff")


def _mail(profile: Profile, subject: str, said: dict[str, str], *, key: str) -> None:
    if profile.email:
        fields = {"to": "customer", "customer_id": profile.customer_id, "subject": subject, **said}
        _make(fields, profile.timezone or settings().business_timezone.key, key=key)


def _make(fields: dict[str, Any], zone: str, *, key: str) -> None:
    due = (clock.now() + _SOON).astimezone(ZoneInfo(zone))
    try:
        reminder_service.make(
            fields={**fields, "at": f"{due:%Y-%m-%dT%H:%M}", "timezone": zone}, caller=_BY, idempotency_key=key
        )
    except (KeyReused, InvalidFields, NotFound):
        # It is on its way; or the owner does not work here any more, and the list has it.
        return


def _texts(language: str | None) -> Any:
    return templates.sections(TEXTS, languages.choose(language, settings().business_language).code)


def _filled(text: str) -> str:
    return templates.fill(text, {"business": settings().business_name})
