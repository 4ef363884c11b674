"""What is said of a record by somebody who is not to overwrite it. Pure.

What is not known yet is taken; what is known stays, and the other value is told apart, to be decided about. Tags only
grow. A refusal of mail holds at once, whoever brings it; a consent never replaces a refusal by itself.
"""

from collections.abc import Callable, Mapping
from typing import Any

from crm.changes import rules as change_rules
from crm.changes.reading import Known, Said
from crm.core import text

MOST = 5
"""Of the values of one field to be decided between; people do not choose among more."""
MOST_BYTES = 100_000
"""Of all that is said against the values of one record. What is more is in the history only."""
_BY_MEMBER = ("consent", "custom")


def parted(
    before: Mapping[str, Any], wanted: Mapping[str, Any], *, gives_way: Callable[[str], bool]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields as they may become, and by pointer the values that something else stands against.

    `gives_way`: whether the stored value of a field yields to the new one.
    """
    state, against = {**wanted}, dict[str, Any]()
    for name in (before.keys() | wanted.keys()) - change_rules.KEEPING:
        old, new = before.get(name), wanted.get(name)
        if name == "tags":
            state[name] = text.distinct([*(old or ()), *(new or ())]) or None
        elif name in _BY_MEMBER:
            state[name] = _members(name, old or {}, new or {}, gives_way, against) or None
        else:
            state[name] = _one(change_rules.pointer(name), old, new, gives_way, against)
    return {name: value for name, value in state.items() if value is not None}, against


def open_beside(known: Known, against: Mapping[str, Any], *, marks: Said) -> dict[str, list[Said]]:
    """By pointer all that is to be decided about, of the fields of which something new was said."""
    found: dict[str, list[Said]] = {}
    room = MOST_BYTES - known.size()
    for pointer, value in sorted(against.items()):
        said = known.open.get(pointer, [])
        heard = [one["value"] for one in (*said, *known.refused.get(pointer, []))]
        room -= change_rules.size(value)
        if len(said) < MOST and room > 0 and not any(change_rules.same(value, one) for one in heard):
            found[pointer] = [*said, {**marks, "value": value}]
    return found


def fields_of(pointer: str, value: Any) -> dict[str, Any]:
    """The fields of a change that sets one field to a value."""
    _, name, *members = pointer.split("/")
    return {name: {members[0]: value}} if members else {name: value}


def _members(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any], gives_way: Callable[[str], bool], against: dict[str, Any]
) -> dict[str, Any]:
    found = {}
    yields = gives_way if name != "consent" else lambda _: False
    for member in sorted(old.keys() | new.keys()):
        value = new.get(member)
        if not (name == "consent" and value is False):
            value = _one(change_rules.pointer(name, member), old.get(member), value, yields, against)
        if value is not None:
            found[member] = value
    return found


def _one(pointer: str, old: Any, new: Any, gives_way: Callable[[str], bool], against: dict[str, Any]) -> Any:
    if old is None or change_rules.same(old, new):
        return new
    if new is None:
        return old
    if gives_way(pointer):
        return new
    against[pointer] = new
    return old
