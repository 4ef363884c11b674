"""Identifiers: unguessable when new, the same again when a request is repeated."""

import base64
import hashlib
import json
import re
import secrets
from typing import Any

_ID = re.compile(r"[a-z2-7]{26}")


def new() -> str:
    """A random id of 128 bits: 26 characters of a-z and 2-7."""
    return _text(secrets.token_bytes(16))


def derived(*, caller: str, route: str, idempotency_key: str | None) -> str:
    """The id of what a POST creates: the same for the same caller, route and `Idempotency-Key`, else random."""
    if idempotency_key is None:
        return new()
    return _text(_digest(caller, route, idempotency_key)[:16])


def is_one(text: str) -> bool:
    """Whether a text looks like one of our ids."""
    return bool(_ID.fullmatch(text))


def request_hash(body: Any) -> str:
    """A short hash of a JSON-like request body, to tell a replay from another request under the same key."""
    return _text(_digest(json.dumps(body, sort_keys=True, default=str))[:16])


def _digest(*parts: str) -> bytes:
    # JSON keeps the borders between parts: ("ab", "c") and ("a", "bc") differ.
    return hashlib.sha256(json.dumps(parts).encode()).digest()


def _text(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()
