"""The languages that mail is written in, and how dates and times look in them."""

from dataclasses import dataclass
from datetime import date, datetime, time

RIGHT_TO_LEFT = frozenset({"he", "ur"})
SUPPORTED = ("en", "ur", "bn", "ne", "he")
LAST_RESORT = "en"
# CLDR writes Urdu with ASCII digits unless asked; Bengali and Nepali have their own by default.
_DIGITS = {"ur": "-u-nu-arabext"}


@dataclass(frozen=True)
class Language:
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


def shown(value: date | datetime | time, language: Language) -> str:
    """A date (`datetime`: with its weekday) or time of day as people write it, in their own digits."""
    # Imported here: ICU is large, and only what renders mail carries it.
    from icu4py.messageformat import MessageFormat  # noqa: PLC0415

    if isinstance(value, time):
        skeleton = "jm" if language.code == "en" else "Hmm"
        moment = datetime.combine(date(2000, 1, 1), value)
    else:
        skeleton = "EEEEyMMMMd" if isinstance(value, datetime) else "yMMMMd"
        moment = datetime(value.year, value.month, value.day, 12)  # noqa: DTZ001
    # A regional tag without a region of digits keeps its own order of day and month (en-GB).
    pattern = f"{{it, date, ::{skeleton}}}"
    text: str = MessageFormat(pattern, language.tag + _DIGITS.get(language.code, "")).format({"it": moment})
    return text
