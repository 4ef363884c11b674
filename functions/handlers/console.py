"""The staff's pages: one function for all below `/console`; each page is loaded when it is first asked for."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crm.access.guard import Guard, asking
from crm.access.scope import Lookup, Owners
from crm.audit import attempts
from crm.audit.watching import Watch
from crm.console import assets, door, signing_in
from crm.console.asked import Answer, Asked, SeeOther, Visit
from crm.console.door import Open, Pages, Shown
from crm.console.routes import HOME

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# By the route, as the policy names it: where in crm.console the page is.
PAGES: Mapping[str, str] = {
    "GET /console": "day.my_day:show",
    "GET /console/find": "customers.find:show",
    "GET /console/customers": "customers.overview:show",
    "GET /console/calls": "day.calls:show",
    "GET /console/customers/{customer_id}": "customers.customer:show",
    "POST /console/customers/{customer_id}/interactions": "customers.contact:log",
    "GET /console/customers/{customer_id}/timeline": "customers.timeline:show",
    "GET /console/customers/{customer_id}/edit": "customers.editing:show",
    "POST /console/customers/{customer_id}/edit": "customers.editing:change",
    "POST /console/customers/{customer_id}/undo": "customers.undoing:undo",
    "GET /console/customers/{customer_id}/delete": "privacy.binning:ask",
    "POST /console/customers/{customer_id}/delete": "privacy.binning:put",
    "GET /console/customers/{customer_id}/erase": "privacy.erasing:ask",
    "POST /console/customers/{customer_id}/erase": "privacy.erasing:erase",
    "GET /console/customers/{customer_id}/copy": "privacy.handing_out:show",
    "POST /console/customers/{customer_id}/copy": "privacy.handing_out:send",
    "GET /console/customers/{customer_id}/copy/page": "privacy.handing_out:paper",
    "GET /console/customers/{customer_id}/sources": "customers.sources:show",
    "GET /console/bin": "privacy.binning:show",
    "POST /console/bin/{customer_id}/restore": "privacy.binning:restore",
    "GET /console/erasures": "privacy.erasures:show",
    "POST /console/erasures": "privacy.erasures:act",
    "GET /console/erasures/{erasure_id}": "privacy.erasures:one",
    "GET /console/customers/{customer_id}/merge": "customers.merging:show",
    "POST /console/customers/{customer_id}/merge": "customers.merging:merge",
    "GET /console/merges/{merge_id}": "customers.merged:show",
    "POST /console/merges/{merge_id}": "customers.merged:take_back",
    "GET /console/duplicates": "customers.duplicates:show",
    "POST /console/duplicates/{pair}": "customers.duplicates:decide",
    "GET /console/add": "customers.adding:show",
    "POST /console/add": "customers.adding:add",
    "GET /console/messages/{key}": "mail.message:show",
    "POST /console/reminders/{reminder_id}/done": "day.my_day:reminder_done",
    "POST /console/calls/{key}/done": "day.my_day:call_done",
    "GET /console/groups": "groups.overview:show",
    "POST /console/groups": "groups.form:make",
    "GET /console/new-group": "groups.form:new",
    "GET /console/groups/suggested": "groups.suggested:show",
    "GET /console/groups/{segment_id}": "groups.group:show",
    "POST /console/groups/{segment_id}": "groups.form:change",
    "GET /console/groups/{segment_id}/edit": "groups.form:edit",
    "POST /console/groups/{segment_id}/members": "groups.members:pick",
    "GET /console/groups/{segment_id}/delete": "groups.members:ask",
    "POST /console/groups/{segment_id}/delete": "groups.members:delete",
    "GET /console/staff": "staff.overview:show",
    "POST /console/staff": "staff.overview:enter",
    "GET /console/staff/{staff_id}": "staff.member:show",
    "POST /console/staff/{staff_id}": "staff.member:act",
    "POST /console/staff/{staff_id}/handover": "staff.handover:act",
    "POST /console/staff/{staff_id}/sign-out": "staff.member:sign_out",
    "GET /console/roles": "roles.overview:show",
    "GET /console/roles/{role_id}": "roles.role:show",
    "POST /console/roles/{role_id}": "roles.role:act",
    "GET /console/teams": "staff.teams:show",
    "POST /console/teams": "staff.teams:make",
    "GET /console/teams/{team_id}": "staff.team:show",
    "POST /console/teams/{team_id}": "staff.team:act",
    "GET /console/tags": "tags.overview:show",
    "POST /console/tags": "tags.overview:act",
    "GET /console/tags/{change_id}": "tags.change:show",
    "POST /console/tags/{change_id}": "tags.change:act",
    "GET /console/fields": "fields.overview:show",
    "GET /console/fields/{name}": "fields.field:show",
    "POST /console/fields/{name}": "fields.field:act",
    "GET /console/webhooks": "webhooks.overview:show",
    "POST /console/webhooks": "webhooks.overview:make",
    "GET /console/webhooks/{webhook_id}": "webhooks.webhook:show",
    "POST /console/webhooks/{webhook_id}": "webhooks.webhook:act",
    "GET /console/announcements": "business.announcements:show",
    "POST /console/announcements": "business.announcements:act",
    "GET /console/audit": "business.audit:show",
    "GET /console/health": "business.health:show",
    "POST /console/health/mail": "business.health:let_go",
    "POST /console/health/views": "business.health:upkeep",
    "GET /console/settings": "business.settings:show",
    "POST /console/settings": "business.settings:decide",
    "GET /console/keys": "keys.overview:show",
    "POST /console/keys": "keys.overview:make",
    "GET /console/keys/{key_id}": "keys.key:show",
    "POST /console/keys/{key_id}": "keys.key:act",
    "GET /console/imports": "files.imports:show",
    "POST /console/imports": "files.imports:begin",
    "GET /console/imports/{import_id}": "files.one_import:show",
    "POST /console/imports/{import_id}": "files.one_import:act",
    "GET /console/imports/{import_id}/refused": "files.imports:refused_file",
    "GET /console/imports/{import_id}/rows": "files.imports:rows",
    "GET /console/inbox": "inbox.mails:show",
    "GET /console/inbox/{mail_id}": "inbox.mails:one",
    "POST /console/inbox/{mail_id}": "inbox.mails:act",
    "GET /console/inbox/{mail_id}/attachments/{number}": "inbox.mails:attachment",
    "GET /console/routing": "routing.overview:show",
    "POST /console/routing": "routing.overview:act",
    "GET /console/routing/condition": "routing.condition:show",
    "POST /console/routing/condition": "routing.condition:act",
    "GET /console/questionnaires": "questionnaires.overview:show",
    "POST /console/questionnaires": "questionnaires.overview:make",
    "GET /console/questionnaires/{questionnaire_id}": "questionnaires.one:show",
    "POST /console/questionnaires/{questionnaire_id}": "questionnaires.one:act",
    "GET /console/questionnaires/{questionnaire_id}/question": "questionnaires.question:show",
    "POST /console/questionnaires/{questionnaire_id}/question": "questionnaires.question:act",
    "GET /console/questionnaires/{questionnaire_id}/words": "questionnaires.words:show",
    "POST /console/questionnaires/{questionnaire_id}/words": "questionnaires.words:act",
    "POST /console/questionnaires/{questionnaire_id}/links": "questionnaires.one:link",
    "GET /console/customers/{customer_id}/answers": "questionnaires.answers:show",
    "GET /console/customers/{customer_id}/interview": "questionnaires.interview:show",
    "POST /console/customers/{customer_id}/interview": "questionnaires.interview:note",
    "GET /console/greetings": "greetings.overview:show",
    "GET /console/greetings/{greeting_id}": "greetings.greeting:show",
    "POST /console/greetings/{greeting_id}": "greetings.greeting:act",
    "GET /console/greetings/{greeting_id}/sample": "greetings.upcoming:sample",
    "GET /console/reminders": "reminders.overview:show",
    "GET /console/reminders/{reminder_id}": "reminders.reminder:show",
    "POST /console/reminders/{reminder_id}": "reminders.reminder:act",
    "GET /console/templates": "mail.templates:show",
    "GET /console/templates/{name}": "mail.template:show",
    "POST /console/templates/{name}": "mail.template:act",
    "GET /console/templates/{name}/preview": "mail.template:sample",
    "POST /console/templates/{name}/preview": "mail.template:preview",
    "GET /console/upcoming": "greetings.upcoming:show",
    "GET /console/upcoming/{day}": "greetings.upcoming:day",
    "GET /console/exports": "files.exports:show",
    "POST /console/exports": "files.exports:begin",
    "GET /console/exports/{export_id}": "files.exports:one",
    "GET /console/exports/{export_id}/file": "files.exports:file",
    "POST /console/announcements/{announcement_id}/read": "day.my_day:announcement_read",
    "GET /console/me": "staff.me:show",
    "POST /console/me": "staff.me:change",
    "GET /console/start": "day.start:show",
    "POST /console/start": "day.start:dismiss",
    "POST /console/demo": "day.start:demo",
    "POST /console/language": "reading:choose_language",
    "POST /console/sign-out": "leaving:leave",
}
OPEN: Mapping[str, Open] = {
    "GET /": lambda _: SeeOther(HOME),
    "GET /console/sign-in": signing_in.begin,
    "GET /console/signed-in": signing_in.finish,
    "GET /console/leaving": signing_in.leaving,
    "GET /console/signed-out": signing_in.left,
    "GET /console/static/{file}": assets.read,
}


def handler(event: dict[str, Any], _: "LambdaContext") -> dict[str, Any]:
    """Answer one HTTP API event."""
    return door.answer(event, pages=EVERY, guarded=_guarded, asking=asking, last=attempts.answered)


def page(where: str) -> Shown:
    """A page that is loaded when it is shown, so that a start loads what the first page needs and no more."""
    module, _, name = where.partition(":")

    def shown(visit: Visit) -> Answer:
        found: Shown = getattr(import_module(f"crm.console.{module}"), name)
        return found(visit)

    return shown


def _guarded(lookups: Mapping[str, Lookup]) -> Watch:
    return Watch(Guard(lookups))


def _owner_of_customer(asked: Asked, customer_id: str) -> Iterable[Owners] | None:
    from crm.console.customers import record  # only who does not see everybody needs it here
    from crm.customers import service

    # Who is in the bin has no record to show, and is somebody's all the same.
    in_bin = asked.path.startswith("/console/bin/")
    return service.owner_of(customer_id) if in_bin else record.owner_of(asked, customer_id)


def _owner_of_mail(_: Asked, key: str) -> Iterable[Owners] | None:
    from crm.mail import reading

    return reading.owner_of(key)


def _owner_of_incoming(_: Asked, mail_id: str) -> Iterable[Owners] | None:
    from crm.inbox import service

    return service.owner_of(mail_id)


def _owner_of_reminder(_: Asked, reminder_id: str) -> Iterable[Owners] | None:
    if reminder_id == "new":
        # The form of one that is nobody's yet; whom it names the page looks at itself.
        return ()
    from crm.reminders import service

    return service.owner_of(reminder_id)


def _owner_of_export(_: Asked, export_id: str) -> Iterable[Owners] | None:
    from crm.exports import service

    return service.owner_of(export_id)


def _owner_of_merge(_: Asked, merge_id: str) -> Iterable[Owners] | None:
    from crm.merges import service

    return service.owner_of(merge_id)


def _owners_of_pair(_: Asked, pair: str) -> Iterable[Owners] | None:
    from crm.duplicates import service

    return service.owner_of(pair)


EVERY = Pages(
    shown={route: page(where) for route, where in PAGES.items()},
    open=OPEN,
    lookups={
        "customer_id": _owner_of_customer,
        "export_id": _owner_of_export,
        "key": _owner_of_mail,
        "mail_id": _owner_of_incoming,
        "merge_id": _owner_of_merge,
        "pair": _owners_of_pair,
        "reminder_id": _owner_of_reminder,
    },
)
