"""Rules of routing as rows of a form, and back: what a form cannot give back as it is stays as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason

EVERYBODY, AS_IT_IS = "", "as_it_is"
_LANGUAGE, _GROUP = "language.", "segment."
_MEMBER, _TEAM = "member.", "team."
_MOST = 51
_LONGEST = 200
_NAMES = ("name", "when", "to", "place", "gone")


@dataclass(frozen=True)
class Row:
    """One rule in the form. `when`: of the choices, `place`: where it is to stand; `id` "": a new one."""

    id: str
    name: str
    when: str
    to: str
    place: str
    gone: bool = False
    rule: Any = None
    """The condition as it is stored."""

    @property
    def is_empty(self) -> bool:
        """Whether nobody has begun to fill it in."""
        return not (self.id or self.name or self.to)


def of_rules(listed: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The rows of rules as they stand."""
    return [
        Row(rule["id"], rule["name"], chosen(rule["when"]), _target(rule["to"]), str(place), rule=rule["when"])
        for place, rule in enumerate(listed, start=1)
    ]


def of_form(form: Mapping[str, str], stored: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The rows as they were filled in; the conditions of rules that are known are taken from those."""
    known = {rule["id"]: rule["when"] for rule in stored}
    rows = []
    for number in range(_MOST):
        if f"name.{number}" not in form:
            break
        told = {name: form.get(f"{name}.{number}", "").strip()[:_LONGEST] for name in _NAMES}
        rule_id = form.get(f"id.{number}", "")[:40]
        row = Row(rule_id, told["name"], told["when"], told["to"], told["place"], bool(told["gone"]))
        rows.append(replace(row, rule=known.get(rule_id)))
    return rows


def to_rules(rows: Sequence[Row]) -> tuple[list[dict[str, Any]], list[int]]:
    """The rules that the rows come to, in their order, and of each in which row it stands. Raises InvalidFields."""
    kept = [(number, row) for number, row in enumerate(rows) if not (row.gone or row.is_empty)]
    bad = [number for number, row in kept if not _is_place(row.place)]
    wrong = [FieldError(f"/place.{number}", Reason("must be a whole number")) for number in bad]
    wrong += [FieldError(f"/to.{number}", Reason("choose one of the list")) for number, row in kept if not _to(row.to)]
    if wrong:
        raise InvalidFields("; ".join(f"{one.pointer}: {one.reason}" for one in wrong[:5]), fields=tuple(wrong))
    # A new one without a place comes last.
    kept.sort(key=lambda one: (int(one[1].place) if one[1].place else _MOST, one[0]))
    taken = {row.id for _, row in kept if row.id}
    rules = []
    for _, row in kept:
        rule_id = row.id or next(name for name in map("rule-{}".format, range(1, 2 * _MOST)) if name not in taken)
        taken.add(rule_id)
        rules.append({"id": rule_id, "name": row.name, "when": _when(row), "to": _to(row.to)})
    return rules, [number for number, _ in kept]


def beside(refused: InvalidFields, places: Sequence[int]) -> InvalidFields:
    """What the service says of a rule, beside the field of the row in which it stands; of all of them, of the form."""
    fields = tuple(FieldError(_field(one.pointer, places), one.reason) for one in refused.fields)
    return InvalidFields(refused.detail, fields=fields)


def chosen(when: Any) -> str:
    """The choice of the form that means a condition."""
    if when is None:
        return EVERYBODY
    if isinstance(when, Mapping) and when.get("op") == "eq" and when.get("field") in ("language", "segment"):
        return f"{when['field']}.{when.get('value')}"
    return AS_IT_IS


def _when(row: Row) -> Any:
    if row.when == AS_IT_IS:
        return row.rule
    field, dot, value = row.when.partition(".")
    return {"field": field, "op": "eq", "value": value} if dot and field in ("language", "segment") else None


def _target(to: Mapping[str, Any]) -> str:
    return f"{_MEMBER}{to['member']}" if to.get("member") else f"{_TEAM}{to.get('team')}"


def _to(choice: str) -> dict[str, str]:
    kind, _, name = choice.partition(".")
    return {kind: name} if kind in ("member", "team") and name else {}


def _is_place(text: str) -> bool:
    return not text or (text.isascii() and text.isdecimal() and len(text) < len("1000"))


def _field(pointer: str, places: Sequence[int]) -> str:
    _, _, number, *rest = [*pointer.split("/"), "", ""]
    if number.isdecimal() and int(number) < len(places) and rest:
        return f"/{rest[0] or 'name'}.{places[int(number)]}"
    return ""
