"""A role of the business's own as the fields of a form, and back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.access import rules
from crm.console import house
from crm.console.forms import checked
from crm.console.overtaken import Edit
from crm.console.roles import permitting
from crm.core.actor import Actor
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.mail.languages import Language

MAY, HIDE, YES, NO = "may.", "hide.", "yes", "no"
REACHES = ("own", "team", "all")
_LINES = ("says", "purpose")
_OWN_FIELD = "/custom/"


@dataclass(frozen=True)
class Choice:
    """One permission in the form. `reaches`: how far it can go; `whole`: it counts only where nothing is hidden."""

    name: str
    sentence: str
    reaches: Sequence[str]
    whole: bool


def shown(stored: Mapping[str, Any]) -> dict[str, str]:
    """What holds of a role, by the fields of the form; of nothing: that of an empty one."""
    far = {one: reach for reach in REACHES for one in stored.get(reach) or ()}
    hidden = stored.get("hidden") or ()
    return {
        **{name: str(stored.get(name) or "") for name in _LINES},
        "unowned": YES if stored.get("unowned") else "",
        **{f"{MAY}{one}": far.get(one, NO) for one in rules.policy().permissions},
        **{_field(one): YES if one in hidden else "" for one in _offered()},
    }


def filled(form: Mapping[str, str]) -> Mapping[str, str]:
    """A form that came back. What its reader does not hold it does not offer, and nobody gives."""
    return {**{f"{MAY}{one}": NO for one in rules.policy().permissions}, **form}


def like(role_id: str, own: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a new role begins with that is to be like another one; nothing where there is no such role."""
    role = rules.found(role_id, own)
    if role is None:
        return {}
    reaches = {reach: [one for one, far in role.rights.items() if far == reach] for reach in REACHES}
    hidden = sorted(role.hidden - (rules.policy().contact if role.purpose else frozenset()))
    return {**reaches, "hidden": hidden, "purpose": role.purpose, "unowned": role.unowned}


def changes(edit: Edit, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What a form changes of a role, as `crm.staff.roles` takes it. Raises InvalidFields."""
    # Here and not above: to look at a role no schema is needed.
    from crm.staff.schemas import RoleChange

    return checked(RoleChange, dict(_told(edit, stored))).model_dump(exclude_unset=True)


def choices(actor: Actor, language: Language) -> list[tuple[permitting.Group, list[Choice]]]:
    """The permissions by their groups, each as far as whoever asks holds it; without those that they do not hold."""
    whole = rules.policy().needs_all_fields

    def choice(group: permitting.Group, name: str, sentence: str) -> Choice:
        reaches = REACHES[: REACHES.index(actor.rights[name]) + 1] if group.is_limited else REACHES[-1:]
        return Choice(name, sentence, reaches, name in whole)

    return [
        (group, [choice(group, one, says) for one, says in group.sentences.items() if one in actor.rights])
        for group in permitting.groups(language)
    ]


def hideable(language: Language) -> list[tuple[str, str]]:
    """The fields of the form that hide one of a customer, each with what that one is called."""
    labels = {f"{_OWN_FIELD}{one.name}": one.label(language.tag) for one in house.fields()}
    return [(_field(one), labels.get(one) or permitting.fields([one], language)[0]) for one in _offered()]


def _told(edit: Edit, stored: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    changed = edit.changed
    yield from ((name, changed[name] or None) for name in _LINES if name in changed)
    if "unowned" in changed:
        yield "unowned", bool(changed["unowned"])
    if any(name.startswith(MAY) for name in changed):
        for name, far in edit.shown.items():
            if name.startswith(MAY) and far not in (*REACHES, NO):
                raise InvalidFields.one(f"/{name}", Reason("choose one of the list"))
        known = rules.policy().permissions
        yield from ((reach, [one for one in known if edit.shown[f"{MAY}{one}"] == reach]) for reach in REACHES)
    if any(name.startswith(HIDE) for name in changed):
        offered = _offered()
        # What a form does not offer, as of a field that was taken away, stays as it is.
        others = [one for one in stored.get("hidden") or () if one not in offered]
        yield "hidden", [*(one for one in offered if edit.shown[_field(one)]), *others]


def _offered() -> list[str]:
    return [*rules.policy().hideable, *(f"{_OWN_FIELD}{one.name}" for one in house.fields())]


def _field(pointer: str) -> str:
    return HIDE + pointer.removeprefix("/").replace("/", ".")
