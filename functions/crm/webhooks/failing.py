"""A webhook at which nothing has arrived for days is switched off, and who answers for it is told."""

from datetime import datetime, timedelta

from crm.access import roster
from crm.core import clock, table
from crm.core.config import settings
from crm.core.errors import InvalidFields, KeyReused, NotFound
from crm.core.log import logger
from crm.mail import languages, templates
from crm.reminders import service as reminder_service
from crm.staff import service as staff_service
from crm.webhooks import rules, service
from crm.webhooks.models import Webhook

_BY = "webhooks"
_SOON = timedelta(minutes=2)
_TEXTS = "webhook_off"


def switch_off(*, webhook_id: str) -> None:
    """Switch a webhook off where it has failed for long; the owners and who made it are told first, once."""
    webhook = Webhook.read(webhook_id)
    if webhook is None or webhook.state != "active" or not webhook.failing_since:
        return
    if clock.now() - datetime.fromisoformat(webhook.failing_since) < rules.PATIENCE:
        return
    for member in sorted(_who_answers(webhook)):
        _tell(member, webhook, since=webhook.failing_since)
    before, webhook.version = webhook.version, webhook.version + 1
    webhook.state, webhook.off_because = "off", f"nothing has arrived since {webhook.failing_since}"
    try:
        unchanged = (Webhook.version == before) & (Webhook.failing_since == webhook.failing_since)
        service.listen(webhook, condition=unchanged)
    except table.ConditionFailed:
        return  # something has arrived, or somebody has changed it: a later failure asks again
    logger().error("a webhook was switched off", extra={"webhook": webhook_id})


def _who_answers(webhook: Webhook) -> set[str]:
    members = roster.current().members.items()
    owners = {one for one, known in members if known.get("role") == "owner" and not known.get("inactive")}
    return owners | {webhook.created_by}


def _tell(member: str, webhook: Webhook, *, since: str) -> None:
    zone = settings().business_timezone
    local = datetime.fromisoformat(since).astimezone(zone)
    said = {"name": webhook.name, "since": f"{local:%Y-%m-%d %H:%M}", "id": webhook.webhook_id}
    due = (clock.now() + _SOON).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    texts = templates.sections(_TEXTS, languages.choose(_language_of(member), settings().business_language).code)
    fields = {
        "to": "staff",
        "staff": member,
        "at": due,
        "timezone": zone.key,
        "subject": templates.fill(texts["subject"], said),
        "message": templates.fill(texts["message"], said),
    }
    key = f"{webhook.webhook_id} {webhook.failing_since} {member}"
    try:
        reminder_service.make(fields=fields, caller=_BY, idempotency_key=key)
    except KeyReused:
        return  # told before, for another minute
    except (InvalidFields, NotFound):
        logger().warning("nobody of this id to tell of a webhook", extra={"webhook": webhook.webhook_id})


def _language_of(member: str) -> str | None:
    try:
        return staff_service.get(staff_id=member).language
    except NotFound:
        return None
