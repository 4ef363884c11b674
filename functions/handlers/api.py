"""The staff API: one function for all routes with a login, so that it stays warm, composed from the slices."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.access.guard import Guard
from crm.announcements import api as announcements
from crm.audit import api as audit
from crm.audit import attempts
from crm.audit.watching import Watch
from crm.business import api as business
from crm.calendar import api as calendar
from crm.calls import api as calls
from crm.core import http
from crm.criteria import api as criteria
from crm.customers import api as customers
from crm.customers import service as customer_service
from crm.duplicates import api as duplicates
from crm.duplicates import service as duplicate_service
from crm.exports import api as exports
from crm.exports import service as export_service
from crm.greetings import api as greetings
from crm.handovers import api as handovers
from crm.history import api as history
from crm.imports import api as imports
from crm.inbox import api as inbox
from crm.inbox import service as inbox_service
from crm.interactions import api as interactions
from crm.keys import api as keys
from crm.keys import metering
from crm.mail import api as mail
from crm.mail import reading as mail_reading
from crm.merges import api as merges
from crm.merges import service as merge_service
from crm.own_fields import api as own_fields
from crm.patterns import api as patterns
from crm.privacy import api as privacy
from crm.purchases import api as purchases
from crm.questionnaires import api as questionnaires
from crm.relations import api as relations
from crm.relations import service as relation_service
from crm.reminders import api as reminders
from crm.reminders import service as reminder_service
from crm.routing import api as routing
from crm.segments import api as segments
from crm.staff import api as staff
from crm.staff import service as staff_service
from crm.tags import api as tags
from crm.templates import api as templates
from crm.timeline import api as timeline
from crm.views import api as views
from crm.webhooks import api as webhooks

TITLE = "CRM"
VERSION = "0.1.0"
# By the argument of a path: whose that is which it names.
LOOKUPS = {
    "customer_id": customer_service.owner_of,
    "export_id": export_service.owner_of,
    "key": mail_reading.owner_of,
    "mail_id": inbox_service.owner_of,
    "merge_id": merge_service.owner_of,
    "other": relation_service.owner_of_other,
    "pair": duplicate_service.owner_of,
    "reminder_id": reminder_service.owner_of,
    "staff_id": staff_service.owner_of,
}


@lru_cache(maxsize=1)
def application() -> APIGatewayHttpResolver:
    """The resolver with every staff route, its OpenAPI document and the page to browse it."""
    slices = (
        customers,
        tags,
        history,
        interactions,
        purchases,
        timeline,
        criteria,
        segments,
        patterns,
        staff,
        announcements,
        routing,
        handovers,
        keys,
        audit,
        webhooks,
        business,
        calendar,
        greetings,
        reminders,
        mail,
        duplicates,
        merges,
        templates,
        calls,
        privacy,
        own_fields,
        relations,
        imports,
        questionnaires,
        inbox,
        exports,
        views,
    )
    app = http.application(*(slice_.router for slice_ in slices), guard=Watch(Guard(LOOKUPS)))
    http.document(app, title=TITLE, version=VERSION)
    return app


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return http.handle(application(), event, context, first=attempts.noting(metering.count), last=attempts.answered)
