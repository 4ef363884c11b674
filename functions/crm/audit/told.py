"""What an item that carries who had it written tells of a deed: a record, a change, or a new event. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.audit.models import CUSTOMER, RECORD
from crm.changes.rules import pointer
from crm.core.cause import CARRIED
from crm.core.items import Key

Changes = Mapping[str, Mapping[str, Any]]
CHANGE, EVENT = "CHANGE#", "EVENT#"
# Behind it the key of a change that a merge has taken elsewhere says with whom it stood.
_MOVED = "#~"


@dataclass(frozen=True)
class Deed:
    """What became of one item, by pointer {from, to} and the like."""

    key: Key
    kind: str
    did: str
    changes: Changes


@dataclass(frozen=True)
class Told:
    """One record, whatever item it is. `about`: the customer's id or ""; `name`: the same wherever the item stands."""

    about: str
    name: str
    at: str
    event: str
    salt: str
    marks: Mapping[str, str]
    deeds: tuple[Deed, ...] = ()
    named: Mapping[str, Any] | None = None


def is_record(sk: str) -> bool:
    """Whether an item of this sort key may be one."""
    return sk.startswith((RECORD, CHANGE, EVENT))


def told(item: Mapping[str, Any]) -> Told | None:
    """What an item (plain values) tells; None where it carries nothing: it is older than the audit, or no record."""
    carried = item.get(CARRIED)
    if not carried or not is_record(str(item["sk"])):
        return None
    marks = {name: str(value) for name, value in carried.items() if name not in ("salt", "about")}
    about, salt, name = str(carried["about"]), str(carried["salt"]), _name(str(item["sk"]))
    pk = f"{CUSTOMER}{about}"
    if name.startswith(CHANGE):
        marks |= {one: str(item[one]) for one in ("who", "way", "of") if item.get(one)}
        deed = Deed((pk, "PROFILE"), "profile", "changed", item["changes"])
        return Told(about, name, str(item["at"]), "done", salt, marks, (deed,))
    if name.startswith(EVENT):
        marks = {"who": str(item["recorded_by"]), **marks}
        values = {"kind": item["kind"], "at": item["at"], **item["details"]}
        made = Deed((pk, name), str(item["kind"]), "made", {pointer(one): {"to": values[one]} for one in values})
        return Told(about, name, str(item["recorded_at"]), "done", salt, marks, (made,))
    deeds = tuple(_deed(one) for one in item.get("deeds") or ())
    return Told(about, name, str(item["at"]), str(item["event"]), salt, marks, deeds, item.get("named"))


def _name(sk: str) -> str:
    return sk.partition(_MOVED)[0]


def _deed(stored: Mapping[str, Any]) -> Deed:
    return Deed((stored["pk"], stored["sk"]), stored["kind"], stored["did"], stored["changes"])
