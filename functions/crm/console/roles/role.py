"""One role of the business's own: made, changed and taken away by a form."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from crm.access import rules
from crm.access.models import Roster
from crm.console import forms, overtaken
from crm.console.asked import Page, SeeOther, Visit
from crm.console.overtaken import Edit
from crm.console.roles import form as role_form
from crm.console.roles.overview import HERE
from crm.core.errors import Conflict, Forbidden, InvalidFields, InvalidRequest, LimitReached, StaleVersion
from crm.core.reason import Reason
from crm.staff import roles as service

NEW = "-new"
"""In the path instead of an id, which begins with a letter or a digit."""
_TAKEN = Reason("there is a role with this short name already; choose another one")
_LONGEST = 40


def show(visit: Visit) -> Page:
    """The form, empty, like that of another role, or with what is stored; or whether to delete it. Raises NotFound."""
    if _id(visit) == NEW:
        alike = role_form.like(visit.asked.query.get("like", "")[:_LONGEST], Roster.read().roles)
        # What they do not see themselves nobody they give a role to sees by it.
        hidden = sorted({*alike.get("hidden", ()), *visit.actor.hidden})
        return _page(visit, {}, shown=role_form.shown({**alike, "hidden": hidden}))
    stored = service.get(role_id=_id(visit))
    return _deleting(visit, stored) if visit.asked.query.get("delete") else _page(visit, stored)


def act(visit: Visit) -> Page | SeeOther:
    """What a button of the form is for. Raises NotFound, InvalidRequest."""
    match visit.asked.form.get("action"):
        case "save" if _id(visit) == NEW:
            return _make(visit)
        case "save":
            return _change(visit)
        case "delete":
            return _delete(visit)
    raise InvalidRequest("the form says nothing that can be done")


def _make(visit: Visit) -> Page | SeeOther:
    from crm.staff.schemas import NewRole  # to look at a role no schema is needed

    edit = Edit.of(role_form.filled(visit.asked.form), now=role_form.shown({}))
    page = _page(visit, {}, shown=edit.shown, typed_id=visit.asked.form.get("id", "").strip())
    try:
        role_id = forms.checked(NewRole, {"id": page.values["typed_id"]}).id
        fields = {name: value for name, value in role_form.changes(edit, {}).items() if value is not None}
        service.make(role_id=role_id, fields=fields, by=visit.actor)
    except InvalidFields as refused:
        return forms.again(page, refused)
    except LimitReached as refused:
        return forms.again(page, refused)
    except Conflict:
        return forms.again(page, InvalidFields.one("/id", _TAKEN))
    except Forbidden:
        return _beyond(page)
    return SeeOther(f"{HERE}?done=made")


def _change(visit: Visit) -> Page | SeeOther:
    role_id = _id(visit)

    def read() -> Mapping[str, Any]:
        return service.get(role_id=role_id)

    def write(stored: Mapping[str, Any], edit: Edit) -> None:
        fields, version = role_form.changes(edit, stored), int(stored["version"])
        service.change(role_id=role_id, fields=fields, expected_version=version, by=visit.actor)

    try:
        outcome = overtaken.written(role_form.filled(visit.asked.form), read=read, shown=role_form.shown, write=write)
    except InvalidFields as refused:
        return forms.again(_typed(visit, read()), refused)
    except Forbidden:
        return _beyond(_typed(visit, read()))
    if outcome.edit.contested:
        page = _page(visit, outcome.thing, shown=outcome.edit.shown, contested=outcome.edit.contested)
        return replace(page, status=HTTPStatus.CONFLICT.value)
    return SeeOther(f"{HERE}?done=saved")


def _delete(visit: Visit) -> Page | SeeOther:
    version = forms.version(visit.asked.form)
    try:
        service.remove(role_id=_id(visit), expected_version=version, by=visit.actor)
    except Forbidden:
        return _beyond(_page(visit, service.get(role_id=_id(visit))))
    except (Conflict, StaleVersion) as refused:
        # Somebody has been given it, or changed it, since the page was shown: it is shown once more as it is now.
        page = _deleting(visit, service.get(role_id=_id(visit)))
        return replace(page, values={**page.values, "is_new_to_them": True}, status=refused.status.value)
    return SeeOther(f"{HERE}?done=deleted")


def _deleting(visit: Visit, stored: Mapping[str, Any]) -> Page:
    members = Roster.read().members
    values = {
        "role_id": _id(visit),
        "version": int(stored["version"]),
        "having": sorted(name for name, one in members.items() if one.get("role") == _id(visit)),
        "keys": sorted(service.keys_with(_id(visit)).items(), key=lambda one: one[1]),
        "may_see_keys": visit.actor.may("keys.manage"),
        "is_new_to_them": False,
    }
    return Page("roles/delete.html", values)


def _page(visit: Visit, stored: Mapping[str, Any], **more: Any) -> Page:
    shown = role_form.shown(stored)
    is_held = not stored or rules.role_held(visit.actor).holds(rules.own_role(_id(visit), stored))
    values: dict[str, Any] = {
        "role_id": None if _id(visit) == NEW else _id(visit),
        "address": f"{HERE}/{_id(visit)}",
        "is_beyond": not is_held,
        "choices": role_form.choices(visit.actor, visit.language),
        "hideable": role_form.hideable(visit.language),
        "shown": shown,
        "before": overtaken.marks(shown),
        "typed_id": "",
        "contested": {},
        "errors": {},
        "is_refused": False,
        **more,
    }
    return Page("roles/role.html", values)


def _typed(visit: Visit, stored: Mapping[str, Any]) -> Page:
    """The page with the form as it was filled in."""
    edit = Edit.of(role_form.filled(visit.asked.form), now=role_form.shown(stored))
    return _page(visit, stored, shown=edit.shown)


def _beyond(page: Page) -> Page:
    """Refused, in words that say why; the audit notes it by the status."""
    return replace(page, values={**page.values, "is_refused": True}, status=HTTPStatus.FORBIDDEN.value)


def _id(visit: Visit) -> str:
    return visit.asked.names["role_id"]
