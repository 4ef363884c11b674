"""What answers to a questionnaire are, and what they say of a customer. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from crm.core import text
from crm.core.fields import Text
from crm.core.reason import BadValue, Reason
from crm.core.veil import is_hidden

FIELDS = frozenset(
    {
        *("name", "email", "phone", "birthday", "gender", "income_band", "payment_method"),
        *("purchase_purpose", "language", "address"),
    }
)
"""The customer's fields that an answer may fill: what staff decide, such as the owner, is not among them."""
_LONGEST = 1000
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,4})?", re.ASCII)
_LEAP_YEAR = 2000
_YES_NO: Mapping[Any, bool] = {"yes": True, "no": False, True: True, False: False}


@dataclass(frozen=True)
class Told:
    """What answers say: fields of the customer, consent by purpose, and by question what cannot be understood."""

    values: Mapping[str, Any]
    fields: Mapping[str, Any] = field(default_factory=dict)
    consent: Mapping[str, bool] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


def is_about(question: Mapping[str, Any], hidden: Collection[str]) -> bool:
    """Whether an answer would tell of a hidden field of the customer, or fill it."""
    fills = {
        f"/{question.get('fills')}": bool(question.get("fills")),
        f"/custom/{question.get('custom')}": bool(question.get("custom")),
        "/tags": bool(question.get("tag") or question.get("tags")),
        "/consent": bool(question.get("purpose")),
    }
    return any(is_hidden(pointer, hidden) for pointer, is_filled in fills.items() if is_filled)


def told(questions: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> Told:
    """Answers by question id, as JSON or as a form has them, understood. What answers no question is let go."""
    values, problems = dict[str, Any](), dict[str, str]()
    for question in questions:
        name, answer = question["id"], given.get(question["id"])
        if answer is None or (isinstance(answer, str) and not answer.strip()):
            if question.get("required"):
                problems[name] = "missing"
            continue
        try:
            values[name] = understood(question, answer)
        except ValueError:
            problems[name] = "unclear"
    return Told(values, _fields(questions, values), _consent(questions, values), problems)


def understood(question: Mapping[str, Any], answer: Any) -> Any:
    """One answer as it is kept. Raises ValueError for what is none to this question."""
    kind = question["kind"]
    if kind in ("yes_no", "consent"):
        if not isinstance(answer, (str, bool)) or answer not in _YES_NO:
            raise BadValue(Reason("must be yes or no"))
        return _YES_NO[answer]
    typed = _typed(answer, lines=question.get("fills") == "address")
    if kind == "number":
        return _number(typed)
    if kind in ("date", "yearly_date"):
        return _day(kind, text.ascii_digits(typed))
    if kind == "choice" and typed not in {one["value"] for one in question["choices"]}:
        raise BadValue(Reason("must be one of the choices"))
    if len(typed) > _LONGEST:
        raise BadValue(Reason("must have at most {max_length} characters", max_length=_LONGEST))
    return _text().validate_python(typed)


def summary(questions: Sequence[Mapping[str, Any]], values: Mapping[str, Any], *, title: str, language: str) -> str:
    """The answers as the timeline tells them: each after its question, in the language in which it was asked."""
    lines = [title]
    for question in questions:
        if question["id"] in values:
            asked = worded(question["label"], language)
            lines.append(f"{asked}: {shown(question, values[question['id']], language)}")
    return "\n".join(lines)[:3900]


def shown(question: Mapping[str, Any], value: Any, language: str) -> str:
    """An answer as people read it."""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    labels = {one["value"]: worded(one["label"], language) for one in question.get("choices") or ()}
    return str(labels.get(value, value))


def worded(words: Mapping[str, str], *wanted: str) -> str:
    """The words in the first of the wanted languages that there are any in, else in any."""
    return next((words[code] for code in wanted if code in words), next(iter(words.values())))


def language_of(languages: Iterable[str], *wanted: str | None) -> str:
    """The first wanted language (BCP 47) in which is asked, else the first of those."""
    known = list(languages)
    bases = [(tag or "").split("-")[0].lower() for tag in wanted]
    return next((base for base in bases if base in known), known[0])


def _typed(answer: Any, *, lines: bool) -> str:
    if isinstance(answer, bool) or not isinstance(answer, (str, int, Decimal)):
        raise BadValue(Reason("must be text, or a number"))
    return str(answer).strip() if lines else " ".join(str(answer).split())


@lru_cache(maxsize=1)
def _text() -> TypeAdapter[str]:
    """What texts of this product may hold: no control characters, no piles of marks."""
    return TypeAdapter(Text)


def _number(typed: str) -> Decimal:
    plain = text.ascii_digits(typed).replace("٫", ".").replace("−", "-")
    if not _NUMBER.fullmatch(plain):
        raise BadValue(Reason("must be a number, such as 12 or 12.5"))
    return Decimal(plain)


def _day(kind: str, typed: str) -> str:
    whole = f"{_LEAP_YEAR}{typed[1:]}" if kind == "yearly_date" and typed.startswith("--") else typed
    if len(whole) != len("2000-01-01"):
        raise BadValue(Reason("must be a date"))
    day = date.fromisoformat(whole)
    return f"--{day:%m-%d}" if kind == "yearly_date" else day.isoformat()


def _fields(questions: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for question in questions:
        value = values.get(question["id"])
        if value is None:
            continue
        if question.get("fills"):
            fields[question["fills"]] = value
        elif question.get("custom"):
            fields.setdefault("custom", {})[question["custom"]] = value
        elif question.get("tags") or (question.get("tag") and value is True):
            fields.setdefault("tags", []).append(question.get("tag") or value)
    return fields


def _consent(questions: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> dict[str, bool]:
    given = [(one["purpose"], values[one["id"]]) for one in questions if one.get("purpose") and one["id"] in values]
    # Asked twice, a no is a no.
    return {purpose: all(answer for one, answer in given if one == purpose) for purpose, _ in given}
