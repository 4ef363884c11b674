"""Whose word each value of a customer is, of when and by which way, and what else was said of it."""

from collections.abc import Collection, Mapping
from typing import Any

from crm.changes import reading
from crm.changes.reading import Known
from crm.console import house
from crm.console.asked import Page, Visit
from crm.core import veil
from crm.core.config import settings
from crm.customers import service as customer_service
from crm.history import filled
from crm.mail.languages import NAMES
from crm.privacy import person_page, person_values
from crm.privacy.person_values import Reader

# What it is said of, which nobody has to say.
_UNSAID = frozenset({"/kind"})


def show(visit: Visit) -> Page:
    """The page, without the fields that the reader does not see. Raises NotFound."""
    profile = customer_service.get(customer_id=visit.asked.names["customer_id"])
    known = reading.read(profile.customer_id)
    reader = person_page.reader(visit.language, None)
    facts = [
        _fact(pointer, value, known, reader, open_ones=profile.conflicts)
        for pointer, value in sorted(filled.fields(profile.attribute_values))
        if pointer not in _UNSAID and not veil.is_hidden(pointer, visit.actor.hidden)
    ]
    values = {"customer_id": profile.customer_id, "name": profile.name, "facts": facts}
    return Page("customer/sources.html", values)


def _fact(
    pointer: str, value: Any, known: Known, reader: Reader, *, open_ones: Collection[str] | None
) -> Mapping[str, Any]:
    """{path, label, value, source, others}; `source` None: from before this was kept."""
    # A name of the business's own has no sign in it that pointers write otherwise.
    path = tuple(pointer.split("/")[1:])
    others = known.against(pointer, open_ones=open_ones)
    return {
        "path": path,
        "label": person_page.called(path, reader.labels),
        "value": _said(value, path, reader),
        "source": known.source(pointer),
        "others": [{**reading.marks(one), "value": _said(filled.plain(one["value"]), path, reader)} for one in others],
    }


def _said(value: Any, path: tuple[str, ...], reader: Reader) -> str:
    if path == ("language",):
        return NAMES.get(str(value).split("-")[0], str(value))
    if path == ("owner",):
        return house.naming()(str(value))
    if isinstance(value, Mapping):
        return ", ".join(_said(inner, (*path, name), reader) for name, inner in value.items())
    return person_values.said(value, path, reader, currency=settings().reporting_currency)
