"""Takes what a customer said of their data into the record. Each step may be repeated, and does nothing twice."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crm.checkups import rules, showing
from crm.core import clock, ids
from crm.core.author import Author
from crm.core.config import settings
from crm.core.errors import InvalidFields, KeyReused, NotFound
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.forms import facts
from crm.forms import service as form_service
from crm.forms.models import Submission
from crm.interactions import service as interaction_service
from crm.interactions.schemas import NewInteraction
from crm.mail import languages
from crm.reminders import service as reminder_service

_BY = "customer"
_SOON = timedelta(minutes=2)


def take(item: Submission) -> None:
    """Take one form, once; that of somebody who is gone meanwhile is let go."""
    try:
        customer_id = _into_record(item)
    except NotFound:
        customer_id = None
    form_service.finish(item, customer_id=customer_id)


def _into_record(item: Submission) -> str:
    said: Mapping[str, Any] = item.values or {}
    profile = customer_service.get(customer_id=str(item.customer))
    author = Author("", way="customer", of=rules.KIND, at=said["shown_at"])
    left = facts.correct(customer_id=profile.customer_id, fields=said["fields"], author=author)
    facts.empty(customer_id=profile.customer_id, names=said["empty"], author=author)
    key = f"checkup {item.form_id} {ids.request_hash(said)}"
    text = _summary(said)
    interaction_service.log(
        customer_id=profile.customer_id,
        interaction=NewInteraction(kind=rules.KIND, summary=text),
        caller=_BY,
        idempotency_key=key,
    )
    if said["changed"] or left:
        _tell(customer_service.get(customer_id=profile.customer_id), text, key)
    return profile.customer_id


def _summary(said: Mapping[str, Any]) -> str:
    """What was said, for the staff: in the business's language, what is right still and what is not."""
    texts = showing.texts_of(languages.choose(settings().business_language))
    fields = said["fields"]
    lines = [
        f"{'→' if name in said['changed'] else '✓'} {texts[name]}: {fields.get(name, '—')}"
        for name in rules.FIELDS
        if name in fields or name in said["empty"]
    ]
    return "\n".join([texts["summary"], *lines])[:3900]


def _tell(profile: Profile, text: str, key: str) -> None:
    """The owner gets it as a reminder: among what is due, and by mail as they wish."""
    if not profile.owner:
        return
    due = (clock.now() + _SOON).astimezone(settings().business_timezone)
    title, _, rest = text.partition("\n")
    fields: dict[str, Any] = {
        "to": "staff",
        "staff": profile.owner,
        "customer_id": profile.customer_id,
        "at": f"{due:%Y-%m-%dT%H:%M}",
        "timezone": settings().business_timezone.key,
        "subject": f"{profile.name[:120]}: {title}",
        "message": rest[:600],
    }
    try:
        reminder_service.make(fields=fields, caller=_BY, idempotency_key=key)
    except KeyReused:
        return  # told already
    except InvalidFields:
        return  # an owner who is not in the list of staff
