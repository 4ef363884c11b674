"""What differs between two states of a record, by field. Pure.

A field is named by its JSON pointer. Of objects each member is a field (`/consent/marketing`), of sets such as tags
what was added and removed counts, everything else goes from one value to another.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Changes = dict[str, dict[str, Any]]
"""By pointer {from, to}, where one is left out that was or is nothing; of sets {added, removed}.

A field that was left as it was says what else was said of it: {other}, or which values were refused: {refused}."""
OBJECTS = frozenset({"consent", "custom", "own_answers"})
SETS = frozenset({"tags", "groups", "other_addresses"})
KEEPING = frozenset(
    {
        *("pk", "sk", "entity", "version", "revision", "created_at", "created_by", "updated_at", "request_hash"),
        *("facts", "relations", "merging", "conflicts"),
    }
)
"""What a record holds beside the fields that people fill."""
MOST_BYTES = 300_000
"""Of the 400 KB that an item may have; the rest is for names and for what the store adds."""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """The changes that lead from one state to the other; None counts as absent."""
    names = sorted((before.keys() | after.keys()) - KEEPING)
    return {pointer: change for name in names for pointer, change in _of(name, before.get(name), after.get(name))}


def place(version: int, *, revision: int | None = None) -> str:
    """The part of a key that orders changes: by version, and by `revision` where a change makes no new version."""
    return f"{version:010}" if revision is None else f"{version:010}#{revision:010}"


def version_at(place: str) -> int:
    """The version that a record had or got with a change at this place."""
    return int(place.partition("#")[0])


def fields_of(changes: Changes) -> list[str]:
    """The names of the fields that changed, `custom.garden` for one of the business's own; never what they hold."""
    named = (pointer.split("/")[1:] for pointer in changes)
    return sorted({".".join(names[:2]) if names[0] == "custom" else names[0] for names in named})


def version_of(sk: str) -> int:
    """The version that a change made, from its sort key."""
    return int(sk.split("#")[1])


def pointer(*names: str) -> str:
    """The JSON pointer (RFC 6901) of a field."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def fitting(changes: Changes, *, most: int = MOST_BYTES) -> Changes:
    """The changes cut so that they can be stored: of too much text the longest new values go first.

    What a value became can be read elsewhere: in the record, or as the old value of the next change. In place of what
    is cut stands {"cut": its size in bytes} under the same name.
    """
    sizes = {(field, end): size(value) for field, change in changes.items() for end, value in change.items()}
    total = sum(sizes.values()) + sum(len(field) for field in changes)
    kept = {field: dict(change) for field, change in changes.items()}
    for field, end in sorted(sizes, key=lambda one: (one[1] == "from", -sizes[one])):
        if total <= most:
            break
        kept[field][end] = {"cut": sizes[field, end]}
        total -= sizes[field, end]
    return kept


def within(field: str, whole: str) -> bool:
    """Whether a pointer names a field or a part of it."""
    return field == whole or field.startswith(f"{whole}/")


def still_open(conflicts: Iterable[str] | None, changes: Iterable[str]) -> set[str]:
    """The fields (pointers) about which there is still to be decided: whoever sets a field has decided."""
    told = list(changes)
    return {one for one in conflicts or () if not any(within(field, one) for field in told)}


def same(one: Any, other: Any) -> bool:
    """Whether two stored values are the same. Yes is not 1, as it is in Python."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _of(name: str, before: Any, after: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if name in SETS:
        yield from _of_sets(name, before or (), after or ())
    elif name in OBJECTS:
        old, new = before or {}, after or {}
        for member in sorted(old.keys() | new.keys()):
            yield from _of_values(pointer(name, member), old.get(member), new.get(member))
    else:
        yield from _of_values(pointer(name), before, after)


def _of_values(field: str, before: Any, after: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if not same(before, after):
        ends = {"from": before, "to": after}
        yield field, {end: value for end, value in ends.items() if value is not None}


def _of_sets(name: str, before: Iterable[str], after: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    parts = {"added": [one for one in new if one not in old], "removed": [one for one in old if one not in new]}
    told = {part: sorted(names) for part, names in parts.items() if names}
    if told or (name == "tags" and list(old) != list(new)):
        yield pointer(name), told


def size(value: Any) -> int:
    """The bytes that a value takes, about."""
    return len(json.dumps(value, default=str, ensure_ascii=False).encode())
