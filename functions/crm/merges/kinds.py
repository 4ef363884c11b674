"""What else is written when an item goes over to another record: by the kind that its sort key begins with.

Whoever keeps a kind of item that is found from elsewhere by its partition adds it here. Kinds that are not named go
over as they are.
"""

from collections.abc import Callable, Mapping
from typing import Any

from crm.interactions import rules as interactions
from crm.merges import raw
from crm.merges.raw import Item
from crm.purchases import rules as purchases

Writes = list[dict[str, Any]]
Also = Callable[[Item, str, str], Writes]
COUNTED: Mapping[str, str] = {
    "ABOUT": "reminders",
    "REMINDER": "reminders",
    "MAIL": "mails",
    "RELATION": "relations",
    "ANSWERS": "others",
}
"""By the kind of an item what it is counted as; what happened is told apart by what it was."""


def counted_as(sk: str) -> str | None:
    """As what an item is counted for who looks at a merge before it is made; None: nobody would ask for it."""
    kind, _, rest = sk.partition("#")
    if kind != "EVENT":
        return COUNTED.get(kind)
    event = rest.split("#")[1]
    return "purchases" if event == purchases.KIND else "contacts" if event in interactions.KINDS else "others"


def renamed(sk: str, *, old: str) -> str:
    """The sort key under which an item of the record `old` stands with another: changes of both have equal versions."""
    return f"{sk}#~{old}" if sk.startswith("CHANGE#") else sk


def own_name(sk: str, *, old: str) -> str:
    """The sort key under which it stood with `old` itself."""
    return sk.removesuffix(f"#~{old}") if sk.startswith("CHANGE#") else sk


def rewritten(item: Item, *, there: str, here: str) -> dict[str, Any]:
    """An item with what it says of whose it is set to the customer `here`."""
    whose = {"customer_id": {"S": here}} if item.get("customer_id") == {"S": there} else {}
    return {**item, **whose}


def also(item: Item, *, there: str, here: str) -> Writes:
    """What else to write when an item goes from the customer `there` to `here`."""
    kind = item["sk"]["S"].partition("#")[0]
    return _ALSO[kind](item, there, here) if kind in _ALSO else []


def _pointer(item: Item, there: str, here: str) -> Writes:
    """The pointer by which a reminder is found."""
    place = raw.key(item["sk"]["S"], "POINTER")
    found = raw.one(item["sk"]["S"], "POINTER")
    if found is None or found["owner_pk"] != raw.pk_of(there):
        return []
    now = {"here": raw.pk_of(here)["S"], "there": raw.pk_of(there)["S"]}
    return [raw.update(place, "SET #owner_pk = :here", "#owner_pk = :there", **now)]


def _with_staff(item: Item, there: str, here: str) -> Writes:
    """A reminder about the customer that stands with a member of staff says whom it is about."""
    _, reminder, staff = item["sk"]["S"].split("#", 2)
    found = raw.one(f"STAFF#{staff}", f"REMINDER#{reminder}")
    if found is None or found.get("customer_id") != {"S": there}:
        return []
    revision = int(found.get("revision", {"N": "0"})["N"])
    return [raw.replace(found, {**found, "customer_id": {"S": here}, "revision": {"N": str(revision + 1)}})]


_ALSO: Mapping[str, Also] = {"REMINDER": _pointer, "ABOUT": _with_staff}
