"""Rules of greetings as they go in and out over HTTP."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from crm.core.fields import Amount, CalendarDate, Document, Hour, Money, ShortLine
from crm.core.names import CustomName, Name, Spelled
from crm.core.reason import BadValue, Reason

Occasion = Literal[
    "birthday",
    "hebrew_birthday",
    "purchase_anniversary",
    "last_purchase_anniversary",
    "large_purchase_anniversary",
    "joined_anniversary",
    "custom_anniversary",
    "checkup",
    "days_after",
    "feast",
]
Event = Literal["first_purchase", "last_purchase", "last_contact", "registered", "joined", "custom"]
Purpose = Literal["greeting", "marketing"]
RestDays = Literal["keep", "before", "after"]


def _has_a_year(value: str) -> str:
    if value.startswith("--"):
        raise BadValue(Reason("must be a date with its year, as YYYY-MM-DD"))
    return value


# How far it may really lie from the occasion depends on which it is: `checks`.
Offset = Annotated[
    int,
    Field(
        ge=-60,
        le=3650,
        description="Days after the occasion, negative: before it; -60 to 60. For days_after from 0 to 3650.",
    ),
]
SegmentId = Annotated[str, Spelled(r"[a-z0-9]{1,40}", Reason("must be the id of a segment: at most 40 of a-z and 0-9"))]
Day = Annotated[CalendarDate, AfterValidator(_has_a_year)]
_EVENT = Field(default=None, description="For days_after: what the days are counted from.")
_FIELD = Field(default=None, description="For custom dates: the customers' own field that holds the date.")
_FEAST = Field(default=None, description="For feast: which one, as in `GET /feasts`.")
_AMOUNT = Field(default=None, description="For large purchases: from which amount on, in the reporting currency.")
_TEMPLATE = Field(default=None, description="Without one: the usual template of the occasion, where there is one.")
_SEND_AT = Field(default="09:00", description="Local time of each customer, from which on it is sent.")
_REST = Field(description="On a day of rest: keep it, or send on the working day before or after.")
_PURPOSE = Field(description="What consent is asked for; marketing goes only to who has said yes.")


class NewGreeting(Document):
    """A rule to add. `starts_on` and `ends_on` bound the local days of sending, both included."""

    name: ShortLine
    occasion: Occasion
    event: Event | None = _EVENT
    field: CustomName | None = _FIELD
    feast: Name | None = _FEAST
    min_amount: Money | None = _AMOUNT
    offset_days: Offset = 0
    send_at: Hour = _SEND_AT
    segment: SegmentId | None = Field(default=None, description="Only customers of this group.")
    template: Name | None = _TEMPLATE
    purpose: Annotated[Purpose, _PURPOSE] = "greeting"
    rest_days: Annotated[RestDays, _REST] = "keep"
    starts_on: Day | None = None
    ends_on: Day | None = None
    active: bool = True


class GreetingChange(Document):
    """Fields to change: absent stays, null empties. Under another occasion, what only the old one needed is dropped."""

    name: ShortLine = ""
    occasion: Occasion = "birthday"
    event: Event | None = _EVENT
    field: CustomName | None = _FIELD
    feast: Name | None = _FEAST
    min_amount: Money | None = _AMOUNT
    offset_days: Offset = 0
    send_at: Hour = _SEND_AT
    segment: SegmentId | None = None
    template: Name = "birthday"
    purpose: Annotated[Purpose, _PURPOSE] = "greeting"
    rest_days: Annotated[RestDays, _REST] = "keep"
    starts_on: Day | None = None
    ends_on: Day | None = None
    active: bool = True


def fields_of(given: NewGreeting | GreetingChange, **how: bool) -> dict[str, Any]:
    """The fields as they are stored: an amount is a number there."""
    fields = given.model_dump(**how)  # type: ignore[arg-type]
    return fields | ({"min_amount": given.min_amount} if "min_amount" in fields else {})


class GreetingOut(Document):
    """A rule as it is stored. `active_since`: since when it greets as it does now; null while it is switched off."""

    id: str
    name: str
    occasion: str
    event: str | None
    field: str | None
    feast: str | None
    min_amount: Amount | None
    offset_days: int
    send_at: str
    segment: str | None
    template: str
    purpose: str
    rest_days: str
    starts_on: str | None
    ends_on: str | None
    active: bool
    active_since: str | None
    version: int
    created_at: str
    updated_at: str


class GreetingList(Document):
    items: list[GreetingOut]
    next: str | None


class UpcomingGreeting(Document):
    """A greeting to come, on the customer's local day and hour; why not, where it will not be sent as things stand."""

    rule: str
    rule_name: str
    customer_id: str
    name: str
    date: str
    time: str
    timezone: str
    will: Literal["send", "not"]
    reason_code: str | None
    reason: str | None


class UpcomingList(Document):
    items: list[UpcomingGreeting]
    next: str | None


class NotSent(Document):
    """How many would not get it, by one kind of reason; `reason` as one of them would read it."""

    reason_code: str
    reason: str
    count: int


class SampleGreeting(Document):
    """A mail as one customer would get it; its links lead nowhere."""

    customer_id: str
    name: str
    to: str
    date: str
    time: str
    timezone: str
    language: str
    subject: str
    text: str
    html: str


class PreviewOut(Document):
    """A dry run. `cost` is what SES charges for `count` mails; `complete` is false where some were not looked at."""

    days: int
    count: int
    cost: Amount
    currency: Literal["USD"] = "USD"
    not_sent: list[NotSent]
    samples: list[SampleGreeting]
    complete: bool
