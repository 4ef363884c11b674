"""All that we keep of one person, for the person: by raw keys, so that a kind that no model knows is in it as well."""

import base64
import html
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import Binary

from crm.core import items
from crm.core.config import settings
from crm.core.table import from_item
from crm.customers.models import partition
from crm.mail import languages

# Ours, to keep requests and writers apart; they say nothing of the person.
_INTERNAL = frozenset({"pk", "sk", "entity", "request_hash", "revision", "claim_token", "undo", "expires_at", "silent"})
# What was bought stands in the purchases themselves; `bought` is a packed count of them.
_LEFT_OUT = frozenset({"receipt", "about", "bought", "erasing", "withheld"})
_STYLE = (
    "body{font-family:sans-serif;max-width:60rem;margin:auto;padding:1rem}"
    "th{text-align:start;vertical-align:top;padding-inline-end:1rem;font-weight:normal;color:#555}"
    "section{break-inside:avoid}table{margin-block-end:1rem}"
)
Contents = dict[str, list[dict[str, Any]]]


def collect(customer_id: str) -> Contents:
    """By kind every item of the customer's partition in the order of its keys, without what is internal."""
    found: Contents = {}
    for raw in items.since(partition(customer_id), " "):
        item = from_item(raw)
        kind = str(item["sk"]).partition("#")[0].lower()
        if kind not in _LEFT_OUT:
            place = {"key": item["sk"]} if "#" in str(item["sk"]) else {}
            known = {name: _plain(value) for name, value in sorted(item.items()) if name not in _INTERNAL}
            found.setdefault(kind, []).append({**place, **known})
    return found


def page(customer_id: str, contents: Contents) -> str:
    """The same to read and to print: no script, nothing from elsewhere, everything escaped."""
    profile = contents.get("profile", [{}])[0]
    language = languages.choose(profile.get("language"), settings().business_language)
    parts = "".join(_section(kind, found) for kind, found in sorted(contents.items(), key=_profile_first))
    title = f"{settings().business_name}: {profile.get('name', customer_id)}"
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{_STYLE}</style>'
    direction = f'lang="{language.code}" dir="{language.direction}"'
    return (
        f"<!doctype html><html {direction}><head>{head}</head><body><h1>{html.escape(title)}</h1>{parts}</body></html>"
    )


def _profile_first(entry: tuple[str, Any]) -> tuple[bool, str]:
    return entry[0] != "profile", entry[0]


def _section(kind: str, found: list[dict[str, Any]]) -> str:
    tables = "".join(f"<section><table>{''.join(_rows(item))}</table></section>" for item in found)
    return f"<h2>{html.escape(kind)}</h2>{tables}"


def _rows(item: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, value in item.items():
        if isinstance(value, dict):
            yield from _rows(value, f"{before}{name} / ")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            # Each in its own direction: an e-mail address in a page in Urdu, a name in Hebrew in one in English.
            yield f'<tr><th>{html.escape(before + name)}</th><td dir="auto">{html.escape(text)}</td></tr>'


def _plain(value: Any) -> Any:
    """A stored value as JSON has it; exact numbers as text, as the API writes money."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else format(value, "f")
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, (Binary, bytes)):
        return base64.b64encode(value.value if isinstance(value, Binary) else value).decode()  # type: ignore[attr-defined]
    return value
