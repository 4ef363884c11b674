"""The kinds of values that only customers have: contacts, tags, the business's own fields."""

from decimal import Decimal
from typing import Annotated, Literal

import phonenumbers
from pydantic import AfterValidator, Field, StringConstraints

from crm.core import text
from crm.core.fields import ShortLine

Kind = Literal["person", "organisation"]
Role = Literal["payer", "user", "decides", "member"]
CustomValue = str | bool | int | Decimal | None
_MOST_DIGITS = 15


def _phone(value: str) -> str:
    digits = text.ascii_digits(value).strip()
    try:
        number = phonenumbers.parse("+" + digits[2:] if digits.startswith("00") else digits, None)
    except phonenumbers.NumberParseException as bad:
        raise ValueError("must be a phone number with its country code, such as +92 300 1234567") from bad
    if not phonenumbers.is_possible_number(number):
        raise ValueError("has too many or too few digits for its country code")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _custom(values: dict[str, CustomValue]) -> dict[str, CustomValue]:
    for name, value in values.items():
        if isinstance(value, str) and len(value) > 1000:
            raise ValueError(f"{name}: longer than 1000 characters")
        if isinstance(value, (int, Decimal)) and len(Decimal(value).as_tuple().digits) > _MOST_DIGITS:
            raise ValueError(f"{name}: more than {_MOST_DIGITS} digits; send it as text")
    return values


Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_phone)]
Tags = Annotated[list[ShortLine], Field(max_length=50)]
CustomName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
Custom = Annotated[dict[CustomName, CustomValue], Field(max_length=100), AfterValidator(_custom)]
