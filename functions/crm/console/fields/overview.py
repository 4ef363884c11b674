"""The fields that the business has added to its customers."""

from collections.abc import Mapping
from typing import Any

from crm.console.asked import Page, Visit
from crm.console.routes import HOME
from crm.core import veil
from crm.own_fields import service
from crm.own_fields.models import OwnField
from crm.own_fields.rules import in_language

HERE = f"{HOME}/fields"


def show(visit: Visit) -> Page:
    """All of them in the order in which forms show them, without what the reader does not see."""
    values: dict[str, Any] = {
        "fields": [_told(one, visit) for one in service.page() if not is_hidden(visit, one.name)],
        "may_change": visit.actor.may("fields.write"),
        "done": visit.asked.query.get("done"),
    }
    return Page("fields/fields.html", values)


def is_hidden(visit: Visit, name: str) -> bool:
    """Whether the reader does not see a field, and so does not know of it."""
    return veil.is_hidden(f"/custom/{name}", visit.actor.hidden)


def _told(field: OwnField, visit: Visit) -> Mapping[str, Any]:
    definition = service.definition_of(field)
    return {
        "name": field.name,
        "label": definition.label(visit.language.tag),
        "type": field.type,
        "choices": [in_language(one.labels, visit.language.tag) or one.value for one in definition.choices],
        "required": field.required,
        "searchable": field.searchable,
        "visible_to": list(definition.visible_to),
    }
