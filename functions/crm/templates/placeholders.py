"""Which values a template may ask for, by what it is for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from crm.own_fields.rules import Definition, FieldType
from crm.templates.rules import LANGUAGES

Use = Literal["greeting", "reminder", "staff", "digest", "assigned", "announcement"]
Value = str | int | date | datetime | time | Mapping[str, str] | None


@dataclass(frozen=True)
class Known:
    """A value that mails of a use have. `lines`: text with line breaks of its own, in a paragraph of its own."""

    kind: Literal["text", "lines", "number", "date", "time"]
    may_be_missing: bool
    meaning: str
    sample: Value


def _in_all(*texts: str) -> dict[str, str]:
    return dict(zip(LANGUAGES, texts, strict=True))


_SUNITA = _in_all("Sunita Rai", "عائشہ خان", "সুমিতা রায়", "सुनीता राई", "נועה לוי")
_BILAL = _in_all("Bilal Ahmed", "بلال احمد", "বিলাল আহমেদ", "बिलाल अहमद", "דניאל כהן")
_NAME = {"name": Known("text", True, "the name of whom the mail goes to", _SUNITA)}
_BUSINESS = {"business": Known("text", False, "the name of the business", None)}
_VISIT = _in_all("Your appointment", "آپ کی ملاقات", "আপনার অ্যাপয়েন্টমেন্ট", "तपाईंको भेट", "הפגישה שלך")
_TYPED = _in_all(
    "Tomorrow at ten.\nPlease bring the bill.",
    "کل دس بجے۔\nبراہِ کرم رسید ساتھ لائیے۔",
    "আগামীকাল দশটায়।\nঅনুগ্রহ করে রসিদটি সঙ্গে আনবেন।",
    "भोलि दस बजे।\nकृपया बिल साथमा ल्याउनुहोला।",
    "מחר בעשר.\nנא להביא את הקבלה.",
)
_LIST = _in_all(
    "10:00 Call about the offer (Amina Yusuf)\n11:30 Bank",
    "۱۰:۰۰ پیشکش کے بارے میں فون (آمنہ یوسف)\n۱۱:۳۰ بینک",
    "১০:০০ অফার নিয়ে ফোন (আমিনা ইউসুফ)\n১১:৩০ ব্যাংক",
    "१०:०० अफरबारे फोन (अमिना युसुफ)\n११:३० बैंक",
    "10:00 שיחה על ההצעה (אמינה יוסף)\n11:30 בנק",
)
_PEOPLE = tuple(zip(_SUNITA.values(), _BILAL.values(), strict=True))
_PLAN = _in_all("Open on Sunday", "اتوار کو کھلا", "রবিবার খোলা", "आइतबार खुला", "פתוח ביום ראשון")
_LARGE = _in_all("150.00 USD", "۱۵۰٫۰۰ USD", "১৫০.০০ USD", "१५०.०० USD", "150.00 USD")
_FEAST = _in_all("Eid al-Fitr", "عید الفطر", "ঈদুল ফিতর", "दशैँ", "ראש השנה")
_OWNER = {"owner": Known("text", True, "the member of staff who looks after the customer", _BILAL)}
_MESSAGE = {"message": Known("lines", True, "what whoever set the reminder wrote", _TYPED)}
_SUBJECT = {"subject": Known("text", False, "what the reminder is about", _VISIT)}
_WHEN = {
    "date": Known("date", False, "the day it is about", datetime(2024, 2, 29, 10)),  # noqa: DTZ001
    "time": Known("time", False, "the time of day it is about", time(10, 45)),
}

_GREETING = {
    **_NAME,
    **_BUSINESS,
    **_OWNER,
    "date": Known("date", True, "the day it began: of birth, of the purchase, of joining", date(2024, 2, 29)),
    "years": Known("number", True, "how many years ago that was", 3),
    "days": Known("number", True, "how many days ago that was", 30),
    "amount": Known("text", True, "what a large purchase came to", _LARGE),
    "link": Known(
        "text", True, "the customer's own page, in mail of the occasion checkup", "https://crm.example/checkup/…"
    ),
    "feast": Known("text", True, "the name of the feast in the reader's language", _FEAST),
}
_ABOUT = {
    "about": Known(
        "text",
        True,
        "the name of the customer it is about",
        _in_all("Amina Yusuf", "آمنہ یوسف", "আমিনা ইউসুফ", "अमिना युसुफ", "אמינה יוסף"),
    )
}
_DIGEST = {
    "date": Known("date", False, "the day of the list", datetime(2027, 2, 28, 8)),  # noqa: DTZ001
    "count": Known("number", False, "how many reminders are due", 2),
    "message": Known("lines", True, "the reminders, one a line", _LIST),
}

_ASSIGNED = {
    "count": Known("number", False, "how many customers they were given", 2),
    "message": Known("lines", True, "their names, one a line", _in_all(*("\n".join(two) for two in _PEOPLE))),
}
_ANNOUNCED = {
    "subject": Known("text", False, "the title of the announcement", _PLAN),
    "message": Known("lines", True, "its text", _TYPED),
}

PLACEHOLDERS: Mapping[Use, Mapping[str, Known]] = {
    "greeting": _GREETING,
    "reminder": {**_NAME, **_BUSINESS, **_OWNER, **_SUBJECT, **_MESSAGE, **_WHEN},
    "staff": {**_NAME, **_BUSINESS, **_SUBJECT, **_MESSAGE, **_WHEN, **_ABOUT},
    "digest": {**_NAME, **_BUSINESS, **_DIGEST},
    "assigned": {**_NAME, **_BUSINESS, **_ASSIGNED},
    "announcement": {**_NAME, **_BUSINESS, **_ANNOUNCED},
}
"""By use: greetings and campaigns, reminders to customers, reminders to staff, the day's list for staff, whom they
were given, what their manager tells them."""

OWN = "custom."
"""Begins the placeholders of the business's own fields."""
_TO_CUSTOMERS: frozenset[Use] = frozenset({"greeting", "reminder"})
_OWN_KINDS: Mapping[FieldType, Literal["text", "date"]] = {"date": "date"}
_OWN_SAMPLES: Mapping[FieldType, Value] = {
    "number": "38",
    "money": "150.00",
    "date": date(2024, 2, 29),
    "yearly_date": date(2024, 2, 29),
    "link": "https://shop.example/",
}


def of_use(use: Use, definitions: Sequence[Definition]) -> dict[str, Known]:
    """All values of a use, those of the business's own fields among them where the mail goes to a customer."""
    own = definitions if use in _TO_CUSTOMERS else ()
    return {**PLACEHOLDERS[use], **{f"{OWN}{one.name}": _own(one) for one in own}}


def _own(field: Definition) -> Known:
    chosen = field.choices[0].value if field.choices else field.label("en")
    sample = _OWN_SAMPLES.get(field.type, chosen)
    return Known(_OWN_KINDS.get(field.type, "text"), True, f"the field “{field.label('en')}”", sample)
