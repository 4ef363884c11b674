"""What a question can be, and where its answer goes: what the forms offer, and which of it a question is."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.own_fields.rules import Definition

GOES: Mapping[str, Mapping[str, Any]] = {
    "text": {"kind": "text"},
    "number": {"kind": "number"},
    "date": {"kind": "date"},
    "yes_no": {"kind": "yes_no"},
    "choice": {"kind": "choice"},
    "choice_tags": {"kind": "choice", "tags": True},
    "name": {"kind": "text", "fills": "name"},
    "phone": {"kind": "text", "fills": "phone"},
    "email": {"kind": "text", "fills": "email"},
    "address": {"kind": "text", "fills": "address"},
    "birthday": {"kind": "yearly_date", "fills": "birthday"},
    "birthday_year": {"kind": "date", "fills": "birthday"},
    "gender": {"kind": "choice", "fills": "gender"},
    "income_band": {"kind": "choice", "fills": "income_band"},
    "payment_method": {"kind": "choice", "fills": "payment_method"},
    "purchase_purpose": {"kind": "choice", "fills": "purchase_purpose"},
    "consent_greeting": {"kind": "consent", "purpose": "greeting"},
    "consent_marketing": {"kind": "consent", "purpose": "marketing"},
    "consent_service": {"kind": "consent", "purpose": "service"},
}
"""By the choice of a form what a question is, and where its answer goes."""
TAG, AS_IT_IS = "tag", "as_it_is"
"""A yes that sets a tag, of which the form asks its name; and what no choice of the form means, and stays."""
_OWN = "custom."
# Of an amount of money nobody says the currency, so it is asked by no form.
_KINDS: Mapping[str, str] = {
    **{name: name for name in ("text", "number", "date", "yearly_date", "choice", "yes_no")},
    "link": "text",
}
_WORDS = frozenset({"id", "label", "about", "required", "choices"})


def offered(own: Sequence[Definition], language: str) -> list[tuple[str, str | None]]:
    """The choices of the form, each with its words where the business has named them itself."""
    asked = [(f"{_OWN}{one.name}", one.label(language)) for one in own if one.type in _KINDS]
    return [*((code, None) for code in GOES), *asked]


def parts(code: str, own: Sequence[Definition]) -> Mapping[str, Any] | None:
    """What a choice of the form makes of a question; None for no choice of it."""
    if code.startswith(_OWN):
        kinds = {one.name: _KINDS[one.type] for one in own if one.type in _KINDS}
        name = code.removeprefix(_OWN)
        return {"kind": kinds[name], "custom": name} if name in kinds else None
    return GOES.get(code)


def code_of(question: Mapping[str, Any], own: Sequence[Definition]) -> str:
    """Which choice of the form a question is."""
    is_now = rest(question)
    if is_now.get("tag"):
        return TAG
    if (name := is_now.get("custom")) and is_now == parts(f"{_OWN}{name}", own):
        return f"{_OWN}{name}"
    return next((code for code, meant in GOES.items() if meant == is_now), AS_IT_IS)


def rest(question: Mapping[str, Any]) -> dict[str, Any]:
    """What a question is beside its words: of what kind, and where its answer goes."""
    return {name: value for name, value in question.items() if name not in _WORDS and value not in (None, False)}


def of_field(code: str, own: Sequence[Definition], languages: Sequence[str]) -> list[dict[str, Any]]:
    """What there is to choose from in a field of the business's own, in the words that it has for it."""
    choices = next((one.choices for one in own if code == f"{_OWN}{one.name}"), ())
    return [
        {"value": one.value, "label": {language: one.labels.get(language, one.value) for language in languages}}
        for one in choices
    ]
