"""Reminders as they go in and out over HTTP."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from crm.core.fields import Document, Hour, Line, Text, Timezone
from crm.core.names import Id
from crm.core.reason import BadValue, Reason
from crm.core.values import YEARS
from crm.core.veiled import Veiled
from crm.reminders import periods, repetition
from crm.reminders.models import State

_CUSTOMER = "customer"
_WALL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII)


def _wall_time(value: str) -> str:
    if not _WALL.fullmatch(value):
        raise BadValue(Reason("must be a local time without zone or seconds, such as 2026-12-01T10:00"))
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as bad:
        raise BadValue(
            Reason.meaning(f"is not a time of the calendar: {bad}", "is not a time of the calendar")
        ) from bad
    # Near the calendar's ends the instant of a wall time lies outside of it.
    if moment.year not in YEARS:
        raise BadValue(Reason("must lie between the years {start} and {stop}", start=YEARS.start, stop=YEARS.stop - 1))
    return value


UNLESS_CONTACT = (
    "An occurrence is skipped when somebody has talked to the customer since the occurrence before it, "
    "or since the making of the reminder."
)
TEMPLATE = "Of a mail to a customer: any of `GET /templates`; without one the usual words around subject and message."
Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]
WallTime = Annotated[str, AfterValidator(_wall_time)]
Repeat = Annotated[
    str,
    StringConstraints(max_length=repetition.LONGEST),
    AfterValidator(repetition.normalised),
    Field(
        description="An RFC 5545 rule for days, such as FREQ=WEEKLY;INTERVAL=6. Parts: FREQ (DAILY, WEEKLY, MONTHLY, "
        "YEARLY), INTERVAL, COUNT or UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, WKST. It begins at `at`."
    ),
]


Period = Annotated[str, StringConstraints(max_length=30)]


class After(Document):
    """So long after something that is known of the customer, at a time of day."""

    event: Literal["first_purchase", "last_purchase", "last_contact", "registered", "joined"]
    period: Annotated[Period, AfterValidator(periods.calendrical)] = Field(
        description="ISO 8601 in whole days: P1Y, P6W, P90D. A month after 31 January is the end of February."
    )
    time: Hour


class NewReminder(Document):
    """A reminder to make, to a member of staff (without `staff`: the caller) or to a customer."""

    to: Literal["staff", "customer"]
    staff: Id | None = None
    customer_id: Id | None = Field(default=None, description="Whom it goes to, or for staff: whom it is about.")
    at: WallTime | None = Field(default=None, description="What the clocks of `timezone` show when it is due.")
    after: After | None = Field(default=None, description="Instead of `at`: it is counted out and kept as `at`.")
    timezone: Timezone | None = Field(default=None, description="Without one: the recipient's, else the business's.")
    subject: Line
    message: Text | None = None
    repeat: Repeat | None = None
    unless_contact: bool = Field(default=False, description=UNLESS_CONTACT)
    template: Name | None = Field(default=None, description=TEMPLATE)

    @model_validator(mode="after")
    def _has_one_time(self) -> "NewReminder":
        if (self.at is None) == (self.after is None):
            raise BadValue(Reason("send either at, a wall time, or after, counted from an event"))
        if self.customer_id is None and (self.after or self.unless_contact):
            raise BadValue(Reason("after and unless_contact need the customer_id of whom it is about"))
        return self

    @model_validator(mode="after")
    def _has_one_recipient(self) -> "NewReminder":
        if self.to == "customer" and self.customer_id is None:
            raise BadValue(Reason("a reminder to a customer needs customer_id"))
        if self.to == "staff" and self.template is not None:
            raise BadValue(Reason("a template is for mail to a customer; leave it out"))
        if self.to == "customer" and self.staff is not None:
            raise BadValue(
                Reason("a reminder to a customer takes no staff; leave it out, or send to=staff with customer_id")
            )
        return self


class ReminderChange(Document):
    """Fields to change while it is pending: absent stays, null empties `message` and `timezone`, and ends a series.

    With `at` or `repeat` a series begins anew, at `at`.
    """

    at: WallTime = "2000-01-01T00:00"
    timezone: Timezone | None = None
    repeat: Repeat | None = None
    subject: Line = ""
    message: Text | None = None
    unless_contact: bool = Field(default=False, description=UNLESS_CONTACT)
    template: Name | None = Field(default=None, description=TEMPLATE)


class Snooze(Document):
    """When it comes again: at a wall time of the reminder's zone, or in so long from now."""

    until: WallTime | None = None
    span: Annotated[Period, AfterValidator(periods.checked)] | None = Field(
        default=None, alias="for", description="ISO 8601: PT2H, P1D, P1W."
    )

    @model_validator(mode="after")
    def _has_one_time(self) -> "Snooze":
        if (self.until is None) == (self.span is None):
            raise BadValue(Reason("send either until, a wall time, or for, a period"))
        return self


class Reassignment(Document):
    staff: Id


class Last(Document):
    """What became of the occurrence before the present one."""

    occurrence: str
    at: str
    state: str
    reason: str | None
    settled_at: str
    message_key: str = Field(description="Its mail, if there was one, is at `GET /messages/{key}`.")


class ReminderOut(Veiled):
    """A reminder as it is stored; `due_at` is the instant of `at`. Of a series it is the present occurrence."""

    id: str
    to: str
    staff: str | None
    customer_id: str | None
    customer_name: str | None = Field(default=None, description="In the due list of a member of staff.")
    at: str
    timezone: str
    due_at: str
    subject: str
    message: str | None
    repeat: str | None
    occurrence: str = Field(description="The last part of the key of its mail.")
    unless_contact: bool
    template: str | None
    upcoming: list[str] = Field(description="Wall times of the next three occurrences after this one.")
    last: Last | None
    state: State
    reason: str | None
    unassigned: bool = Field(description="It stands with somebody who works here no more: give it to another.")
    version: int
    created_at: str
    created_by: str
    updated_at: str

    def veiled(self, hidden: Collection[str]) -> Self | None:
        # What a customer has put right themselves is told with what they said, of any field.
        tells = hidden and self.created_by == _CUSTOMER
        return self.model_copy(update={"message": None}) if tells else self


class ReminderList(Document):
    items: list[ReminderOut]
    next: str | None


class CalendarOut(Document):
    """The link to a member's calendar; who has it needs no login."""

    staff: str
    path: str = Field(description="Under the address of this API. A calendar program subscribes to it.")
