"""One field of the business's own: made, changed and taken away by a form."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, get_args

from crm.access.models import Roster
from crm.console import forms, overtaken
from crm.console.asked import Page, SeeOther, Visit
from crm.console.fields import form as field_form
from crm.console.fields.overview import HERE, is_hidden
from crm.console.overtaken import Edit
from crm.console.roles import permitting
from crm.core.errors import Conflict, InvalidFields, InvalidRequest, LimitReached, StaleVersion
from crm.core.reason import Reason
from crm.own_fields import service
from crm.own_fields.models import OwnField
from crm.own_fields.rules import FieldType

NEW = "-new"
"""In the path instead of a name, which begins with a letter."""
_TAKEN = Reason("there is a field of this name already; choose another one")
_MORE = 3
"""So many empty rows stand below the choices."""


def show(visit: Visit) -> Page:
    """The form, empty or with what is stored; or whether to take the field away. Raises NotFound."""
    field = _field(visit)
    if field and visit.asked.query.get("ask") == "delete":
        return _deleting(field)
    return _page(visit, field)


def act(visit: Visit) -> Page | SeeOther:
    """What a button of the form is for. Raises NotFound, InvalidRequest."""
    field = _field(visit)
    match visit.asked.form.get("action"):
        case "more":
            return _typed(visit, field)
        case "save" if field is None:
            return _define(visit)
        case "save":
            return _change(visit)
        case "delete" if field:
            return _delete(visit, field)
    raise InvalidRequest("the form says nothing that can be done")


def _define(visit: Visit) -> Page | SeeOther:
    page = _typed(visit, None)
    try:
        told = field_form.new(visit.asked.form, _edit(visit, None))
        name = told.pop("name")
        service.define(name=name, fields=told, caller=visit.actor.who)
    except InvalidFields as refused:
        return forms.again(page, field_form.by_field(refused))
    except LimitReached as refused:
        return forms.again(page, refused)
    except Conflict:
        return forms.again(page, InvalidFields.one("/name", _TAKEN))
    return SeeOther(f"{HERE}?done=made")


def _change(visit: Visit) -> Page | SeeOther:
    name, spoken = visit.asked.names["name"], field_form.languages_of(visit.asked.form)

    def read() -> OwnField:
        return service.get(name=name)

    def shown(field: OwnField) -> Mapping[str, str]:
        return field_form.shown(field, spoken)

    def write(field: OwnField, edit: Edit) -> None:
        service.change(name=name, fields=field_form.changes(edit), expected_version=int(field.version))

    try:
        outcome = overtaken.written(field_form.filled(visit.asked.form), read=read, shown=shown, write=write)
    except InvalidFields as refused:
        return forms.again(_typed(visit, read()), field_form.by_field(refused))
    if outcome.edit.contested:
        page = _page(visit, outcome.thing, shown=outcome.edit.shown, contested=outcome.edit.contested)
        return replace(page, status=HTTPStatus.CONFLICT.value)
    return SeeOther(f"{HERE}?done=saved")


def _delete(visit: Visit, field: OwnField) -> Page | SeeOther:
    version = forms.version(visit.asked.form)
    try:
        service.remove(name=field.name, expected_version=version)
    except StaleVersion as refused:
        page = _deleting(service.get(name=field.name), is_new_to_them=True)
        return replace(page, status=refused.status.value)
    return SeeOther(f"{HERE}?done=deleted")


def _deleting(field: OwnField, *, is_new_to_them: bool = False) -> Page:
    values = {"name": field.name, "version": int(field.version), "is_new_to_them": is_new_to_them}
    return Page("fields/delete.html", values)


def _typed(visit: Visit, field: OwnField | None) -> Page:
    """The page with the form as it was filled in."""
    return _page(visit, field, shown=_edit(visit, field).shown)


def _edit(visit: Visit, field: OwnField | None) -> Edit:
    form = visit.asked.form
    return Edit.of(field_form.filled(form), now=field_form.shown(field, field_form.languages_of(form)))


def _page(visit: Visit, field: OwnField | None, **more: Any) -> Page:
    spoken = (field_form.languages_of(visit.asked.form) if _is_sent(visit) else []) or field_form.languages(field)
    stored = field_form.shown(field, spoken)
    values: dict[str, Any] = {
        "field": {"name": field.name, "type": field.type} if field else None,
        "address": f"{HERE}/{visit.asked.names['name']}",
        "typed": {name: visit.asked.form.get(name, "") if _is_sent(visit) else "" for name in ("name", "type")},
        "types": get_args(FieldType),
        "spoken": spoken,
        "roles": [one.name for one in permitting.roles(Roster.read())],
        "shown": stored,
        "before": _carried(visit, stored),
        "contested": {},
        "errors": {},
        **more,
    }
    return Page("fields/field.html", {**values, **_beside(values)})


def _beside(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of values that stand in the form as one."""
    shown, contested = values["shown"], values["contested"]
    choices = field_form.choices(shown)
    return {
        "choices": choices,
        "rows": min(len(choices) + _MORE, field_form.MOST_CHOICES),
        "seen_by": shown["visible_to"].split(),
        "theirs": field_form.choices(contested) if "choices" in contested else [],
    }


def _carried(visit: Visit, stored: Mapping[str, str]) -> str:
    """The marks of the form: what asks for more rows is not saved, and stays as it was begun."""
    is_going_on = _is_sent(visit) and visit.asked.form.get("action") == "more"
    return visit.asked.form.get(overtaken.FIELD, "") if is_going_on else overtaken.marks(stored)


def _is_sent(visit: Visit) -> bool:
    return visit.asked.method == "POST"


def _field(visit: Visit) -> OwnField | None:
    """What the path names; None: a new one. Raises NotFound."""
    name = visit.asked.names["name"]
    if name == NEW:
        return None
    if is_hidden(visit, name):
        raise service.unknown(name)
    return service.get(name=name)
