"""Where the values of a record are from, and what else was said of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from crm.changes import rules
from crm.changes.models import CHANGE, OPEN, REFUSED, SOURCES, partition
from crm.core import items

Said = dict[str, Any]
"""Whose word something is: {way, at} and where known {who, of}; of what was said against a value {value} as well."""
_FIRST = f"{CHANGE}{rules.place(1)}"
_MARKS = ("way", "who", "of", "at")


@dataclass(frozen=True)
class Known:
    """What stands beside a record; `open` and `refused` by the pointer of their field, the first said first."""

    sources: Mapping[str, Said]
    registered: Said | None
    at_once: frozenset[str]
    open: Mapping[str, list[Said]]
    refused: Mapping[str, list[Said]]

    def source(self, field: str) -> Said | None:
        """Where the present value of a field is from: of its parts the latest. None: from before this was kept."""
        parts = [source for pointer, source in self.sources.items() if rules.within(pointer, field)]
        if parts:
            return max(parts, key=lambda source: str(source["at"]))
        return self.registered if any(rules.within(pointer, field) for pointer in self.at_once) else None

    def against(self, field: str, *, open_ones: Collection[str] | None) -> list[Said]:
        """What is to be decided about a field; `open_ones`: the `conflicts` of its profile, which say what is.

        Both are read apart: what was decided or has come in between counts as the profile has it.
        """
        return list(self.open.get(field, [])) if field in (open_ones or ()) else []

    def size(self) -> int:
        """The bytes of all that was said against values."""
        return rules.size([dict(self.open), dict(self.refused)])


def read(customer_id: str) -> Known:
    """What is known of one customer's values now, consistently: one round trip."""
    places = keys(customer_id)
    return known(items.many(places), places)


def keys(customer_id: str) -> tuple[items.Key, items.Key]:
    """Where it stands: the item of all sources, and the first change."""
    pk = partition(customer_id)
    return (pk, SOURCES), (pk, _FIRST)


def known(found: Mapping[items.Key, Said], places: tuple[items.Key, items.Key]) -> Known:
    """The same out of items that were read already, by their keys."""
    stored, first = found.get(places[0], {}), found.get(places[1])
    return Known(
        sources=_under("/", stored, keep="/"),
        registered=marks({**first, "at": first.get("said_at", first["at"])}) if first else None,
        at_once=frozenset(first["changes"]) if first else frozenset(),
        open=_under(OPEN, stored),
        refused=_under(REFUSED, stored),
    )


def marks(said: Mapping[str, Any]) -> Said:
    """Whose word it is, without the rest."""
    return {name: said[name] for name in _MARKS if name in said}


def _under(prefix: str, stored: Mapping[str, Any], *, keep: str = "") -> dict[str, Any]:
    return {keep + name.removeprefix(prefix): value for name, value in stored.items() if name.startswith(prefix)}
