"""Phone numbers as people write them: with the code of their country, or as they are called within one."""

import phonenumbers

from crm.core import text
from crm.core.reason import BadValue, Reason, all_of

WITHOUT_EXTENSION = Reason("leave the extension out, and write it in a note")


class HasExtension(BadValue):
    """Behind the number stands that of an extension (`ext 5`): E.164 has no place for it, and it is not to be lost."""

    def __init__(self, extension: str) -> None:
        self.what = Reason("has an extension ({extension})", extension=extension)
        super().__init__(all_of([self.what, WITHOUT_EXTENSION]))


def parsed(phone: str, country: str | None) -> str:
    """The number in E.164; one without a code is of `country` (ISO 3166), and exists there. Raises BadValue."""
    plain = bare(phone)
    try:
        number = phonenumbers.parse("+" + plain[2:] if plain.startswith("00") else plain, country)
    except phonenumbers.NumberParseException as bad:
        without = country is None and not has_code(plain)
        raise BadValue(Reason("has no country code") if without else Reason("is no phone number")) from bad
    if not phonenumbers.is_possible_number(number):
        raise BadValue(Reason("has too many or too few digits for its country"))
    if not has_code(plain) and not phonenumbers.is_valid_number(number):
        raise BadValue(Reason("is no number that exists in {country}", country=country))
    return e164(number)


def local(phone: str, country: str) -> str | None:
    """A number that is called like this within a country, with the country's code; None where none is.

    It keeps its extension, for which it is refused: whoever typed that is to hear of it.
    """
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    how = phonenumbers.PhoneNumberFormat.INTERNATIONAL if number.extension else phonenumbers.PhoneNumberFormat.E164
    return str(phonenumbers.format_number(number, how))


def bare(phone: str) -> str:
    """Without what cannot be seen, in ASCII digits."""
    return "".join(c for c in text.ascii_digits(phone).strip() if c.isprintable()).removeprefix("tel:")


def has_code(plain: str) -> bool:
    """Whether a bare number begins with the code of its country."""
    return plain.startswith(("+", "00", "＋"))


def e164(number: phonenumbers.PhoneNumber) -> str:
    """As it is stored. Raises HasExtension."""
    if number.extension:
        raise HasExtension(number.extension)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
