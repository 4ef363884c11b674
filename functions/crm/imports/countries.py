"""The country of phone numbers that are written without their country code."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

import phonenumbers

from crm.business.rules import Business
from crm.core import text
from crm.core.reason import BadValue, Reason
from crm.imports.asking import Asking
from crm.imports.reading import Choice

_POINTER = "/mapping/country"
_LOOKED_AT = 200
_NEAR = ("PK", "BD", "NP", "IL", "IN", "GB", "US")


def settled(phones: Sequence[str], *, business: Business, asking: Asking) -> str | None:
    """The country (ISO 3166) where a number needs one; it is always asked, since a wrong one reaches strangers."""
    given = asking.answer(_POINTER, sorted(phonenumbers.SUPPORTED_REGIONS))
    local = [plain for phone in phones if (plain := _plain(phone)) and not _has_code(plain)]
    if given or not local:
        return given
    home = _of_zones().get(str(business.timezone))
    asked = list(dict.fromkeys(([home] if home else []) + list(_NEAR)))
    valid = Counter({country: _valid(local[:_LOOKED_AT], country) for country in asked})
    looked = min(len(local), _LOOKED_AT)
    choices = [Choice(c, f"{valid[c]} of {looked} numbers exist there, such as {_shown(local[0], c)}") for c in asked]
    asks = f"Phone numbers such as {local[0]!r} have no country code. Of which country (two letters) are they?"
    asking.ask(_POINTER, asks, choices, home if home and valid[home] else None, is_open=True)
    return None


def parsed(phone: str, country: str | None) -> str:
    """The number in E.164. Raises BadValue."""
    plain = _plain(phone)
    try:
        number = phonenumbers.parse("+" + plain[2:] if plain.startswith("00") else plain, country)
    except phonenumbers.NumberParseException as bad:
        without = country is None and not _has_code(plain)
        raise BadValue(Reason("has no country code") if without else Reason("is no phone number")) from bad
    if not phonenumbers.is_possible_number(number):
        raise BadValue(Reason("has too many or too few digits for its country"))
    if not _has_code(plain) and not phonenumbers.is_valid_number(number):
        raise BadValue(Reason("is no number that exists in {country}", country=country))
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _plain(phone: str) -> str:
    return "".join(c for c in text.ascii_digits(phone).strip() if c.isprintable()).removeprefix("tel:")


def _has_code(plain: str) -> bool:
    return plain.startswith(("+", "00", "＋"))


def _valid(phones: Sequence[str], country: str) -> int:
    return sum(map(bool, (_number(phone, country) for phone in phones)))


def _number(phone: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _shown(phone: str, country: str) -> str:
    number = _number(phone, country)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)) if number else phone


@lru_cache(maxsize=1)
def _of_zones() -> dict[str, str]:
    """The country of each time zone, by the table that comes with them."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows} | {"Asia/Katmandu": "NP", "Asia/Calcutta": "IN", "Asia/Dacca": "BD"}
