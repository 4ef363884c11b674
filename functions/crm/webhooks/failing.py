"""A webhook at which nothing has arrived for days is switched off, and who answers for it is told."""

from datetime import datetime, timedelta

from crm.access import roster
from crm.core import clock, table
from crm.core.config import settings
from crm.core.errors import InvalidFields, KeyReused, NotFound
from crm.core.log import logger
from crm.reminders import service as reminder_service
from crm.webhooks import rules, service
from crm.webhooks.models import Webhook

_BY = "webhooks"
_SOON = timedelta(minutes=2)
_SUBJECT = "A webhook was switched off: {name}"
_MESSAGE = (
    "Nothing has arrived at the webhook {name} since {since}. It was switched off; what it was to be told waits for "
    "thirty days: GET /webhooks/{id}/deliveries lists it. Once its receiver is mended, switch it on and send it again."
)


def switch_off(*, webhook_id: str) -> None:
    """Switch a webhook off where it has failed for long; the owners and who made it are told first, once."""
    webhook = Webhook.read(webhook_id)
    if webhook is None or webhook.state != "active" or not webhook.failing_since:
        return
    if clock.now() - datetime.fromisoformat(webhook.failing_since) < rules.PATIENCE:
        return
    for member in sorted(_who_answers(webhook)):
        _tell(member, webhook)
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


def _tell(member: str, webhook: Webhook) -> None:
    zone = settings().business_timezone
    said = {"name": webhook.name, "since": webhook.failing_since, "id": webhook.webhook_id}
    due = (clock.now() + _SOON).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    fields = {
        "to": "staff",
        "staff": member,
        "at": due,
        "timezone": zone.key,
        "subject": _SUBJECT.format(**said),
        "message": _MESSAGE.format(**said),
    }
    key = f"{webhook.webhook_id} {webhook.failing_since} {member}"
    try:
        reminder_service.make(fields=fields, caller=_BY, idempotency_key=key)
    except KeyReused:
        return  # told before, for another minute
    except (InvalidFields, NotFound):
        logger().warning("nobody of this id to tell of a webhook", extra={"webhook": webhook.webhook_id})
