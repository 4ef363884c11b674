"""A rule as a sentence, in the languages of the product.

Values that people wrote stand in Unicode isolates (FSI … PDI): a Hebrew product in an English sentence, or an e-mail
address in an Urdu one, then turns no words around it. Numbers and dates have the language's own digits.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

from crm.calendar.occasions import is_date
from crm.criteria.durations import duration
from crm.criteria.fields import OPEN, field_of
from crm.criteria.values import number

LANGUAGES = ("en", "ur", "bn", "ne", "he")
_DIGITS = {"ur": "۰۱۲۳۴۵۶۷۸۹", "bn": "০১২৩৪৫৬৭৮৯", "ne": "०१२३४५६७८९"}
# Before the digits after it a dot would be read as a nought.
_POINTS = {"ur": "٫"}
# CLDR writes Urdu with ASCII digits unless asked.
_TAGS = {"ur": "ur-u-nu-arabext"}
_KINDS = {"code": "text", "instant": "date", "texts": "list", "codes": "list"}
_LEAP_YEAR = "2024"
_YEARS = range(1600, 9999)


@dataclass(frozen=True)
class OwnWords:
    """What a field of the business's own is called in a language, and its choices, by their values."""

    label: str
    choices: Mapping[str, str] = field(default_factory=dict)


def sentence(
    rule: Mapping[str, Any],
    *,
    language: str,
    names: Mapping[str, str],
    own: Mapping[str, OwnWords] | None = None,
) -> str:
    """What a rule that `problems` has accepted says, in `language` (a BCP 47 tag; English where we do not speak it).

    `names` are those of the segments that it names, by id; `own` the business's own fields, by their names in rules.
    """
    speech = _speech(language, names, own)
    return str(speech.wording["sentence"]).format(rule=speech.part(rule, is_inner=False))


def part(
    rule: Mapping[str, Any],
    *,
    language: str,
    names: Mapping[str, str],
    own: Mapping[str, OwnWords] | None = None,
) -> str:
    """What a part of such a rule says, by itself and not as a sentence."""
    return _speech(language, names, own).part(rule, is_inner=False)


def field_name(name: str, *, language: str, own: Mapping[str, OwnWords] | None = None) -> str:
    """What sentences call a field."""
    return _speech(language, {}, own)._field(name)


def _speech(language: str, names: Mapping[str, str], own: Mapping[str, OwnWords] | None) -> "_Speech":
    code = language.partition("-")[0].lower()
    return _Speech(code if code in LANGUAGES else LANGUAGES[0], names, own or {})


def in_digits(text: str, *, language: str) -> str:
    """A text with its digits as a language writes them."""
    own = _DIGITS.get(language)
    return text.translate(str.maketrans("0123456789", own)) if own else text


@lru_cache(maxsize=len(LANGUAGES))
def _wording(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        resources.files("crm.criteria").joinpath("wording", f"{language}.json").read_text("utf-8")
    )
    return found


