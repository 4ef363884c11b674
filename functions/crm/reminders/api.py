"""Routes of reminders."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from crm.core import http
from crm.core.actor import Within
from crm.core.errors import InvalidFields
from crm.core.names import Id
from crm.core.paging import Page, PageRequest
from crm.core.reason import Reason
from crm.mail import recipients
from crm.reminders import actions, due, feeds, leaving, service
from crm.reminders.actions import Asked
from crm.reminders.models import Reminder, State, partition
from crm.reminders.schemas import (
    CalendarOut,
    NewReminder,
    Reassignment,
    ReminderChange,
    ReminderList,
    ReminderOut,
    Snooze,
)

router = http.router()


@router.post("/reminders", status_code=201, tags=["reminders"], summary="Remind a member of staff or a customer")
def make(
    reminder: Annotated[NewReminder, Body()], idempotency_key: http.IdempotencyKey = None
) -> Response[ReminderOut]:
    made = service.make(
        fields=reminder.model_dump(exclude_none=True), caller=http.caller(router), idempotency_key=idempotency_key
    )
    return http.created(shown(made), location=f"/reminders/{made.reminder_id}")


@router.get("/reminders", tags=["reminders"], summary="Pending reminders by due time, or those of one recipient")
def page(
    state: Annotated[State | None, Query(description="Without a recipient only `pending`.")] = None,
    customer: Annotated[Id | None, Query(description="Those that go to this customer.")] = None,
    staff: Annotated[Id | None, Query(description="Those that go to this member of staff; me: the caller.")] = None,
    limit: http.Limit = http.FIRST_LIMIT,
    cursor: http.Cursor = None,
) -> Response[ReminderList]:
    member = http.caller(router) if staff == "me" else staff
    request = PageRequest(f"reminders:{http.reader(router)}:{[state, customer, member]}", limit, cursor)
    actor = http.actor(router)
    within = actor.within("reminders.use")
    if within is not None and not _reaches(within, customer, member):
        # As of who is not there.
        return http.found(ReminderList(items=[], next=None))
    if member and state == "pending" and not customer:
        mine = due.page_of(member, request)
        names = due.names(mine.items, within=actor.within("customers.read"))
        named = [shown(one, customer_name=names.get(one.customer_id or "")) for one in mine.items]
        return http.found(ReminderList(items=named, next=mine.next))
    found = _found(request, state, customer, member, within)
    return http.found(ReminderList(items=[shown(one) for one in found.items], next=found.next))


@router.get("/reminders/<reminder_id>", tags=["reminders"], summary="One reminder")
def read(reminder_id: str) -> Response[ReminderOut]:
    return http.found(shown(service.get(reminder_id=reminder_id)))


@router.patch("/reminders/<reminder_id>", tags=["reminders"], summary="Change a pending reminder")
def change(
    reminder_id: str, reminder: Annotated[ReminderChange, Body()], if_match: http.IfMatch = None
) -> Response[ReminderOut]:
    changed = service.change(
        reminder_id=reminder_id,
        fields=reminder.model_dump(exclude_unset=True),
        expected_version=http.expected_version(if_match),
    )
    return http.found(shown(changed))


@router.delete("/reminders/<reminder_id>", status_code=204, tags=["reminders"], summary="Delete a reminder")
def remove(reminder_id: str, if_match: http.IfMatch = None) -> Response[None]:
    service.remove(reminder_id=reminder_id, expected_version=http.expected_version(if_match))
    return http.gone()


@router.post("/reminders/<reminder_id>/snooze", tags=["reminders"], summary="Have a reminder come later, or again")
def snooze(
    reminder_id: str,
    snooze: Annotated[Snooze, Body()],
    if_match: http.IfMatch = None,
    idempotency_key: http.IdempotencyKey = None,
) -> Response[ReminderOut]:
    asked = _asked(reminder_id, "snooze", snooze.model_dump(exclude_none=True), if_match, idempotency_key)
    return http.found(shown(actions.snooze(asked)))


@router.post("/reminders/<reminder_id>/complete", tags=["reminders"], summary="Say that it is done")
def complete(
    reminder_id: str,
    occurrence: Annotated[str | None, Query(description="Of a series: without one the last that was told.")] = None,
    if_match: http.IfMatch = None,
    idempotency_key: http.IdempotencyKey = None,
) -> Response[ReminderOut]:
    asked = _asked(reminder_id, "complete", {"occurrence": occurrence}, if_match, idempotency_key)
    return http.found(shown(actions.complete(asked)))


@router.post("/reminders/<reminder_id>/reopen", tags=["reminders"], summary="Take the completion back")
def reopen(
    reminder_id: str, if_match: http.IfMatch = None, idempotency_key: http.IdempotencyKey = None
) -> Response[ReminderOut]:
    return http.found(shown(actions.reopen(_asked(reminder_id, "reopen", {}, if_match, idempotency_key))))


@router.post("/reminders/<reminder_id>/reassign", tags=["reminders"], summary="Give it to another member of staff")
def reassign(
    reminder_id: str,
    reassignment: Annotated[Reassignment, Body()],
    if_match: http.IfMatch = None,
    idempotency_key: http.IdempotencyKey = None,
) -> Response[ReminderOut]:
    asked = _asked(reminder_id, "reassign", reassignment.model_dump(), if_match, idempotency_key)
    return http.found(shown(actions.reassign(asked)))


@router.post(
    "/staff/<staff_id>/calendar", status_code=201, tags=["staff"], summary="Make a new link to a member's calendar"
)
def link_calendar(staff_id: str, idempotency_key: http.IdempotencyKey = None) -> Response[CalendarOut]:
    path = feeds.make_link(staff_id=staff_id, caller=http.caller(router), idempotency_key=idempotency_key)
    return http.created(CalendarOut(staff=staff_id, path=path), location=path)


def shown(reminder: Reminder, *, customer_name: str | None = None) -> ReminderOut:
    """The reminder as the API shows it."""
    values = {name: reminder.attribute_values.get(name) for name in ReminderOut.model_fields}
    kind, recipient_id = reminder.recipient
    own: dict[str, Any] = {"id": reminder.reminder_id, "staff": recipient_id if kind == "staff" else None}
    own |= {"unless_contact": bool(reminder.unless_contact), "version": int(reminder.version)}
    own["unassigned"] = kind == "staff" and leaving.is_left(recipient_id)
    series = {"occurrence": reminder.present, "upcoming": service.upcoming(reminder)}
    return ReminderOut.model_validate({**values, **own, **series, "customer_name": customer_name})


def _asked(reminder_id: str, action: str, body: dict[str, Any], if_match: str | None, key: str | None) -> Asked:
    return Asked(
        reminder_id=reminder_id,
        action=action,
        body=body,
        expected_version=http.expected_version(if_match),
        caller=http.caller(router),
        idempotency_key=key,
    )


def _reaches(within: Within, customer: str | None, staff: str | None) -> bool:
    if customer:
        found = recipients.load(kind="customer", recipient_id=customer)
        if found is None or not within.holds(found.profile.get("owner")):
            return False
    return not staff or within.holds(staff)


def _found(
    request: PageRequest, state: str | None, customer: str | None, staff: str | None, within: Within | None
) -> Page[Reminder]:
    if customer and staff:
        raise InvalidFields.one("staff", Reason("ask for a customer's reminders or for a member's, not for both"))
    if customer or staff:
        if customer:
            return service.page_of_customer(customer, request, state=state)
        return service.page_of(partition("staff", str(staff)), request, state=state)
    if state not in (None, "pending"):
        raise InvalidFields.one("state", Reason("without customer or staff only pending reminders are listed"))
    return due.page(request, within=within)
