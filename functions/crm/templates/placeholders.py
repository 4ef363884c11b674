"""Which values a template may ask for, by what it is for. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

Use = Literal["greeting", "reminder", "staff", "digest"]
Value = str | int | date | datetime | time | None


@dataclass(frozen=True)
class Known:
    """A value that mails of a use have. `lines`: text with line breaks of its own, in a paragraph of its own."""

    kind: Literal["text", "lines", "number", "date", "time"]
    may_be_missing: bool
    meaning: str
    sample: Value


_NAME = {"name": Known("text", True, "the name of whom the mail goes to", "Sunita Rai")}
_BUSINESS = {"business": Known("text", False, "the name of the business", None)}
_OWNER = {"owner": Known("text", True, "the member of staff who looks after the customer", "Bilal")}
_MESSAGE = {"message": Known("lines", True, "what whoever set the reminder wrote", "Please bring the bill.\nSee you!")}
_SUBJECT = {"subject": Known("text", False, "what the reminder is about", "Service of your sewing machine")}
_DATE = {"date": Known("date", True, "the day it is about", datetime(2024, 2, 29, 10))}  # noqa: DTZ001
_TIME = {"time": Known("time", True, "the time of day it is about", time(10, 45))}

_GREETING = {
    **_NAME,
    **_BUSINESS,
    **_OWNER,
    "date": Known("date", True, "the day it began: of birth, of the purchase, of joining", date(2024, 2, 29)),
    "years": Known("number", True, "how many years ago that was", 3),
    "days": Known("number", True, "how many days ago that was", 30),
    "amount": Known("text", True, "what the purchase came to", "150.00 USD"),
    "feast": Known("text", True, "the name of the feast in the reader's language", "Dashain"),
    "product": Known("text", True, "what was bought or is to be serviced", "Juki DDL-8700"),
}
_ABOUT = {"about": Known("text", True, "the name of the customer it is about", "Amina Yusuf")}
_DIGEST = {
    "date": Known("date", False, "the day of the list", datetime(2027, 2, 28, 8)),  # noqa: DTZ001
    "count": Known("number", False, "how many reminders are due", 3),
    "items": Known(
        "lines", False, "the reminders, one a line", "10:00 Amina Yusuf: offer\n11:30 Call Ravi\n16:00 Bank"
    ),
}

PLACEHOLDERS: Mapping[Use, Mapping[str, Known]] = {
    "greeting": _GREETING,
    "reminder": {**_NAME, **_BUSINESS, **_OWNER, **_SUBJECT, **_MESSAGE, **_DATE, **_TIME},
    "staff": {**_NAME, **_BUSINESS, **_SUBJECT, **_MESSAGE, **_DATE, **_TIME, **_ABOUT},
    "digest": {**_NAME, **_BUSINESS, **_DIGEST},
}
"""By use: greetings and campaigns, reminders to customers, reminders to staff, the day's list for staff."""
