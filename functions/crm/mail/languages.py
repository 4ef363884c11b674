"""The languages that mail is written in, and how dates, times, numbers and plurals look in them."""

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from crm.templates.rules import LANGUAGES as SUPPORTED
from crm.templates.rules import LAST_RESORT

# Each in its own words, for who looks for theirs.
NAMES = {"en": "English", "ur": "اردو", "bn": "বাংলা", "ne": "नेपाली", "he": "עברית"}
RIGHT_TO_LEFT = frozenset({"he", "ur"})
# CLDR writes Urdu with ASCII digits unless asked; Bengali and Nepali have their own by default.
_DIGITS = {"ur": "-u-nu-arabext"}
_COMMA = {"ur": "، "}
# Beside the digits of Urdu a raised dot is read as their nought (٠, ۰).
_BETWEEN = {"ur": "، "}


class Language(NamedTuple):
    """A language that there are templates in (`code`), in the regional form that the reader asked for (`tag`)."""

    code: str
    tag: str

    @property
    def direction(self) -> str:
        return "rtl" if self.code in RIGHT_TO_LEFT else "ltr"


def choose(*wanted: str | None) -> Language:
    """The first wanted language that there are templates in, by its tag or its base (`ur-PK` → `ur`), else English."""
    for tag in wanted:
        code = (tag or "").split("-")[0].lower()
        if tag and code in SUPPORTED:
            return Language(code, tag)
    return Language(LAST_RESORT, LAST_RESORT)


def of_text(found: str, *, reader: str | None) -> Language:
    """The language of a text that is written in `found`, with the reader's own region where they speak it."""
    own = choose(found)
    return Language(own.code, reader) if reader and choose(reader).code == own.code == _base(reader) else own


@lru_cache(maxsize=1024, typed=True)
def shown(value: date | datetime | time | int, language: Language) -> str:
    """A date (`datetime`: with its weekday), time of day or number as people write it, in their own digits."""
    if isinstance(value, int):
        return _formatted("{it, number}", language, value)
    if isinstance(value, time):
        skeleton = "jm" if language.code == "en" else "Hmm"
        moment = datetime.combine(date(2000, 1, 1), value)
    else:
        skeleton = "EEEEyMMMMd" if isinstance(value, datetime) else "yMMMMd"
        moment = datetime(value.year, value.month, value.day, 12)  # noqa: DTZ001
    # A regional tag without a region of digits keeps its own order of day and month (en-GB).
    return _formatted(f"{{it, date, ::{skeleton}}}", language, moment)


@lru_cache(maxsize=1024)
def decimal(value: Decimal, language: Language, *, places: int) -> str:
    """A number with its decimals, at least so many, in the language's own digits."""
    return _formatted(f"{{it, number, ::.{'0' * places}{'#' * (8 - places)}}}", language, value)


def listed(parts: Iterable[str], language: Language) -> str:
    """Several things one after another, parted as the language does."""
    return _COMMA.get(language.code, ", ").join(parts)


def between(code: str) -> str:
    """What stands between two things in one line that are not in one list: a day and an hour, a state and a name."""
    return _BETWEEN.get(code, " · ")


def month_day(value: str, language: Language) -> str:
    """A day of the year, `MM-DD`."""
    month, _, day = value.partition("-")
    moment = datetime(2000, int(month), int(day), 12)  # noqa: DTZ001 - formatted as it is
    return _formatted("{it, date, ::MMMMd}", language, moment)


def month(number: int, language: Language) -> str:
    """The name of a month by itself, 1 to 12."""
    return _formatted("{it, date, ::LLLL}", language, datetime(2000, number, 1, 12))  # noqa: DTZ001 - a name


def case(number: int, cases: Iterable[str], *, is_ordinal: bool, language: Language) -> str:
    """Which of the cases of a plural (`one`, `other`, `=3`, …; `other` is among them) a number takes."""
    kind = "selectordinal" if is_ordinal else "plural"
    # The pattern is made of keywords alone: nothing that anybody wrote gets to ICU.
    answers = " ".join(f"{name} {{{name}}}" for name in cases)
    return _formatted(f"{{it, {kind}, {answers}}}", language, number)


def _formatted(pattern: str, language: Language, value: Any) -> str:
    text: str = _pattern(pattern, language.tag + _DIGITS.get(language.code, "")).format({"it": value})
    return text


@lru_cache(maxsize=256)
def _pattern(pattern: str, locale: str) -> Any:
    from icu4py.messageformat import MessageFormat  # noqa: PLC0415 - ICU is large

    return MessageFormat(pattern, locale)


def _base(tag: str) -> str:
    return tag.partition("-")[0].lower()
