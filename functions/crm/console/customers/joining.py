"""Two records beside each other as a page shows them before they become one, and what became of those that did."""

from collections.abc import Iterable, Mapping
from typing import Any

from crm.console import group_names, house, overtaken
from crm.console.asked import Visit
from crm.console.customers import beside
from crm.core import clock
from crm.core.actor import Actor
from crm.core.errors import NotFound
from crm.customers import service as customer_service
from crm.customers.models import Profile
from crm.mail.languages import Language
from crm.merges.models import Merge
from crm.merges.rules import SINGLE, Field

# They have a name of their own for what they are.
_TYPES = {
    "birthday": "day",
    "joined_on": "day",
    "age_noted": "age",
    "language": "language",
    "owner": "member",
    "own_answers": "own_answer",
}
_NEEDS = ("customers.merge", "customers.read")
_UNDER_WAY = ("moving", "undoing")


def reached(visit: Visit, customer_id: str) -> Profile:
    """A customer whom the reader may see and merge. Raises NotFound."""
    profile = customer_service.get(customer_id=customer_id)
    within = visit.actor.within(*_NEEDS)
    if within is not None and not within.holds(profile.owner):
        raise NotFound("there is nothing of this id")
    return profile


def rows(fields: Iterable[Field], language: Language) -> list[Mapping[str, Any]]:
    """Each field of both: with what it is called, {pointer, type, into, old, result, wins, why, can_choose}."""
    return [_row(one, language) for one in fields]


def marks(fields: Iterable[Field]) -> Mapping[str, str]:
    """What a form is shown with, by side and pointer, as text that can be compared."""
    both = [(one.field, side) for one in fields for side in (("into", one.into), ("from", one.other))]
    return {f"{side}{pointer}": _comparable(value) for pointer, (side, value) in both}


def moved(carried: str, fields: Iterable[Field]) -> frozenset[str]:
    """The pointers of the fields that are not as a form was shown with them. Raises InvalidRequest."""
    places = overtaken.moved(carried, now=marks(fields))
    return frozenset(f"/{place.partition('/')[2]}" for place in places)


def named(pointer: str, language: Language) -> Mapping[str, Any]:
    """What a field is called: {name, member, label}; `label`: of one of the business's own, else None."""
    name, *member = [part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("/").split("/")]
    own = next((one for one in house.fields() if name == "custom" and [one.name] == member), None)
    return {"name": name, "member": member[0] if member else None, "label": own.label(language.tag) if own else None}


def told(merge: Merge, visit: Visit) -> Mapping[str, Any]:
    """How far a merge is, and what of it can be taken back."""
    is_further = merge.customer_id != merge.into
    return {
        "id": merge.merge_id,
        "state": merge.state,
        "is_under_way": merge.state in _UNDER_WAY,
        "into": merge.customer_id,
        "other": _other(merge, visit.actor),
        "at": merge.at,
        "by": merge.by,
        "undo_until": merge.undo_until,
        "undone_by": merge.undone_by,
        "is_further": is_further,
        "can_undo": merge.state == "done" and not is_further and clock.stamp() <= merge.undo_until,
        "kept": [named(one, visit.language) for one in (merge.report or {}).get("kept", ())],
        "events": int((merge.report or {}).get("events", 0)),
    }


def _other(merge: Merge, actor: Actor) -> Mapping[str, Any] | None:
    """The one who was merged, where they are a record of their own again and within reach."""
    if merge.state not in ("undoing", "undone"):
        return None
    try:
        profile = customer_service.get(customer_id=merge.old)
    except NotFound:
        return None
    within = actor.within(*_NEEDS)
    is_seen = within is None or within.holds(profile.owner)
    return {"id": profile.customer_id, "name": profile.name} if is_seen and profile.customer_id == merge.old else None


def _row(one: Field, language: Language) -> Mapping[str, Any]:
    called = named(one.field, language)
    name, values = called["name"], {"into": one.into, "old": one.other, "result": one.result}
    kind = _TYPES.get(name, "answer" if name == "consent" else "text")
    if name == "custom":
        kind, values = _own(called["member"], values, language)
    elif one.why == "united":
        kind, values = "list", {side: _listed(name, value, language) for side, value in values.items()}
    can_choose = one.wins != "both" and (name in SINGLE or name == "custom")
    about = {"pointer": one.field, "type": kind, "wins": one.wins, "why": one.why, "can_choose": can_choose}
    return {**called, **values, **about}


def _own(name: str, values: Mapping[str, Any], language: Language) -> tuple[str, dict[str, Any]]:
    field = next((one for one in house.fields() if one.name == name), None)
    if field is None:
        return "own text", dict(values)
    shown = {side: beside.own_field(field, value, language) for side, value in values.items() if value is not None}
    kinds = {kind for _, _, kind in shown.values()}
    kind = kinds.pop() if len(kinds) == 1 else "text"
    return f"own {kind}", {side: shown[side][1] if side in shown else None for side in values}


def _listed(name: str, value: Any, language: Language) -> list[str]:
    names = group_names.by_id(house.groups().values(), language) if name == "groups" else {}
    found = [str(names.get(one, one)) for one in value or ()]
    return found if name == "tags" else sorted(found)


def _comparable(value: Any) -> str:
    if isinstance(value, (set, frozenset)):
        return str(sorted(value))
    return str(sorted(value.items())) if isinstance(value, Mapping) else str(value)
