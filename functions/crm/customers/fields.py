"""The kinds of values that only customers have: contacts, tags, the business's own fields."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from crm.calendar import bikram_sambat
from crm.core import text
from crm.core.fields import CalendarDate, ShortLine
from crm.core.names import CustomName
from crm.core.reason import BadValue, Reason
from crm.customers import phones

Kind = Literal["person", "organisation"]
CustomValue = str | bool | int | Decimal | None
_MOST_DIGITS = 15
_MOST_CHARACTERS = 1000


def _phone(value: str) -> str:
    digits = text.ascii_digits(value).strip()
    try:
        number = phonenumbers.parse("+" + digits[2:] if digits.startswith("00") else digits, None)
    except phonenumbers.NumberParseException as bad:
        raise BadValue(Reason("must be a phone number with its country code, such as +92 300 1234567")) from bad
    if not phonenumbers.is_possible_number(number):
        raise BadValue(Reason("has too many or too few digits for its country code"))
    return phones.e164(number)


def _custom(value: CustomValue) -> CustomValue:
    """Of each by itself, as pages show what is wrong beside its field."""
    if isinstance(value, str) and len(value) > _MOST_CHARACTERS:
        raise BadValue(Reason("must have at most {max_length} characters", max_length=_MOST_CHARACTERS))
    if isinstance(value, (int, Decimal)) and len(Decimal(value).as_tuple().digits) > _MOST_DIGITS:
        raise BadValue(Reason("must have at most {most} digits; send it as text", most=_MOST_DIGITS))
    return value


def _birthday(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    day = value.get("date")
    if set(value) != {"calendar", "date"} or value["calendar"] != "bikram_sambat" or not isinstance(day, str):
        raise BadValue(Reason('must be a date as text, or {"calendar": "bikram_sambat", "date": "YYYY-MM-DD"}'))
    return bikram_sambat.to_gregorian(day).isoformat()


Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)]
Tags = Annotated[list[ShortLine], Field(max_length=50)]
Custom = Annotated[dict[CustomName, Annotated[CustomValue, AfterValidator(_custom)]], Field(max_length=100)]
_BIKRAM_SAMBAT = {
    "type": "object",
    "properties": {"calendar": {"const": "bikram_sambat"}, "date": {"type": "string", "examples": ["2045-08-12"]}},
    "required": ["calendar", "date"],
    "additionalProperties": False,
}
Birthday = Annotated[
    CalendarDate, BeforeValidator(_birthday), WithJsonSchema({"anyOf": [{"type": "string"}, _BIKRAM_SAMBAT]})
]
"""`YYYY-MM-DD`, `--MM-DD` without a year, or a date of Bikram Sambat, which is stored as the Gregorian day."""
