"""What has been applied to the views because of one item: a state per item and family, kept beside the views."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm.core.projection import Key


@dataclass(frozen=True)
class State:
    """Exactly what stands in the views because of one item. `token` is None while nothing does.

    `listings` holds a digest of each entry, `totals` the amounts added so far; `epoch` is that of the rules used.
    The token is random with every write, so that a state which only looks the same is told apart.
    """

    token: str | None = None
    epoch: int = 0
    listings: Mapping[Key, str] = field(default_factory=dict)
    totals: Mapping[Key, Mapping[str, Decimal]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.listings and not self.totals


NO_STATE = State()


def fresh_token() -> str:
    """A token that no state ever had."""
    return secrets.token_urlsafe(12)


def state_key(key: Key, family: str) -> Key:
    """Where the state of an item's family stands in ViewsTable."""
    return f"STATE#{key[0]}#{key[1]}", family


def digest(attributes: Mapping[str, Any]) -> str:
    """A short digest of an entry's attributes: equal exactly when the entries are."""
    canonical = json.dumps(attributes, sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=12).hexdigest()


def to_values(state: State) -> dict[str, Any]:
    """A state as attributes; JSON text, since it is read and written whole, and numbers keep every digit."""
    listings = [[*key, entry] for key, entry in state.listings.items()]
    totals = [[*key, {name: str(amount) for name, amount in sums.items()}] for key, sums in state.totals.items()]
    return {
        "token": state.token,
        "epoch": state.epoch,
        "listings": json.dumps(listings, separators=(",", ":")),
        "totals": json.dumps(totals, separators=(",", ":")),
    }


def from_raw(item: Mapping[str, Any] | None) -> State:
    """A state from the low-level item; no item is no state."""
    if item is None:
        return NO_STATE
    return State(
        token=item["token"]["S"],
        epoch=int(item["epoch"]["N"]),
        listings={(pk, sk): entry for pk, sk, entry in json.loads(item["listings"]["S"])},
        totals={
            (pk, name): {attribute: Decimal(amount) for attribute, amount in sums.items()}
            for pk, name, sums in json.loads(item["totals"]["S"])
        },
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return ["number", str(value)]
    if isinstance(value, (set, frozenset)):
        return ["set", *sorted(map(str, value))]
    raise TypeError(f"a listing cannot hold a {type(value).__name__}")
