"""Signed tokens for cursors and links that leave the house.

The keys are one SSM parameter, `{"current": "<key id>", "keys": {"<key id>": "<base64>"}}`, read once per
environment. Tokens carry their key id, so a new key can be made current while old tokens still verify.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config

from crm.core import direct, table
from crm.core.config import settings

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_MAC_BYTES = 16
_PRINT_DIGITS = 40


class BadToken(ValueError):
    """The token was not made by us for this purpose, or its key has been retired."""


@dataclass(frozen=True)
class Keys:
    """Signing keys by id, and the id of the one that signs now."""

    current: str
    by_id: dict[str, bytes]


def sign(purpose: str, payload: bytes) -> str:
    """A URL-safe token that carries `payload` and verifies only for the same `purpose`."""
    known = keys()
    return ".".join((known.current, _encode(payload), _encode(_mac(known.by_id[known.current], purpose, payload))))


def verify(purpose: str, token: str) -> bytes:
    """The payload of a token. Raises BadToken for anything that `sign` did not make for this purpose."""
    key, payload, mac = _parts(token)
    return _made_sure(key, purpose, payload, mac)


def seal(purpose: str, payload: bytes) -> str:
    """Like `sign`, but nobody can read the payload: the place where a page ended may be a name that they do not see.

    A synthetic initialisation vector, as in RFC 5297: the signature itself begins the key stream, so a stream is used
    twice for the same payload alone.
    """
    known = keys()
    key = known.by_id[known.current]
    mac = _mac(key, purpose, payload)
    return ".".join((known.current, _encode(_crossed(key, mac, payload)), _encode(mac)))


def unseal(purpose: str, token: str) -> bytes:
    """The payload of a sealed token. Raises BadToken for anything that `seal` did not make for this purpose."""
    key, sealed, mac = _parts(token)
    return _made_sure(key, purpose, _crossed(key, mac, sealed), mac)


def is_current(token: str) -> bool:
    """Whether the key that signs now has made a token; it is not verified."""
    return token.partition(".")[0] == keys().current


def _parts(token: str) -> tuple[bytes, bytes, bytes]:
    """Key, payload as it stands in the token, and signature."""
    try:
        key_id, payload, mac = token.split(".")
        return keys().by_id[key_id], _decode(payload), _decode(mac)
    except (ValueError, KeyError) as malformed:
        raise BadToken("malformed token") from malformed


def _made_sure(key: bytes, purpose: str, payload: bytes, mac: bytes) -> bytes:
    if not hmac.compare_digest(mac, _mac(key, purpose, payload)):
        raise BadToken("the signature does not match")
    return payload


def fingerprints(purpose: str, payload: bytes) -> dict[str, str]:
    """By key id a keyed hash of `payload`, 40 hex digits; the signing key's first.

    Whoever lacks the key cannot find out by guessing what it is of, as they could with a plain hash of a phone number.
    """
    known = keys()
    ordered = sorted(known.by_id, key=lambda key_id: key_id != known.current)
    return {key_id: _digest(known.by_id[key_id], purpose, payload).hex()[:_PRINT_DIGITS] for key_id in ordered}


@lru_cache(maxsize=1)
def keys() -> Keys:
    """The keys of this deployment; a client is made for the one call and let go."""
    how = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3})
    client: SSMClient = cast("Any", direct.Client(direct.SSM, session=table.session(), how=how))
    value = client.get_parameter(Name=settings().signing_key_parameter, WithDecryption=True)["Parameter"]["Value"]
    document = json.loads(value)
    return Keys(document["current"], {key_id: base64.b64decode(key) for key_id, key in document["keys"].items()})


def _crossed(key: bytes, begin: bytes, payload: bytes) -> bytes:
    """The payload with the key stream that `begin` stands for; the same again gives it back."""
    blocks = range(-(-len(payload) // hashlib.sha256().digest_size))
    stream = b"".join(_digest(key, "stream", begin + number.to_bytes(4, "big")) for number in blocks)
    size = len(payload)
    return (int.from_bytes(payload) ^ int.from_bytes(stream[:size])).to_bytes(size)


def _mac(key: bytes, purpose: str, payload: bytes) -> bytes:
    return _digest(key, purpose, payload)[:_MAC_BYTES]


def _digest(key: bytes, purpose: str, payload: bytes) -> bytes:
    message = len(purpose).to_bytes(4, "big") + purpose.encode() + payload
    return hmac.digest(key, message, hashlib.sha256)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as malformed:
        raise ValueError("not base64url") from malformed
    if _encode(raw) != text:
        raise ValueError("not canonical base64url")
    return raw
