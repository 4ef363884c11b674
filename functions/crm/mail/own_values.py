"""What a template says of a customer's own fields, `{custom.<name>}`: as people write it in the reader's language."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from crm.calendar.occasions import is_date
from crm.core.config import settings
from crm.mail import languages
from crm.mail.languages import Language
from crm.mail.recipients import Recipient
from crm.mail.sources import Draft, Value
from crm.own_fields import rules as own_rules
from crm.own_fields import service as own_field_service
from crm.own_fields.rules import Definition
from crm.templates import rules
from crm.templates.placeholders import OWN
from crm.templates.service import Words

_YES: Mapping[bool, Mapping[str, str]] = {
    True: {"en": "yes", "ur": "ہاں", "bn": "হ্যাঁ", "ne": "हो", "he": "כן"},
    False: {"en": "no", "ur": "نہیں", "bn": "না", "ne": "होइन", "he": "לא"},
}


def added(draft: Draft, recipient: Recipient, words: Words, *, language: Language) -> Draft:
    """The draft with the reader's own values that its words ask for. The fields are read only where they do."""
    asked = {node.name for part in (words.subject, words.heading, *words.body) for node in rules.asked(part)}
    if recipient.kind != "customer" or not any(name.startswith(OWN) for name in asked):
        return draft
    own = _values(recipient.profile.get("custom") or {}, own_field_service.definitions(), language)
    return replace(draft, values={**draft.values, **{name: own[name] for name in asked & own.keys()}})


def _values(custom: Mapping[str, Any], definitions: Iterable[Definition], language: Language) -> dict[str, Value]:
    known = [one for one in definitions if custom.get(one.name) is not None]
    return {OWN + one.name: shown(one, custom[one.name], language) for one in known}


def shown(field: Definition, stored: Any, language: Language) -> Value:
    """A value (numbers as Decimal) by the field's type, where it is of it; what is from before the field as it is."""
    if isinstance(stored, bool):
        return _YES[stored]
    if isinstance(stored, Decimal):
        amount = languages.decimal(stored, language, places=2 if field.type == "money" else 0)
        return f"{amount} {settings().reporting_currency}" if field.type == "money" else amount
    if field.type in ("date", "yearly_date") and is_date(stored):
        return languages.month_day(stored[2:], language) if stored.startswith("--") else date.fromisoformat(stored)
    if field.type == "choice":
        chosen = next((choice for choice in field.choices if choice.value == stored), None)
        return (own_rules.in_language(chosen.labels, language.tag) if chosen else None) or str(stored)
    return str(stored)
