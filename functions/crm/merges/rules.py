"""Of two records one: which value of each field stands, and why. Pure.

A field that one record alone fills is taken from it. Of two values stands the one that was chosen; a birthday with its
year before one without; then the one whose source is newer (a value that has not changed since the registration is as
old as that), and where both are equally old the one of the record that stays. Tags, groups and addresses are united,
and of what the customers allowed stands only what both did.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from crm.changes.rules import pointer
from crm.core import text
from crm.core.errors import FieldError, InvalidFields
from crm.core.reason import Reason

Side = Literal["into", "from"]
Wins = Literal["into", "from", "both"]
Why = Literal["same", "only_one", "chosen", "with_year", "newer_source", "stays", "united", "strictest"]
SINGLE = (
    *("name", "email", "phone", "birthday", "joined_on", "gender", "income_band", "payment_method"),
    *("purchase_purpose", "language", "timezone", "address", "source", "owner", "age_noted"),
)
MOST_CUSTOM = 100
_ADDRESSES = ("email", "phone")


@dataclass(frozen=True)
class Record:
    """One of the two: its profile as plain values, where its values are from, what the person at its address refused.

    `sources`: by pointer {way, at, …} of the values that changed since the registration.
    """

    profile: Mapping[str, Any]
    sources: Mapping[str, Any] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()

    def known_since(self, place: str) -> str:
        """When the source of a value said it."""
        return str((self.sources.get(place) or {}).get("at") or self.profile["created_at"])


@dataclass(frozen=True)
class Field:
    """One field (a JSON pointer) of both records, and what stands."""

    field: str
    into: Any
    other: Any
    result: Any
    wins: Wins
    why: Why


def united(into: Record, other: Record, *, choices: Mapping[str, Side]) -> tuple[Field, ...]:
    """Every field that one of the two fills. Raises InvalidFields for a choice where there is none."""
    customs = dict.fromkeys([*(into.profile.get("custom") or {}), *(other.profile.get("custom") or {})])
    paths = [(name,) for name in SINGLE] + [("custom", name) for name in customs]
    found = [_single(path, into, other, choices) for path in paths]
    known = tuple(one for one in found if one)
    _require_choices(choices, {one.field for one in known})
    if len(customs) > MOST_CUSTOM:
        raise InvalidFields.one(
            "/from",
            Reason("together they have more than {most} own fields; empty some first", most=MOST_CUSTOM),
        )
    return (*known, *_consent(into, other), *_own_answers(into, other), *_sets(into, other, known))


def values_of(fields: Iterable[Field]) -> dict[str, Any]:
    """The fields of the record that stands afterwards, as a profile holds them; without what nobody knows."""
    found: dict[str, Any] = {}
    for one in fields:
        name, *member = [part.replace("~1", "/").replace("~0", "~") for part in one.field.split("/")[1:]]
        if one.result is None:
            continue
        if member:
            found.setdefault(name, {})[member[0]] = one.result
        else:
            found[name] = one.result
    return found


def at(profile: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value at a place of a profile; None where there is none."""
    found: Any = profile
    for part in path:
        found = (found or {}).get(part)
    return found


def _single(path: tuple[str, ...], into: Record, other: Record, choices: Mapping[str, Side]) -> Field | None:
    place, mine, theirs = pointer(*path), at(into.profile, path), at(other.profile, path)
    if mine is None and theirs is None:
        return None
    wins, why = _decided(place, mine, theirs, into, other, choices)
    return Field(place, mine, theirs, theirs if wins == "from" else mine, wins, why)


def _decided(
    place: str, mine: Any, theirs: Any, into: Record, other: Record, choices: Mapping[str, Side]
) -> tuple[Wins, Why]:
    if mine == theirs:
        return "both", "same"
    if place in choices:
        return choices[place], "chosen"
    if mine is None or theirs is None:
        return ("from" if mine is None else "into"), "only_one"
    if place == "/birthday" and (fuller := _with_year(mine, theirs)):
        return fuller, "with_year"
    mine_at, theirs_at = into.known_since(place), other.known_since(place)
    if mine_at != theirs_at:
        return ("from" if theirs_at > mine_at else "into"), "newer_source"
    return "into", "stays"


def _with_year(mine: str, theirs: str) -> Side | None:
    if mine[-5:] != theirs[-5:] or mine.startswith("--") == theirs.startswith("--"):
        return None
    return "from" if mine.startswith("--") else "into"


def _consent(into: Record, other: Record) -> Iterable[Field]:
    mine, theirs = into.profile.get("consent") or {}, other.profile.get("consent") or {}
    for purpose in sorted({*mine, *theirs, *into.refused, *other.refused}):
        one, two = mine.get(purpose), theirs.get(purpose)
        refused = purpose in into.refused | other.refused
        yield Field(pointer("consent", purpose), one, two, _strictest(one, two, refused), "both", "strictest")


def _strictest(one: bool | None, two: bool | None, refused: bool) -> bool | None:
    """A no of either stands; a yes only where both said it; else nobody has answered."""
    if refused or one is False or two is False:
        return False
    return True if one and two else None


def _own_answers(into: Record, other: Record) -> Iterable[Field]:
    mine, theirs = into.profile.get("own_answers") or {}, other.profile.get("own_answers") or {}
    for purpose in sorted({*mine, *theirs}):
        one, two = mine.get(purpose), theirs.get(purpose)
        # The person's own no before their yes, then what they said last.
        known = sorted(
            (answer["allowed"] is not False, _backwards(answer["at"]), place)
            for place, answer in ((0, one), (1, two))
            if answer
        )
        yield Field(pointer("own_answers", purpose), one, two, (one, two)[known[0][2]], "both", "strictest")


def _backwards(at: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in at)


def _sets(into: Record, other: Record, fields: tuple[Field, ...]) -> Iterable[Field]:
    stands = {one.field: one.result for one in fields}
    for name in ("tags", "groups"):
        mine, theirs = into.profile.get(name), other.profile.get(name)
        if mine or theirs:
            both = [*(mine or ()), *(theirs or ())]
            united = text.distinct(both) if name == "tags" else set(both)
            yield Field(pointer(name), mine, theirs, united, "both", "united")
    known = {address for one in (into, other) for address in _addresses(one.profile)}
    rest = known - {stands.get(pointer(name)) for name in _ADDRESSES}
    if rest:
        mine, theirs = into.profile.get("other_addresses"), other.profile.get("other_addresses")
        yield Field(pointer("other_addresses"), mine, theirs, rest, "both", "united")


def _addresses(profile: Mapping[str, Any]) -> set[str]:
    return {profile[name] for name in _ADDRESSES if profile.get(name)} | set(profile.get("other_addresses") or ())


def _require_choices(choices: Mapping[str, Side], known: set[str]) -> None:
    remedy = Reason("not a field in which one of the two can be chosen; POST /merges/preview names them")
    wrong = [FieldError(f"/choices/{place.replace('/', '~1')}", remedy) for place in sorted(choices.keys() - known)]
    if wrong:
        raise InvalidFields("; ".join(f"{one.pointer}: {one.reason}" for one in wrong), fields=tuple(wrong))
