"""One import from its file to its end: what the page shows at each step, and what its forms do."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from crm.console import rendering
from crm.console.asked import Page, SeeOther, Visit
from crm.console.files import importing
from crm.console.files.imports import PLACE
from crm.core.errors import Conflict, InvalidFields, InvalidRequest
from crm.imports import opening, service, showing
from crm.imports.models import Import

BUSY = frozenset({"inspecting", "checking", "running", "undoing"})
_STEPS = ("file", "columns", "trial", "writing")
_STEP_OF: Mapping[str, int] = {
    "awaiting_upload": 0, "inspecting": 1, "needs_mapping": 1, "checking": 2, "checked": 2, "running": 3, "done": 4,
    "undoing": 4, "undone": 4, "failed": 4, "cancelled": 4,
}  # fmt: skip
_FIELDS_SHOWN = 8


def show(visit: Visit) -> Page:
    """The import as it is now; for a script, while a job is at it, how far that is. Raises NotFound."""
    item = service.get(import_id=visit.asked.names["import_id"])
    if visit.asked.is_partial:
        if item.state not in BUSY:
            return Page("imports/progress.html", {"document": None}, headers={"HX-Refresh": "true"})
        return Page("imports/progress.html", {"document": showing.shown(item), "place": PLACE})
    return _page(visit, item)


def act(visit: Visit) -> Page | SeeOther:
    """What a form of the page asks for. Raises NotFound, InvalidRequest."""
    import_id = visit.asked.names["import_id"]
    verbs: Mapping[str, Callable[..., Import]] = {
        "uploaded": service.uploaded,
        "run": service.run,
        "cancel": service.cancel,
        "undo": service.undo,
    }
    action = visit.asked.form.get("action", "")
    try:
        if action == "answer":
            return _answer(visit, import_id)
        if action not in verbs:
            raise InvalidRequest("the form asks for nothing that there is")
        verbs[action](import_id=import_id)
    except Conflict:
        return SeeOther(f"{PLACE}/{import_id}?done={'no_file' if action == 'uploaded' else 'moved'}")
    return SeeOther(f"{PLACE}/{import_id}")


def _answer(visit: Visit, import_id: str) -> Page | SeeOther:
    item = service.get(import_id=import_id)
    document = showing.shown(item)
    try:
        given = importing.answers(document, opening.kind_of(item.kind), visit.asked.form)
        if given:
            service.answer(import_id=import_id, answers=given)
    except InvalidFields as refused:
        page = _page(visit, item)
        errors = {one.pointer.removeprefix("/answers/"): one.reason for one in refused.fields}
        values = {**page.values, "said": visit.asked.form, "errors": errors}
        return Page(page.template, values, status=refused.status.value)
    return SeeOther(f"{PLACE}/{import_id}")


def _page(visit: Visit, item: Import) -> Page:
    document = showing.shown(item)
    columns = importing.columns(document)
    values = {
        "document": document,
        "columns": columns,
        "fields": importing.fields(opening.kind_of(item.kind), columns) if columns else [],
        "questions": importing.questions(document),
        "preview": [(one, list(_told(one.fields, *one.events))[:_FIELDS_SHOWN]) for one in document.preview],
        "steps": list(enumerate(_STEPS)),
        "step": _STEP_OF[document.state],
        "is_busy": document.state in BUSY,
        "upload": None,
        "has_arrived": "etag" in visit.asked.query,
        "can_run": bool(document.counts.created or document.counts.changed),
        "can_go_on": bool(document.failure and document.failure.code == "gave_up"),
        "asks": visit.asked.query.get("ask"),
        "done": visit.asked.query.get("done"),
        "said": {},
        "errors": {},
        "place": PLACE,
    }
    if document.state != "awaiting_upload":
        return Page("imports/one.html", values)
    form = service.upload_form(item, then=f"{visit.asked.base}{PLACE}/{item.import_id}")
    return Page("imports/one.html", {**values, "upload": form}, headers=rendering.with_forms_to(form.url))


def _told(*documents: Mapping[str, Any]) -> Iterator[tuple[str, str | bool]]:
    """What a row says: the name of each field with its value as text; yes and no as they are."""
    for document in documents:
        for name, value in document.items():
            if isinstance(value, Mapping):
                yield from ((f"{name}.{key}", one if isinstance(one, bool) else str(one)) for key, one in value.items())
            elif isinstance(value, list):
                yield (
                    name,
                    ", ".join(str(one.get("product", "")) if isinstance(one, Mapping) else str(one) for one in value),
                )
            elif value is not None:
                yield name, value if isinstance(value, bool) else str(value)
