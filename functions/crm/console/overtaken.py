"""A form that one filled in while another changed the same thing: what of both there is to choose between.

A form carries a mark of each value that it was shown with. So what its reader changed is known, and what others changed
meanwhile; only where both changed the same field somebody has to choose.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from crm.core.errors import InvalidRequest, StaleVersion

FIELD = "before"
"""The hidden field of a form that carries the marks."""
Thing = TypeVar("Thing")
_LETTERS = 12
_TRIES = 4


def marks(shown: Mapping[str, str]) -> str:
    """What a form with these values carries."""
    return json.dumps({name: _mark(value) for name, value in shown.items()}, separators=(",", ":"))


def moved(carried: str, *, now: Mapping[str, str]) -> frozenset[str]:
    """Which of these values are not as a form was shown with them. Raises InvalidRequest where it carries no marks."""
    before = _read(carried)
    return frozenset(name for name in {**before, **now} if name not in now or before.get(name) != _mark(now[name]))


def plain(text: str) -> str:
    """A value as it is compared: browsers end lines in their own way."""
    return text.replace("\r\n", "\n").strip()


@dataclass(frozen=True)
class Edit:
    """`typed`: what came back, `now`: what the form would show now; both by field."""

    typed: Mapping[str, str]
    now: Mapping[str, str]
    before: Mapping[str, str]

    @classmethod
    def of(cls, form: Mapping[str, str], *, now: Mapping[str, str]) -> "Edit":
        """What a form says of these fields. Raises InvalidRequest where it carries no marks of ours."""
        before = _read(form.get(FIELD, ""))
        if before.keys() != now.keys():
            raise InvalidRequest("the form was not made by this page")
        typed = {name: plain(form.get(name, "")) for name in now}
        return cls(typed, {name: plain(value) for name, value in now.items()}, before)

    @property
    def changed(self) -> dict[str, str]:
        """What its reader has changed, and is not so already."""
        changed = {name: value for name, value in self.typed.items() if _mark(value) != self.before[name]}
        return {name: value for name, value in changed.items() if value != self.now[name]}

    @property
    def contested(self) -> dict[str, str]:
        """Of that what others have changed meanwhile, to what it is now."""
        return {name: self.now[name] for name in self.changed if _mark(self.now[name]) != self.before[name]}

    @property
    def shown(self) -> dict[str, str]:
        """What a form shows that is filled in again: what was typed, and of all else what is so now."""
        return {**self.now, **self.changed}


@dataclass(frozen=True)
class Outcome(Generic[Thing]):
    """What became of a form: `thing` as it was read for it; where it is not written, it asks, or changes nothing."""

    thing: Thing
    edit: Edit
    is_written: bool


def written(
    form: Mapping[str, str],
    *,
    read: Callable[[], Thing],
    shown: Callable[[Thing], Mapping[str, str]],
    write: Callable[[Thing, Edit], object],
) -> Outcome[Thing]:
    """Write what a form has changed, again where others are faster with other fields; nothing where it is contested.

    Raises InvalidRequest, StaleVersion where others are faster again and again, and what `read` and `write` raise.
    """
    for _ in range(_TRIES):
        thing = read()
        edit = Edit.of(form, now=shown(thing))
        if edit.contested or not edit.changed:
            return Outcome(thing, edit, is_written=False)
        try:
            write(thing, edit)
        except StaleVersion:
            continue
        return Outcome(thing, edit, is_written=True)
    raise StaleVersion("many are changing it at once; try again")


def _read(carried: str) -> dict[str, str]:
    try:
        before = json.loads(carried)
    except (ValueError, RecursionError) as bad:
        raise InvalidRequest("the form was not made by this page") from bad
    if not isinstance(before, dict):
        raise InvalidRequest("the form was not made by this page")
    return before


def _mark(value: str) -> str:
    return hashlib.sha256(plain(value).encode()).hexdigest()[:_LETTERS]
