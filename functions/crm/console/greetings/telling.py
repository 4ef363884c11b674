"""Rules of greetings as pages show them: what each does, for whom, and what holds it back."""

from collections.abc import Iterator, Mapping
from typing import Any

from crm.business.rules import Business
from crm.calendar import feasts
from crm.console import group_names, house
from crm.core import veil
from crm.core.actor import Actor
from crm.greetings.models import Greeting
from crm.mail.languages import Language
from crm.segments import saying
from crm.segments import seeing as group_seeing
from crm.templates.rules import LAST_RESORT

_DATES = ("date", "yearly_date")


def told(rule: Greeting, actor: Actor, language: Language) -> Mapping[str, Any]:
    """A rule with its group in words."""
    values = rule.attribute_values
    group = _group(rule, actor, language)
    return {
        "id": rule.greeting_id,
        "name": rule.name,
        "version": int(rule.version),
        "occasion": rule.occasion,
        "event": values.get("event"),
        "field": field_name(values.get("field"), language),
        "feast": feast_name(values.get("feast"), language),
        "min_amount": values.get("min_amount"),
        "offset_days": int(rule.offset_days),
        "send_at": rule.send_at,
        "group": group,
        "template": rule.template,
        "active": rule.active,
        "holds": list(_holds(rule, house.business())),
        "starts_on": values.get("starts_on"),
        "ends_on": values.get("ends_on"),
    }


def own_dates(actor: Actor, language: Language) -> list[tuple[str, str]]:
    """The business's own fields that hold dates, by what they are called."""
    seen = (one for one in house.fields() if not veil.is_hidden(f"/custom/{one.name}", actor.hidden))
    return [(one.name, one.label(language.code)) for one in seen if one.type in _DATES]


def all_feasts(language: Language) -> list[tuple[str, str]]:
    """The feasts on moving dates, by their names."""
    return sorted(((one, feast_name(one, language) or one) for one in feasts.known()), key=lambda one: one[1])


def feast_name(feast: str | None, language: Language) -> str | None:
    """What a feast is called in a language."""
    known = feasts.known().get(feast or "")
    return (known.names.get(language.code) or known.names[LAST_RESORT]) if known else feast


def field_name(field: str | None, language: Language) -> str | None:
    """What a field of the business's own is called in a language."""
    if field is None:
        return None
    return next((one.label(language.code) for one in house.fields() if one.name == field), field)


def _group(rule: Greeting, actor: Actor, language: Language) -> Mapping[str, Any] | None:
    """{name, rule}: the group and its rule in words, both None where it is no more; None: everybody."""
    if not rule.segment:
        return None
    known = list(house.groups().values())
    found = next((one for one in known if one.segment_id == rule.segment), None)
    if found is None or group_seeing.tells(found, actor.hidden):
        return {"name": None, "rule": None}
    said = saying.in_words(found, language=language.tag, names=group_names.by_id(known, language), defined=house.fields)
    return {"name": group_names.called(found, language), "rule": said}


def _holds(rule: Greeting, business: Business) -> Iterator[str]:
    """What may hold its mails back, as codes."""
    if rule.send_at < business.earliest_hour:
        yield "early"
    if business.sabbath:
        yield "sabbath"
    if rule.rest_days in ("before", "after"):
        yield f"rest_{rule.rest_days}"
    if rule.purpose == "marketing":
        yield "asked_for"
