"""Kinds of values that several slices share: each in its normal form, or refused with the remedy (ValueError). Pure.

`crm.core.fields` makes fields of documents of them. What reads and shows needs these alone, and no validation.
"""

import re
import unicodedata
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from crm.core import text
from crm.core.reason import BadValue, Reason

_LANGUAGE = re.compile(r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?", re.ASCII | re.IGNORECASE)
# ISO 4217, active codes of money (2026): a slip of the finger would otherwise drop out of all sums silently.
_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP
PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
_CURRENCIES = frozenset(_CODES.split())
# ISO 639-1 with what was withdrawn from it, for BCP 47 still has that. Of codes of three letters there are eight
# thousand, and CLDR has no name of many that customers speak, such as skr: all of these are taken.
_TWO_LETTERS = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji
jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb
nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr
ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_LANGUAGES = frozenset(_TWO_LETTERS.split())
MONEY = re.compile(r"-?\d{1,15}(\.\d{1,4})?", re.ASCII)
_YEARLESS = re.compile(r"--(\d{2})-(\d{2})", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATE_REMEDY = Reason("must be a date of the calendar as YYYY-MM-DD, or --MM-DD without a year")
_FULL_DATE_REMEDY = Reason("must be a date of the calendar with its year, as YYYY-MM-DD")
_LEAP_YEAR = 2000
_SHORT_CODE = 2
YEARS = range(1900, 2200)
_STACKED_MARKS = 8
# Embeddings, overrides and isolates of directions; single marks, which turn nothing else, and joiners stay.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def line(value: str) -> str:
    """Refuse characters that break out of a line or hide text, and piles of combining marks.

    What turns the direction of a line and of all behind it goes: contacts that telephones hand over are full of it.
    """
    value = value.translate(_TURNING).strip()
    if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in value):
        raise BadValue(Reason("must be a single line without control characters"))
    # Marks, spaces and joiners alone show nothing: somebody of that name could not be picked from a list.
    if all(unicodedata.category(c)[0] in "CMZ" for c in value):
        raise BadValue(Reason("must hold something that can be seen"))
    return _no_piles(value)


def _no_piles(value: str) -> str:
    marks = 0
    for character in value:
        marks = marks + 1 if unicodedata.category(character) == "Mn" else 0
        if marks > _STACKED_MARKS:
            raise BadValue(
                Reason("more than {stacked_marks} combining marks on one letter", stacked_marks=_STACKED_MARKS)
            )
    return value


def lines(value: str) -> str:
    """Refuse control characters other than line breaks and tabs, and piles of combining marks."""
    plain = value.replace("\r\n", "\n")
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t" for c in plain):
        raise BadValue(Reason("must not contain control characters other than line breaks and tabs"))
    return _no_piles(plain)


def email(value: str) -> str:
    """An address in its normal form."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - large, and few give one

    try:
        found = validate_email(value, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as bad:
        raise BadValue(Reason.meaning(f"not an e-mail address: {bad}", "not an e-mail address")) from bad
    if text.mixes_scripts(found.domain):
        raise BadValue(Reason("the domain mixes letters of different scripts that look alike; type it in one script"))
    return found.normalized.lower()


def money(value: Any) -> Any:
    """A decimal number as text, exact; no JSON number, which has passed through somebody's floating point."""
    if not isinstance(value, str) or not MONEY.fullmatch(value):
        raise BadValue(
            Reason('must be a decimal number as text, such as "12.50", with at most 15 digits before the point')
        )
    return Decimal(value)


def currency(value: str) -> str:
    """An ISO 4217 code."""
    if value not in _CURRENCIES:
        raise BadValue(Reason("must be an ISO 4217 code of three capital letters, such as USD"))
    return value


def language(value: str) -> str:
    """The tag as BCP 47 recommends to write it: upper and lower case mean nothing in it (RFC 5646, 2.1.1)."""
    found = _LANGUAGE.fullmatch(value)
    if not found or (len(found[1]) == _SHORT_CODE and found[1].lower() not in _LANGUAGES):
        raise BadValue(Reason("must be a BCP 47 language tag, such as ur, bn-BD or he"))
    language, script, region = (part or "" for part in found.groups())
    return f"{language.lower()}{script.title()}{region.upper()}"


def timezone(value: str) -> str:
    """An IANA time zone."""
    if value not in _zones():
        raise BadValue(Reason("must be an IANA time zone, such as Asia/Karachi"))
    return value


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


def calendar_date(value: str) -> str:
    """`YYYY-MM-DD`, or `--MM-DD` where the year is not known."""
    yearless = _YEARLESS.fullmatch(value)
    if not (yearless or _DATE.fullmatch(value)):
        raise BadValue(_DATE_REMEDY)
    try:
        date.fromisoformat(f"{_LEAP_YEAR}-{value[2:]}" if yearless else value)
    except ValueError as bad:
        raise BadValue(_DATE_REMEDY) from bad
    return value


def full_date(value: str) -> str:
    """`YYYY-MM-DD`: where a day has to have its year, none without it is offered."""
    if _DATE.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value).isoformat()
    raise BadValue(_FULL_DATE_REMEDY)


def hour(value: str) -> str:
    """A time of day, HH:MM."""
    if not _HOUR.fullmatch(value):
        raise BadValue(Reason("must be a time of day as HH:MM, from 00:00 to 23:59"))
    return value


def number(value: Decimal) -> int | float:
    """A stored number of at most 15 digits as JSON has it: DynamoDB does not tell 2 from 2.0, and neither do we."""
    return int(value) if value == value.to_integral_value() else float(value)


def amount_text(value: Decimal) -> str:
    """An amount as text, with at least two places."""
    # The store drops zeros at the end (29.30 becomes 29.3); people expect at least two places of money.
    places = max(2, -int(value.as_tuple().exponent))
    return f"{value:.{places}f}"


def instant(value: Any) -> Any:
    """RFC 3339 with an offset; a time without one could mean any of forty instants."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise BadValue(Reason("must be a time with its offset, such as 2026-11-21T14:30:00+05:00"))
    moment = datetime.fromisoformat(value)
    if moment.year not in YEARS:
        raise BadValue(Reason("must lie between the years {start} and {stop}", start=YEARS.start, stop=YEARS.stop - 1))
    return moment
