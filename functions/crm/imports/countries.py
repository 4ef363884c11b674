"""The country of phone numbers that are written without their country code."""

from collections import Counter
from collections.abc import Sequence

import phonenumbers

from crm.business import country as home_country
from crm.business.rules import Business
from crm.customers import phones as numbers
from crm.imports.asking import Asking
from crm.imports.numbers import is_scientific
from crm.imports.reading import Choice

_POINTER = "/mapping/country"
_LOOKED_AT = 200
_FEWEST_DIGITS = 3
_NEAR = ("PK", "BD", "NP", "IL", "IN", "GB", "US")


def settled(phones: Sequence[str], *, business: Business, asking: Asking) -> str | None:
    """The country (ISO 3166) where a number needs one; it is always asked, since a wrong one reaches strangers."""
    given = asking.answer(_POINTER, sorted(phonenumbers.SUPPORTED_REGIONS))
    local = [plain for phone in phones if _is_local(plain := numbers.bare(phone))]
    if given or not local:
        return given
    home = home_country.of(business.timezone)
    asked = list(dict.fromkeys(([home] if home else []) + list(_NEAR)))
    valid = Counter({country: _valid(local[:_LOOKED_AT], country) for country in asked})
    looked = min(len(local), _LOOKED_AT)
    choices = [Choice(c, f"{valid[c]} of {looked} numbers exist there, such as {_shown(local[0], c)}") for c in asked]
    asks = f"Phone numbers such as {local[0]!r} have no country code. Of which country (two letters) are they?"
    asking.ask(_POINTER, asks, choices, home if home and valid[home] else None, is_open=True)
    return None


def _is_local(plain: str) -> bool:
    """Whether something may be a number of some country: else no answer helps, and its row says what it is."""
    digits = sum(map(str.isdecimal, plain))
    return digits >= _FEWEST_DIGITS and not is_scientific(plain) and not numbers.has_code(plain)


def _valid(phones: Sequence[str], country: str) -> int:
    return sum(numbers.local(phone, country) is not None for phone in phones)


def _shown(phone: str, country: str) -> str:
    return numbers.local(phone, country) or phone
