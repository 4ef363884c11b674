"""What templates may ask for, in the words of the pages: what each value means, and what it may look like."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any

from crm.console.wording import N_
from crm.core.reason import Reason
from crm.mail import languages
from crm.mail.languages import Language
from crm.templates.placeholders import OWN, Known
from crm.templates.rules import LAST_RESORT

# As crm.templates.placeholders says it: there in English alone, for the API.
MEANINGS = frozenset(
    (
        N_("the name of whom the mail goes to"),
        N_("the name of the business"),
        N_("the member of staff who looks after the customer"),
        N_("what whoever set the reminder wrote"),
        N_("what the reminder is about"),
        N_("the day it is about"),
        N_("the time of day it is about"),
        N_("the day it began: of birth, of the purchase, of joining"),
        N_("how many years ago that was"),
        N_("how many days ago that was"),
        N_("what a large purchase came to"),
        N_("the customer's own page, in mail of the occasion checkup"),
        N_("the name of the feast in the reader's language"),
        N_("the name of the customer it is about"),
        N_("the day of the list"),
        N_("how many reminders are due"),
        N_("the reminders, one a line"),
        N_("how many customers they were given"),
        N_("their names, one a line"),
        N_("the title of the announcement"),
        N_("its text"),
    )
)


def placeholders(known: Mapping[str, Known], *, language: Language, business: str) -> list[Mapping[str, Any]]:
    """{name, meaning, own, example, may_be_missing} of each value; `meaning`: English, to be translated."""
    return [
        {
            "name": name,
            "meaning": one.meaning if one.meaning in MEANINGS else None,
            # The name of a field, which the business has given in its own words.
            "own": name.removeprefix(OWN) if name.startswith(OWN) else None,
            "example": business if name == "business" else _example(one.sample, language),
            "may_be_missing": one.may_be_missing,
        }
        for name, one in sorted(known.items())
    ]


def of_form(pointers: Iterable[tuple[str, Reason]]) -> dict[str, Reason]:
    """What is wrong by the field of the form, of pointers such as `/texts/ur/subject`, `/text/body`, `/name`."""
    wrong: dict[str, Reason] = {}
    for pointer, reason in pointers:
        field = pointer.rpartition("/")[2]
        wrong.setdefault(field if field in ("subject", "heading", "body") else "", reason)
    return wrong


def _example(sample: Any, language: Language) -> str:
    if isinstance(sample, Mapping):
        sample = sample.get(language.code) or sample[LAST_RESORT]
    if isinstance(sample, int | date | datetime | time):
        return languages.shown(sample, language)
    return str(sample or "").replace("\n", languages.between(language.code))
