"""What has been applied to the views because of one item: a state per item and family, kept beside the views."""

import hashlib
import json
import marshal
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.core.grouped import Grouped, groups_of
from crm.core.projection import Key, Projected


@dataclass(frozen=True)
class State:
    """Exactly what stands in the views because of one item. `token` is None while nothing does.

    `listings` holds a digest of each entry, `totals` the amounts added so far; `epoch` is that of the rules used.
    The token is random with every write, so that a state which only looks the same is told apart. `seal` is written
    with a state that has one sum at most, and not read with it: see `is_sealed`.
    """

    token: str | None = None
    epoch: int = 0
    listings: Mapping[Key, str] = field(default_factory=dict)
    totals: Mapping[Key, Mapping[str, Decimal]] = field(default_factory=dict)
    seal: str = ""


NO_STATE = State()
_WINDOW_BITS = 12


def fresh_token() -> str:
    """A token that no state ever had."""
    return secrets.token_urlsafe(12)


def state_key(key: Key, family: str) -> Key:
    """Where the state of an item's family stands in ViewsTable."""
    return f"STATE#{key[0]}#{key[1]}", family


def source(key: Key, family: str) -> str:
    """An item and one of its families, as the entries of the views name whose they are."""
    return "|".join((*key, family))


def source_of(of: str) -> tuple[Key, str]:
    """The item and the family that an entry names. Names of staff may hold the bar; sort keys and families do not."""
    pk, sk, family = of.rsplit("|", 2)
    return (pk, sk), family


def digest(attributes: Mapping[str, Any]) -> str:
    """A short digest of an entry's attributes: equal exactly when the entries are."""
    return hashlib.blake2b(_CANONICAL.encode(attributes).encode(), digest_size=12).hexdigest()


def seal_of(projected: Projected) -> str:
    """A digest of all entries of a projection at once, and of its sum; nothing where there are several sums.

    Sums of a customer's groups change with every purchase: a seal on them would be made to be broken. Nor is there one
    on entries with anything but text, whole numbers and their like.
    """
    if len(projected.totals) > 1:
        return ""
    sums = [(*key, *amounts, *map(str, amounts.values())) for key, amounts in projected.totals.items()]
    try:
        # Its first version is the same for equal values, and written in a third of the time of JSON.
        content = marshal.dumps([*projected.listings.items(), *sums], 0)
    except ValueError:
        return ""
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def is_sealed(item: Mapping[str, Any] | None, projected: Projected) -> bool:
    """Whether a state, by its low-level item, says just what is projected, told without reading what it says.

    Most of a customer's families are as they were whatever happens to the customer, and comparing entry by entry is
    half of a projection's time. Where it cannot be told - several sums, or entries made in another order - that is
    done.
    """
    return item is not None and "seal" in item and item["seal"]["S"] == seal_of(projected) != ""


def to_values(state: State) -> dict[str, Any]:
    """A state as attributes. What it says stands compressed in one, so that twenty groups fit into a write unit.

    Under `applied`, deflated JSON: entries by sort key and digest, sums by name and amounts, each with its partitions.
    It is read and written whole; amounts keep every digit as text.
    """
    sums = [
        (name, {key: str(amount) for key, amount in amounts.items()}, pks)
        for name, amounts, pks in groups_of(state.totals)
    ]
    text = _COMPACT.encode((groups_of(state.listings), sums))
    values = {"token": state.token, "epoch": state.epoch, "applied": _deflated(text.encode())}
    return values | {"seal": state.seal} if state.seal else values


def from_raw(item: Mapping[str, Any] | None) -> State:
    """A state from the low-level item; no item is no state."""
    if item is None:
        return NO_STATE
    entries, sums = json.loads(zlib.decompress(item["applied"]["B"], -_WINDOW_BITS))
    return State(
        token=item["token"]["S"],
        epoch=int(item["epoch"]["N"]),
        listings=Grouped((sk, found, pks) for sk, found, pks in entries),
        totals=Grouped(
            (name, {attribute: Decimal(amount) for attribute, amount in amounts.items()}, pks)
            for name, amounts, pks in sums
        ),
    )


def digested(listings: Mapping[Key, Mapping[str, Any]]) -> Mapping[Key, str]:
    """The digests of entries, as a state says them."""
    groups: dict[tuple[str, str], list[str]] = {}
    # By object: many groups list the same entry, in several orders; its digest is made once.
    known: dict[int, str] = {}
    for sk, entry, pks in groups_of(listings):
        found = known.get(id(entry)) or known.setdefault(id(entry), digest(entry))
        groups.setdefault((sk, found), []).extend(pks)
    return Grouped((sk, found, pks) for (sk, found), pks in groups.items())


def _deflated(content: bytes) -> bytes:
    # With a window as large as a state, for a quarter of the time: zlib's own clears 256 KB for each.
    squeezed = zlib.compressobj(6, zlib.DEFLATED, -_WINDOW_BITS, 5)
    return squeezed.compress(content) + squeezed.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return ["number", str(value)]
    if isinstance(value, (set, frozenset)):
        return ["set", *sorted(map(str, value))]
    raise TypeError(f"a listing cannot hold a {type(value).__name__}")


_COMPACT = json.JSONEncoder(separators=(",", ":"))
_CANONICAL = json.JSONEncoder(sort_keys=True, default=_plain, separators=(",", ":"))