class _Speech:
    """One sentence in the making."""

    def __init__(self, language: str, names: Mapping[str, str], own: Mapping[str, OwnWords]) -> None:
        self.language = language
        self.wording = _wording(language)
        self.names = names
        self.own = own

    def part(self, rule: Mapping[str, Any], *, is_inner: bool = True) -> str:
        """A part of a rule, in brackets where it is one of several and has several itself."""
        if "not" in rule:
            said = self.part(rule["not"])
            return str(self.wording["not"]).format(rule=said)
        for branch in ("all", "any"):
            if branch in rule:
                parts = [self.part(one, is_inner=len(rule[branch]) > 1) for one in rule[branch]]
                said = str(self.wording[branch]).join(parts)
                return f"({said})" if is_inner and len(parts) > 1 else said
        return self._condition(rule)

    def _condition(self, rule: Mapping[str, Any]) -> str:
        name, op, value = rule["field"], rule["op"], rule["value"]
        if name == "segment":
            return self._compared("segment", op, value, "", lambda one: self._quoted(self.names.get(one, one)))
        if name == "purchases":
            return self._compared("number", op, value, self._purchases(rule), self._number)
        said = _TIMED.get(op, _Speech._plainly)(self, name, op, value)
        return str(said)

    def _plainly(self, name: str, op: str, value: Any) -> str:
        kind = _kind(name, op, value)
        if kind in ("flag", "consent"):
            said = ("not " if op == "ne" else "") + str(value).lower()
            return str(self.wording[kind][said]).format(field=self._field(name))
        show: Callable[[Any], str] = {"number": self._number, "date": self._date}.get(kind, self._quoted)
        if choices := self.own[name].choices if name in self.own else {}:
            return self._compared(kind, op, value, self._field(name), lambda one: self._quoted(choices.get(one, one)))
        return self._compared(kind, op, value, self._field(name), show)

    def _compared(self, kind: str, op: str, value: Any, field: str, show: Callable[[Any], str]) -> str:
        # The business's own texts can be compared by order, too.
        pattern = self.wording[kind].get(op) or self.wording["number"][op]
        if op == "between":
            return str(pattern).format(field=field, low=show(value[0]), high=show(value[1]))
        shown = str(self.wording["several"]).join(map(show, value)) if op == "in" else show(value)
        return str(pattern).format(field=field, value=shown)

    def _known(self, name: str, op: str, value: Any) -> str:
        return str(self.wording[op][str(value).lower()]).format(field=self._field(name))

    def _spanned(self, name: str, op: str, value: Any) -> str:
        return str(self.wording[op]).format(field=self._field(name), span=self._span(value))

    def _yearly(self, name: str, op: str, value: Any) -> str:
        patterns = self.wording[op]
        if isinstance(value, str):
            return str(patterns[value]).format(field=self._field(name))
        month = self._formatted("LLLL", date(2024, value, 1))
        return str(patterns["of"]).format(field=self._field(name), month=month)

    def _field(self, name: str) -> str:
        for prefix in OPEN:
            if name.startswith(prefix):
                called = self.own[name].label if name in self.own else name.removeprefix(prefix)
                return str(self.wording["fields"][prefix]).format(name=self._quoted(called))
        return str(self.wording["fields"][name])

    def _purchases(self, rule: Mapping[str, Any]) -> str:
        words = self.wording["purchases"]
        measure = str(words[rule.get("measure", "count")])
        if "product" in rule:
            measure = str(words["product"]).format(measure=measure, product=self._quoted(rule["product"]))
        if "within" in rule:
            measure = str(words["within"]).format(measure=measure, span=self._span(rule["within"]))
        return measure

    def _span(self, value: str) -> str:
        span = duration(value)
        weeks = span.days // 7 if value.endswith("W") else 0
        counts = {
            "years": span.months // 12,
            "months": span.months % 12,
            "weeks": weeks,
            "days": 0 if weeks else span.days,
        }
        said = []
        for unit, count in counts.items():
            if count:
                one, several = self.wording["spans"][unit]
                said.append((one if count == 1 else several).format(n=self._digits(str(count))))
        return " ".join(said)

    def _quoted(self, value: Any) -> str:
        return str(self.wording["quoted"]).format(value=_isolated(str(value)))

    def _number(self, value: Any) -> str:
        said = format(number(value), "f").replace(".", _POINTS.get(self.language, "."))
        return _isolated(self._digits(said))

    def _digits(self, text: str) -> str:
        return in_digits(text, language=self.language)

    def _date(self, value: str) -> str:
        if value.startswith("--"):
            return _isolated(self._formatted("MMMMd", date.fromisoformat(_LEAP_YEAR + value[1:])))
        day = date.fromisoformat(value[:10])
        # ICU counts days before the calendar's reform by the Julian one, and knows no year beyond the last.
        said = self._formatted("yMMMMd", day) if day.year in _YEARS else self._digits(value[:10])
        return _isolated(said if len(value) == len("2026-01-31") else f"{said} {self._digits(value[11:])}")

    def _formatted(self, skeleton: str, day: date) -> str:
        from icu4py.messageformat import MessageFormat  # noqa: PLC0415 - ICU is large

        noon = datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 - a day has no zone
        pattern = f"{{it, date, ::{skeleton}}}"
        return str(MessageFormat(pattern, _TAGS.get(self.language, self.language)).format({"it": noon}))


_TIMED: Mapping[str, Callable[[_Speech, str, str, Any], str]] = {
    "exists": _Speech._known,
    **dict.fromkeys(("older_than", "within_last", "within_next", "anniversary_within_next"), _Speech._spanned),
    "anniversary_in": _Speech._yearly,
}


def _kind(name: str, op: str, value: Any) -> str:
    """Which wording a comparison takes."""
    field = field_of(name)
    kind = field.kind.name if field else "text"
    if name.startswith("consent."):
        # Many languages say yes to what is so in another word than to what somebody may do.
        return "consent"
    if kind != "own":
        return _KINDS.get(kind, kind)
    if isinstance(value, bool):
        return "flag"
    types = {type(one) for one in (value if isinstance(value, list) else [value])}
    if str not in types and bool not in types:
        return "number"
    # Of several kinds in one list each is said as it is written.
    return "date" if types == {str} and op not in {"contains", "starts_with"} and _all_dates(value) else "text"


def _all_dates(value: Any) -> bool:
    return all(map(is_date, value if isinstance(value, list) else [value]))


def _isolated(value: str) -> str:
    # What is inside can close no isolate but its own.
    return f"\u2068{value.replace(chr(0x2068), '').replace(chr(0x2069), '')}\u2069"
