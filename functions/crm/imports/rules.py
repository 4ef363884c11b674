"""What a row may change of a record that is there already. Pure.

It never raises consent, never puts an older value over a newer one, and never empties a field by an empty cell unless
that is asked for. Tags are added to those that stand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.core import named, text
from crm.core.reason import Reason
from crm.customers.rules import merged

_BY_KEY = ("custom",)
_KEPT_ALWAYS = frozenset({"name", "kind"})


@dataclass(frozen=True)
class Standing:
    """A stored record: its fields, and by pointer since when the values are true; `since` is that of all others."""

    fields: Mapping[str, Any]
    sources: Mapping[str, str]
    since: str

    def said_at(self, *names: str) -> str:
        """Since when the value of a field is true."""
        return self.sources.get("".join(f"/{name}" for name in names), self.since)


@dataclass(frozen=True)
class Change:
    """The fields to write (None empties), and what the row says and the record does not take, with the reason."""

    fields: dict[str, Any]
    left: tuple[Reason, ...] = ()


def change(wanted: Mapping[str, Any], *, stored: Standing, said_at: str, emptied: Iterable[str] = ()) -> Change:
    """What a row that says `wanted`, true since `said_at`, changes. `emptied`: fields whose empty cells count."""
    fields: dict[str, Any] = {}
    left: list[Reason] = []
    for name, value in _with_emptied(wanted, list(emptied)).items():
        known = stored.fields.get(name)
        if name == "consent":
            _lower(value, known or {}, stored, said_at, fields, left)
        elif name == "tags" and value is not None:
            together = text.distinct([*(known or []), *value])
            fields |= {"tags": together} if len(together) > len(text.distinct(known or [])) else {}
        elif name in _BY_KEY and value is not None:
            _by_key(name, value, known or {}, stored, said_at, fields, left)
        elif not _same(name, value, known):
            _take(fields, left, name, value, is_older=known is not None and said_at < stored.said_at(name))
    return Change(fields, tuple(left))


def told_again(before: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of somebody new in one more row: the later value, the tags of both, and a no that stays a no."""
    both = merged(before, said)
    if "tags" in before:
        both["tags"] = text.distinct([*before["tags"], *both["tags"]])
    refused = {purpose: False for purpose, allowed in (before.get("consent") or {}).items() if allowed is False}
    return {**both, "consent": {**both["consent"], **refused}} if refused else both


def _with_emptied(wanted: Mapping[str, Any], emptied: Sequence[str]) -> dict[str, Any]:
    """What a row says with None for each field whose empty cell counts; of consent and of a name none does."""
    said = {**{name: None for name in emptied if "." not in name and name not in _KEPT_ALWAYS}, **wanted}
    for noun in _BY_KEY:
        gone = {name.removeprefix(f"{noun}."): None for name in emptied if name.startswith(f"{noun}.")}
        if gone:
            said[noun] = {**gone, **(said.get(noun) or {})}
    return said


def _take(into: dict[str, Any], left: list[Reason], name: str, value: Any, *, is_older: bool) -> None:
    if is_older:
        left.append(Reason("{field}: the stored value is newer", field=named.field(name)))
    else:
        into[name] = value


def _lower(
    said: Mapping[str, bool] | None,
    known: Mapping[str, bool],
    stored: Standing,
    said_at: str,
    fields: dict[str, Any],
    left: list[Reason],
) -> None:
    for purpose, allowed in (said or {}).items():
        if allowed and not known.get(purpose):
            left.append(Reason("{field}: an import never raises it", field=named.field(f"consent.{purpose}")))
        elif not allowed and known.get(purpose) is not False:
            lowered: dict[str, Any] = {}
            is_older = purpose in known and said_at < stored.said_at("consent", purpose)
            _take(lowered, left, purpose, False, is_older=is_older)
            fields["consent"] = {**fields.get("consent", {}), **lowered}
    if not fields.get("consent", True):
        del fields["consent"]


def _by_key(
    name: str,
    said: Mapping[str, Any],
    known: Mapping[str, Any],
    stored: Standing,
    said_at: str,
    fields: dict[str, Any],
    left: list[Reason],
) -> None:
    taken: dict[str, Any] = {}
    for key, value in said.items():
        if value != known.get(key):
            is_older = key in known and said_at < stored.said_at(name, key)
            _take(taken, left, key, value, is_older=is_older)
    if taken:
        fields[name] = taken


def _same(name: str, value: Any, known: Any) -> bool:
    if name == "age_noted" and isinstance(value, int) and isinstance(known, Mapping):
        return bool(known.get("years") == value)
    return bool(value == known)
