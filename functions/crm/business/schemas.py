"""What a business has decided, as it goes in and out over HTTP."""

from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from crm.business.rules import LeapDay, Weekday
from crm.core.fields import CalendarDate, Currency, Document, Email, Hour, Language, ShortLine, Text
from crm.core.names import Spelled
from crm.core.reason import BadValue, Reason

Origin = Literal["decided", "deployment", "default"]
# About a metre; maps hand out fourteen places.
_PLACES = Decimal("0.00001")
_REMEDY = Reason("must be the address of a picture, such as https://shop.example/logo.png")


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _degrees(value: int | Decimal) -> Decimal:
    return Decimal(value).quantize(_PLACES)


def _https(value: str) -> str:
    """What mail programs load for every reader: by TLS, from a named host, and nothing that ends an attribute."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as bad:
        raise BadValue(_REMEDY) from bad
    if parts.scheme != "https" or parts.username is not None or port not in (None, 443):
        raise BadValue(_REMEDY)
    if "." not in (parts.hostname or "").strip(".") or not (parts.hostname or "").strip("."):
        raise BadValue(_REMEDY)
    return value


Latitude = Annotated[Annotated[int, Field(ge=-90, le=90)] | Annotated[Decimal, Field(ge=-90, le=90)], Field()]
Longitude = Annotated[Annotated[int, Field(ge=-180, le=180)] | Annotated[Decimal, Field(ge=-180, le=180)], Field()]
Logo = Annotated[
    str,
    StringConstraints(max_length=500),
    Spelled(r"[!#-;=?-~]+", Reason("must be an address without spaces, quotes, < and >, other letters as %C3%A4")),
    AfterValidator(_https),
]
Weekend = Annotated[list[Weekday], Field(max_length=6), AfterValidator(_distinct)]
Holidays = Annotated[list[CalendarDate], Field(max_length=200), AfterValidator(_distinct)]


class PlaceIn(Document):
    """Where the business is, in degrees, north and east positive; its sun ends the sabbath."""

    latitude: Annotated[Latitude, AfterValidator(_degrees)]
    longitude: Annotated[Longitude, AfterValidator(_degrees)]


class BusinessChange(Document):
    """Decisions to change (RFC 7396): absent stays as it is, null goes back to the default."""

    leap_day: LeapDay | None = Field(default=None, description="Day of a 29 February birthday in other years.")
    earliest_hour: Hour | None = Field(default=None, description="No greeting before it, local time of each customer.")
    latest_hour: Hour | None = Field(default=None, description="No greeting at or after it, local time.")
    weekend: Weekend | None = Field(default=None, description="Days of rest in each week; may be empty.")
    holidays: Holidays | None = Field(
        default=None, description="`YYYY-MM-DD`, or `--MM-DD` for every year; `GET /feasts` has the days of feasts."
    )
    sabbath: bool | None = Field(default=None, description="No mail from Friday's sunset to Saturday's nightfall.")
    place: PlaceIn | None = None
    cap_mails: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None, description="At most so many greetings and offers to one person in `cap_days` days."
    )
    cap_days: Annotated[int, Field(ge=1, le=366)] | None = None
    sender_name: ShortLine | None = Field(default=None, description="Stands before the address that mail comes from.")
    reply_to: Email | None = None
    logo_url: Logo | None = None
    postal_address: Text | None = None
    advertising_label: ShortLine | None = Field(default=None, description="Stands first in the subject of offers.")


class PlaceOut(Document):
    latitude: float
    longitude: float


class BusinessOut(Document):
    """What holds now. `origin` says of each field whether the business decided it, the deployment, or nobody."""

    version: int = Field(description="0 until something is decided.")
    updated_at: str | None
    name: str
    language: Language
    timezone: str
    currency: Currency
    leap_day: str
    earliest_hour: str
    latest_hour: str
    weekend: list[Weekday]
    holidays: list[str]
    sabbath: bool
    place: PlaceOut | None
    cap_mails: int
    cap_days: int
    sender_name: str | None
    reply_to: str | None
    logo_url: str | None
    postal_address: str | None
    advertising_label: str | None
    origin: dict[str, Origin]
