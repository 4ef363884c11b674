"""Mappings by (pk, name) in which many partitions hold the same under the same name, kept once for all of them.

A customer stands in twenty groups with the same entry at the same place, and adds the same to the sums of each. So what
is projected, what a state says, and how the two differ, is a matter of a handful of values instead of a hundred keys.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Generic, TypeAlias, TypeVar

from crm.core.projection import Key

V = TypeVar("V")
Group: TypeAlias = tuple[str, V, list[str]]
"""A name, what stands under it, and the partitions in which it does; one at least."""


class Grouped(Mapping[Key, V], Generic[V]):
    """Such a mapping. It may be used as any other; who knows better asks `groups_of`. No key is in two groups."""

    def __init__(self, groups: Iterable[Group[V]]) -> None:
        self.groups = list(groups)

    @cached_property
    def _flat(self) -> dict[Key, V]:
        return {(pk, name): value for name, value, pks in self.groups for pk in pks}

    def __getitem__(self, key: Key) -> V:
        return self._flat[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._flat)

    def __len__(self) -> int:
        return len(self._flat)

    def __bool__(self) -> bool:
        return bool(self.groups)

    def __repr__(self) -> str:
        return f"Grouped({self.groups!r})"


def groups_of(found: Mapping[Key, V]) -> list[Group[V]]:
    """A mapping in groups. Of a mapping that is not kept in groups, keys with the very same object make one."""
    if isinstance(found, Grouped):
        return found.groups
    groups: dict[tuple[str, int], Group[V]] = {}
    for (pk, name), value in found.items():
        groups.setdefault((name, id(value)), (name, value, []))[2].append(pk)
    return list(groups.values())
