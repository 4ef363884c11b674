"""The staff's pages: one function, to which the gateway has routed; each page is loaded when it is first asked for."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crm.access.guard import Guard
from crm.access.scope import Lookup, Owners
from crm.audit import attempts
from crm.audit.watching import Watch
from crm.console import assets, door, signing_in
from crm.console.asked import Answer, Asked, SeeOther, Visit
from crm.console.door import Open, Shown

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# By the route of the gateway, which is also that of the policy: where in crm.console.pages the page is.
PAGES: Mapping[str, str] = {
    "GET /console": "my_day:show",
    "GET /console/find": "find:show",
    "GET /console/customers/{customer_id}": "customer:show",
    "POST /console/customers/{customer_id}/interactions": "customer:log",
    "GET /console/customers/{customer_id}/timeline": "timeline:show",
    "GET /console/customers/{customer_id}/edit": "editing:show",
    "POST /console/customers/{customer_id}/edit": "editing:change",
    "POST /console/customers/{customer_id}/undo": "undoing:undo",
    "GET /console/customers/{customer_id}/delete": "binning:ask",
    "POST /console/customers/{customer_id}/delete": "binning:put",
    "GET /console/customers/{customer_id}/erase": "erasing:ask",
    "POST /console/customers/{customer_id}/erase": "erasing:erase",
    "GET /console/customers/{customer_id}/copy": "handing_out:show",
    "POST /console/customers/{customer_id}/copy": "handing_out:send",
    "GET /console/customers/{customer_id}/copy/page": "handing_out:paper",
    "GET /console/customers/{customer_id}/sources": "sources:show",
    "GET /console/bin": "binning:show",
    "POST /console/bin/{customer_id}/restore": "binning:restore",
    "GET /console/erasures": "erasures:show",
    "POST /console/erasures": "erasures:act",
    "GET /console/erasures/{erasure_id}": "erasures:one",
    "GET /console/add": "adding:show",
    "POST /console/add": "adding:add",
    "GET /console/messages/{key}": "message:show",
    "POST /console/reminders/{reminder_id}/done": "my_day:reminder_done",
    "POST /console/calls/{key}/done": "my_day:call_done",
    "GET /console/groups": "groups:show",
    "POST /console/groups": "group_form:make",
    "GET /console/new-group": "group_form:new",
    "GET /console/groups/{segment_id}": "group:show",
    "POST /console/groups/{segment_id}": "group_form:change",
    "GET /console/groups/{segment_id}/edit": "group_form:edit",
    "POST /console/groups/{segment_id}/members": "group_members:pick",
    "GET /console/groups/{segment_id}/delete": "group_members:ask",
    "POST /console/groups/{segment_id}/delete": "group_members:delete",
    "GET /console/staff": "staff:show",
    "POST /console/staff": "staff:enter",
    "GET /console/staff/{staff_id}": "member:show",
    "POST /console/staff/{staff_id}": "member:act",
    "POST /console/staff/{staff_id}/handover": "handover:act",
    "POST /console/staff/{staff_id}/sign-out": "member:sign_out",
    "GET /console/roles": "roles:show",
    "GET /console/roles/{role_id}": "role:show",
    "POST /console/roles/{role_id}": "role:act",
    "GET /console/announcements": "announcements:show",
    "POST /console/announcements": "announcements:act",
    "GET /console/audit": "audit:show",
    "GET /console/health": "health:show",
    "POST /console/health/mail": "health:let_go",
    "POST /console/health/views": "health:upkeep",
    "GET /console/settings": "settings:show",
    "POST /console/settings": "settings:decide",
    "GET /console/imports": "imports:show",
    "POST /console/imports": "imports:begin",
    "GET /console/imports/{import_id}": "one_import:show",
    "POST /console/imports/{import_id}": "one_import:act",
    "GET /console/imports/{import_id}/refused": "imports:refused_file",
    "GET /console/imports/{import_id}/rows": "imports:rows",
    "GET /console/greetings": "greetings:show",
    "GET /console/greetings/{greeting_id}": "greeting:show",
    "POST /console/greetings/{greeting_id}": "greeting:act",
    "GET /console/greetings/{greeting_id}/sample": "upcoming:sample",
    "GET /console/reminders": "reminders:show",
    "GET /console/reminders/{reminder_id}": "reminder:show",
    "POST /console/reminders/{reminder_id}": "reminder:act",
    "GET /console/templates": "mail_templates:show",
    "GET /console/templates/{name}": "mail_template:show",
    "POST /console/templates/{name}": "mail_template:act",
    "GET /console/templates/{name}/preview": "mail_template:sample",
    "POST /console/templates/{name}/preview": "mail_template:preview",
    "GET /console/upcoming": "upcoming:show",
    "GET /console/upcoming/{day}": "upcoming:day",
    "GET /console/exports": "exports:show",
    "POST /console/exports": "exports:begin",
    "GET /console/exports/{export_id}": "exports:one",
    "GET /console/exports/{export_id}/file": "exports:file",
    "POST /console/announcements/{announcement_id}/read": "my_day:announcement_read",
    "GET /console/me": "me:show",
    "POST /console/me": "me:change",
    "GET /console/start": "start:show",
    "POST /console/start": "start:dismiss",
    "POST /console/demo": "start:demo",
    "POST /console/language": "reading:choose_language",
    "POST /console/sign-out": "leaving:leave",
}
OPEN: Mapping[str, Open] = {
    "GET /": lambda _: SeeOther(signing_in.HOME),
    "GET /console/sign-in": signing_in.begin,
    "GET /console/signed-in": signing_in.finish,
    "GET /console/leaving": signing_in.leaving,
    "GET /console/signed-out": signing_in.left,
    "GET /console/static/{file}": assets.read,
}


def handler(event: dict[str, Any], _: "LambdaContext") -> dict[str, Any]:
    """Answer one HTTP API event."""
    return door.answer(event, pages=_PAGES, open_pages=OPEN, lookups=_LOOKUPS, guarded=_guarded, last=attempts.answered)


def page(where: str) -> Shown:
    """A page that is loaded when it is shown, so that a start loads what the first page needs and no more."""
    module, _, name = where.partition(":")

    def shown(visit: Visit) -> Answer:
        found: Shown = getattr(import_module(f"crm.console.pages.{module}"), name)
        return found(visit)

    return shown


def _guarded(lookups: Mapping[str, Lookup]) -> Watch:
    return Watch(Guard(lookups))


def _owner_of_customer(asked: Asked, customer_id: str) -> Iterable[Owners] | None:
    from crm.console import record  # noqa: PLC0415 - only who does not see everybody needs it here
    from crm.customers import service  # noqa: PLC0415

    # Who is in the bin has no record to show, and is somebody's all the same.
    in_bin = asked.path.startswith("/console/bin/")
    return service.owner_of(customer_id) if in_bin else record.owner_of(asked, customer_id)


def _owner_of_mail(_: Asked, key: str) -> Iterable[Owners] | None:
    from crm.mail import reading  # noqa: PLC0415

    return reading.owner_of(key)


def _owner_of_reminder(_: Asked, reminder_id: str) -> Iterable[Owners] | None:
    if reminder_id == "new":
        # The form of one that is nobody's yet; whom it names the page looks at itself.
        return ()
    from crm.reminders import service  # noqa: PLC0415

    return service.owner_of(reminder_id)


def _owner_of_export(_: Asked, export_id: str) -> Iterable[Owners] | None:
    from crm.exports import service  # noqa: PLC0415

    return service.owner_of(export_id)


_PAGES = {route: page(where) for route, where in PAGES.items()}
_LOOKUPS = {
    "customer_id": _owner_of_customer,
    "export_id": _owner_of_export,
    "key": _owner_of_mail,
    "reminder_id": _owner_of_reminder,
}
