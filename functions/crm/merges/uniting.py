"""Two items of one name, one of each record: which stands. Pure; items are as DynamoDB writes them.

The same mail to both is one mail, and the one of which the person knows more stands, so that nobody gets it twice. The
recent mails that the cap counts are those of both. Of the answers to one questionnaire the later ones stand. Of
everything else the record that stays keeps its own, and the
other one's is kept beside it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from crm.core import table
from crm.merges.raw import Item

_EXPIRED, _WITHHELD, _SPOKEN = "expired", "withheld", "spoken"
# What certainly went out, and came furthest, last.
_RANKS = (
    *(_EXPIRED, _WITHHELD, "due", "claimed", _SPOKEN, "rejected", "bounced"),
    *("unknown", "handed", "accepted", "delivered", "complained"),
)
ALWAYS = frozenset({"ALLOWANCE"})
"""Kinds that change when they go over, even where there is none to unite with: they name messages by their owner."""
FOR_UNDO_ONLY = frozenset({"ALLOWANCE", "MAIL"})
"""Kinds whose own item is in the united one; of other kinds the item that is kept is all there is of it."""


def united(mine: Item | None, theirs: Item, *, into: str, old: str) -> Item | None:
    """What stands with the record that stays in place of its own (None: it has none); None: its own stays."""
    kind = theirs["sk"]["S"].partition("#")[0]
    return _UNITED[kind](mine, theirs, into, old) if kind in _UNITED else None


def _mail(mine: Item | None, theirs: Item, _into: str, _old: str) -> Item | None:
    if mine is None or _rank(theirs) <= _rank(mine):
        return None
    revision = max(int(one["revision"]["N"]) for one in (mine, theirs)) + 1
    return {**theirs, "pk": mine["pk"], "revision": {"N": str(revision)}}


def _rank(message: Item) -> int:
    state = message["state"]["S"]
    if state == _WITHHELD and "done_at" in message.get("to_call", {}).get("M", {}):
        # Somebody has greeted them by voice.
        state = _SPOKEN
    return _RANKS.index(state) if state in _RANKS else len(_RANKS)


def _allowance(mine: Item | None, theirs: Item, into: str, old: str) -> Item:
    had: list[dict[str, Any]] = table.from_item(mine)["claims"] if mine else []
    known = {claim["key"] for claim in had}
    came = [{**claim, "key": _key(claim["key"], into, old)} for claim in table.from_item(theirs)["claims"]]
    claims = sorted([*had, *(claim for claim in came if claim["key"] not in known)], key=lambda claim: claim["on"])
    revision = max(int(one["revision"]["N"]) for one in (mine, theirs) if one) + 1
    place = {"pk": {"S": theirs["pk"]["S"].removesuffix(old) + into}}
    return {**theirs, **place, **table.to_item({"claims": claims, "revision": revision})}


def _answers(mine: Item | None, theirs: Item, _into: str, _old: str) -> Item | None:
    if mine is None or theirs["at"]["S"] <= mine["at"]["S"]:
        return None
    return {**theirs, "pk": mine["pk"]}


def _key(key: str, into: str, old: str) -> str:
    mine = f"customer_{old}_"
    return f"customer_{into}_{key.removeprefix(mine)}" if key.startswith(mine) else key


_UNITED: Mapping[str, Callable[[Item | None, Item, str, str], Item | None]] = {
    "ALLOWANCE": _allowance,
    "ANSWERS": _answers,
    "MAIL": _mail,
}
