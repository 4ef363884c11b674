"""The links in a customer's mail: signed, short, and without personal data. One token opens both pages.

A token carries one letter for the purpose of the mail it stood in and the customer's random id, which is never used
again. An id as we make them is 16 bytes in 26 characters, so its bytes travel; any other as it is, after a capital.
"""

import base64
import binascii
from dataclasses import dataclass

from crm.core import signing
from crm.core.config import settings
from crm.mail import templates
from crm.mail.languages import Language

_SIGNED_FOR = "link"
PURPOSES = ("greeting", "marketing", "service")
_LETTERS = {purpose[0]: purpose for purpose in PURPOSES}
_ID_BYTES, _ID_CHARACTERS = 16, 26


@dataclass(frozen=True)
class Link:
    """Whom a link was made for, and in a mail of which purpose."""

    customer_id: str
    purpose: str


def token(link: Link) -> str:
    """The part of an address that says who opens it: 55 characters with a key id of eight."""
    letter, raw = link.purpose[0], _packed(link.customer_id)
    payload = letter.encode() + raw if raw else letter.upper().encode() + link.customer_id.encode()
    return signing.sign(_SIGNED_FOR, payload)


def read(text: str) -> Link | None:
    """Whom a token was made for; None for anything that we did not sign, or whose key was removed."""
    try:
        payload = signing.verify(_SIGNED_FOR, text)
        letter, raw = payload[:1].decode(), payload[1:]
        return Link(raw.decode() if letter.isupper() else _unpacked(raw), _LETTERS[letter.lower()])
    except (signing.BadToken, UnicodeDecodeError, KeyError):
        return None


def unsubscribe(link: Link) -> str:
    """The address behind "unsubscribe"."""
    return f"{settings().public_url}/unsubscribe/{token(link)}"


def preferences(link: Link) -> str:
    """The address of the page on which a customer chooses what to get."""
    return f"{settings().public_url}/preferences/{token(link)}"


def own_data(link: Link) -> str:
    """The address of the page on which a customer asks for a copy of their data, or to be forgotten."""
    return f"{settings().public_url}/own-data/{token(link)}"


def ways(link: Link, language: Language, *, sample: str | None = None) -> tuple[tuple[str, str], tuple[str, str]]:
    """The way out and the way to choose what to get: what each says, and where it leads; in samples to `sample`."""
    foot = templates.sections("footer", language.code)
    stop, choose = (sample, sample) if sample else (unsubscribe(link), preferences(link))
    return (foot["unsubscribe"], stop), (foot["preferences"], choose)


def _packed(customer_id: str) -> bytes | None:
    """The bytes of an id as `crm.core.ids` makes them; None for any other."""
    if len(customer_id) != _ID_CHARACTERS:
        return None
    try:
        raw = base64.b32decode(customer_id.upper() + "======")
    except binascii.Error:
        return None
    return raw if len(raw) == _ID_BYTES and _unpacked(raw) == customer_id else None


def _unpacked(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()
