"""A field of the business's own as the fields of a form, and back."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crm.console.forms import checked, whole
from crm.console.overtaken import Edit
from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason
from crm.mail.languages import NAMES
from crm.own_fields.models import OwnField

LABEL, HELP, CHOICE, SEEN, YES = "label.", "help.", "choice.", "visible.", "yes"
MOST_CHOICES = 50
_MARKS = ("required", "searchable")
_LANGUAGE = re.compile(r"label\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)")


def languages(field: OwnField | None) -> list[str]:
    """The languages that the form asks for: those of the pages, and others in which something stands already."""
    texts = [] if field is None else [field.labels, field.help, *(one["labels"] for one in field.choices)]
    return list(dict.fromkeys([*NAMES, *sorted(language for one in texts for language in one)]))


def languages_of(form: Mapping[str, str]) -> list[str]:
    """Those of a form that came back."""
    return [found[1] for name in form if (found := _LANGUAGE.fullmatch(name))]


def shown(field: OwnField | None, spoken: Iterable[str]) -> dict[str, str]:
    """What holds of a field, by the fields of the form; of none: that of a new one."""
    labels, help_ = (field.labels, field.help) if field else ({}, {})
    return {
        **{f"{LABEL}{one}": labels.get(one, "") for one in spoken},
        **{f"{HELP}{one}": help_.get(one, "") for one in spoken},
        **{name: YES if field and getattr(field, name) else "" for name in _MARKS},
        "order": str(int(field.order)) if field else "0",
        "choices": _text(field.choices if field else []),
        "visible_to": " ".join(sorted(field.visible_to or ())) if field else "",
    }


def filled(form: Mapping[str, str]) -> Mapping[str, str]:
    """A form that came back, with its choices as one value and the roles as another."""
    roles = sorted(name.removeprefix(SEEN) for name in form if name.startswith(SEEN))
    return {**form, "choices": _text(list(_choices(form))), "visible_to": " ".join(roles)}


def choices(known: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    """The choices of a form, each `{value, labels}`."""
    found: Sequence[Mapping[str, Any]] = json.loads(known["choices"])
    return found


def new(form: Mapping[str, str], edit: Edit) -> dict[str, Any]:
    """What a form tells of a new one, as `crm.own_fields.service` takes it. Raises InvalidFields."""
    # Here and not above: to look at fields no schema is needed.
    from crm.own_fields.schemas import NewField

    told = {name: form.get(name, "").strip() for name in ("name", "type")}
    given = {name: value for name, value in _told(edit) if value is not None}
    if told["type"] != "choice" and given.get("choices"):
        raise InvalidFields.one("/choices", Reason("only fields of which one of several is chosen have choices"))
    for name in ("labels", "help"):
        given[name] = {language: text for language, text in given.get(name, {}).items() if text is not None}
    made = checked(NewField, {**told, **given})
    if made.type == "choice" and not made.choices:
        raise InvalidFields.one("/choices", Reason("say what there is to choose from"))
    return made.model_dump()


def changes(edit: Edit) -> dict[str, Any]:
    """What a form changes, as `crm.own_fields.service` takes it. Raises InvalidFields."""
    from crm.own_fields.schemas import FieldChange

    return checked(FieldChange, dict(_told(edit))).model_dump(exclude_unset=True)


def by_field(refused: InvalidFields) -> InvalidFields:
    """The same with the fields of the form: which of the choices was wrong is told beside all of them."""
    fields = tuple(FieldError(_place(one.pointer), one.reason) for one in refused.fields)
    return InvalidFields(refused.detail, fields=fields)


def _place(pointer: str) -> str:
    first, *rest = pointer.removeprefix("/").split("/")
    by_language = {"labels": LABEL, "help": HELP}
    return f"/{by_language[first]}{rest[0]}" if first in by_language and rest else f"/{first}"


def _told(edit: Edit) -> Iterator[tuple[str, Any]]:
    changed = edit.changed
    for name, mark in (("labels", LABEL), ("help", HELP)):
        texts = {one.removeprefix(mark): text or None for one, text in changed.items() if one.startswith(mark)}
        if texts:
            yield name, texts
    yield from ((name, bool(changed[name])) for name in _MARKS if name in changed)
    if "order" in changed:
        yield "order", whole("order", changed["order"])
    if "choices" in changed:
        yield "choices", choices(changed) or None
    if "visible_to" in changed:
        yield "visible_to", changed["visible_to"].split() or None


def _choices(form: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Those of which anything was filled in, in order."""
    for number in range(MOST_CHOICES):
        value = form.get(f"{CHOICE}{number}.value", "").strip()
        texts = ((one, form.get(f"{CHOICE}{number}.{one}", "").strip()) for one in languages_of(form))
        labels = {one: text for one, text in texts if text}
        if value or labels:
            yield {"value": value, "labels": labels}


def _text(known: Iterable[Mapping[str, Any]]) -> str:
    plain = [{"value": one["value"], "labels": dict(one["labels"])} for one in known]
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)
