"""What a key is good for: pure. A secret is 256 random bits, so its plain SHA-256 tells nothing about it."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from crm.core import ids

# Scanners of repositories and logs can look for it.
_MARK = "crm"
_SECRET_BYTES = 32
_LONGEST = 200
# With one of them a key could make another key, or make itself an owner.
_NOT_FOR_MACHINES = frozenset({"keys.manage", "roles.manage", "staff.manage"})
State = Literal["active", "revoked", "ended"]


class Stored(Protocol):
    """What the rules see of a key; instants are RFC 3339 in UTC, so they compare as text."""

    @property
    def generation(self) -> int: ...
    @property
    def secret_hash(self) -> str: ...
    @property
    def earlier_hash(self) -> str | None: ...
    @property
    def earlier_until(self) -> str | None: ...
    @property
    def valid_until(self) -> str: ...
    @property
    def revoked_at(self) -> str | None: ...


@dataclass(frozen=True)
class Presented:
    """What a machine sends: which key it says it has, and the secret."""

    key_id: str
    secret: str


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def hashed(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def presented(key_id: str, secret: str) -> str:
    """The key as a machine sends it: `crm_<id>_<secret>`."""
    return f"{_MARK}_{key_id}_{secret}"


def read(header: str) -> Presented | None:
    """What stands in an Authorization header, with or without `Bearer`; None: no key at all."""
    text = header.strip()
    text = text[7:].strip() if text[:7].lower() == "bearer " else text
    mark, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    if mark != _MARK or not ids.is_one(key_id) or not secret or len(text) > _LONGEST or not text.isascii():
        return None
    return Presented(key_id, secret)


def generation_of(key: Stored, secret: str, *, now: str) -> int | None:
    """Which of the key's secrets this is, the present one or the one before it; None: neither, or the key has ended."""
    found = hashed(secret)
    is_present = hmac.compare_digest(found, key.secret_hash)
    is_earlier = hmac.compare_digest(found, key.earlier_hash or "")
    generation = key.generation if is_present else key.generation - 1
    return generation if (is_present or is_earlier) and holds(key, generation, now=now) else None


def holds(key: Stored, generation: int, *, now: str) -> bool:
    """Whether what was opened with this generation of the secret is still open."""
    if key.revoked_at or now >= key.valid_until:
        return False
    if generation == key.generation:
        return True
    return generation == key.generation - 1 and bool(key.earlier_until and now < key.earlier_until)


def state(key: Stored, *, now: str) -> State:
    """Whether a key opens anything, and why not."""
    if key.revoked_at:
        return "revoked"
    return "ended" if now >= key.valid_until else "active"


def is_for_machines(permissions: Iterable[str]) -> bool:
    """Whether a key may have a role with these permissions; some are for people alone."""
    return _NOT_FOR_MACHINES.isdisjoint(permissions)
