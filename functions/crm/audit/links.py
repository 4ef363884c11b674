"""The links of the chain: what stands in an entry, and how each holds the one before. Pure but for the signing key.

An entry is JSON, and holds no value and no name: who, which route, which things by their ids, which fields by their
pointers, and for each end of a change a hash, 128 bits of SHA-256 over the record's own salt, the pointer, the end and
the value. The salt stands in the record, so with a record goes every way of guessing what was in it. The entry's own
hash is SHA-256 over the hash of the entry before and its text; over that a keyed hash (HMAC-SHA-256, the signing key)
says that we have written it, and with it everything before.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crm.audit import kinds
from crm.audit.told import Deed, Told
from crm.core import signing
from crm.core.items import Key

START = "0" * 64
"""Stands before the first entry."""
_PURPOSE = "audit"
_HASH_BYTES = 16
_FREELY_NAMED = frozenset({"custom"})
_WHERE = ("address", "agent")
_MARKS = ("who", "way", "role", "key", "of", "route", "request")


def text(told: Told, *, number: int, linked_at: str, record: Key) -> str:
    """The entry of a record: JSON in one form."""
    entry: dict[str, Any] = {
        "number": number,
        "at": told.at,
        "linked_at": linked_at,
        "event": told.event,
        "about": told.about,
        **{name: told.marks[name] for name in _MARKS if name in told.marks},
        **hashes(told),
        "record": record,
    }
    return canonical({name: value for name, value in entry.items() if value not in ("", None, [])})


def hashes(told: Told) -> dict[str, Any]:
    """What an entry says of a record's contents: from where, what was done to what, and what a request named."""
    where = {name: told.marks[name] for name in _WHERE if name in told.marks}
    return {
        "where": hashed(told.salt, "where", "", where) if where else "",
        "deeds": [_deed(told.salt, one) for one in told.deeds],
        "named": dict(told.named) if told.named else None,
    }


def _deed(salt: str, deed: Deed) -> dict[str, Any]:
    ends = {
        _pointer(salt, name): {end: hashed(salt, name, end, value) for end, value in change.items()}
        for name, change in deed.changes.items()
    }
    return {"kind": deed.kind, "did": deed.did, "item": [kinds.plain(part) for part in deed.key], "changes": ends}


def _pointer(salt: str, name: str) -> str:
    """A field as an entry names it: what the business has defined under `custom` may be called by anything."""
    _, first, *rest = name.split("/")
    return f"/{first}/~{hashed(salt, name, 'name', None)}" if first in _FREELY_NAMED and rest else name


def hashed(salt: str, name: str, end: str, value: Any) -> str:
    """The salted hash of one value, in 22 characters."""
    digest = hashlib.sha256(canonical([salt, name, end, value]).encode()).digest()
    return base64.urlsafe_b64encode(digest[:_HASH_BYTES]).decode().rstrip("=")


def chained(before: str, entry: str) -> str:
    """The hash of an entry behind another."""
    return hashlib.sha256(f"{before}\n{entry}".encode()).hexdigest()


def sealed(chain_hash: str) -> tuple[str, str]:
    """The id of the present signing key and its keyed hash."""
    return next(iter(_seals(chain_hash).items()))


def is_ours(chain_hash: str, *, key: str, mac: str) -> bool | None:
    """Whether a keyed hash is right; None: the key has been retired, an entry further on has to vouch for this one."""
    known = _seals(chain_hash).get(key)
    return None if known is None else hmac.compare_digest(known.encode(), mac.encode())


def canonical(value: Any) -> str:
    """JSON in one form: names sorted, no spaces, numbers without zeros at their end, sets in order."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _seals(chain_hash: str) -> Mapping[str, str]:
    return signing.fingerprints(_PURPOSE, chain_hash.encode())


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return format(value.normalize(), "f")
        case set() | frozenset():
            return sorted(value, key=str)
    # Binary values.
    return bytes(value).hex()
