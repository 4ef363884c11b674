"""All that we keep of one person as a page to read and to print, in their language: what `crm.privacy.person` collects.

No script, nothing from elsewhere, everything escaped. Names of fields are shown as people call them; one that nobody
has given a name in the reader's language stands as programs call it, so that nothing is left out.
"""

import base64
import hashlib
import html
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from crm.calendar import rules as calendar_rules
from crm.core.config import settings
from crm.mail import languages, templates
from crm.mail.languages import Language
from crm.own_fields import service as own_field_service
from crm.privacy import person_values
from crm.privacy.person import Contents
from crm.privacy.person_values import CUSTOM, Reader

TEXTS = "own_data"
_STYLE = (
    "body{font-family:sans-serif;line-height:1.5;max-width:60rem;margin:auto;padding:1rem;overflow-wrap:anywhere}"
    "table{width:100%;border-collapse:collapse;margin-block-end:1rem}"
    "th,td{text-align:start;vertical-align:top;padding-block:.2rem;border-block-end:1px solid #ddd}"
    "th{width:38%;padding-inline-end:1rem;font-weight:normal;color:#555}"
    "section{break-inside:avoid}h1{font-size:1.4rem}h2{font-size:1.1rem}"
    ".hint{color:#555}@media print{.hint{display:none}body{max-width:none;padding:0}}"
)
Labels = Mapping[str, str]


def content_security_policy() -> str:
    """Nothing but the page's own style."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def page(contents: Contents) -> str:
    """The page, in the language and the direction of the person's profile."""
    profile = contents.get("profile", [{}])[0]
    language = languages.choose(profile.get("language"), settings().business_language)
    texts, told = templates.sections(TEXTS, language.code), reader(language, profile.get("timezone"))
    parts = "".join(
        _section(texts["kinds"], kind, found, told) for kind, found in sorted(contents.items(), key=_profile_first)
    )
    title = html.escape(templates.fill(texts["export_title"], {"business": settings().business_name}))
    name = html.escape(str(profile.get("name", "")))
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{_STYLE}</style>'
    )
    hint = f'<p class="hint">{html.escape(texts["print"])}</p>'
    body = f"<h1>{title}</h1><p><bdi>{name}</bdi></p>{hint}{parts}"
    direction = f'lang="{language.code}" dir="{language.direction}"'
    return f"<!doctype html><html {direction}><head>{head}</head><body>{body}</body></html>"


def reader(language: Language, zone: str | None) -> Reader:
    """Whom fields and values are told. `zone`: on whose clocks, where it is not the business's.

    Labels of the business's own fields stand behind `custom/`.
    """
    own = {one.name: one for one in own_field_service.definitions()}
    labels = {f"{CUSTOM}/{name}": one.label(language.code) for name, one in own.items()}
    return Reader(
        language,
        calendar_rules.zone_of(zone, business=settings().business_timezone),
        {**_listed(templates.sections(TEXTS, language.code)["labels"]), **labels},
        own,
    )


@lru_cache(maxsize=16)
def _listed(text: str) -> Labels:
    """`name = what people call it`, one in a line."""
    pairs = (line.partition(" = ") for line in text.splitlines())
    return {name: label for name, _, label in pairs}


def _profile_first(entry: tuple[str, Any]) -> tuple[bool, str]:
    return entry[0] != "profile", entry[0]


def _section(kinds: str, kind: str, found: list[dict[str, Any]], reader: Reader) -> str:
    money = settings().reporting_currency
    tables = "".join(f"<section><table>{''.join(_rows(item, reader, money))}</table></section>" for item in found)
    return f"<h2>{html.escape(_listed(kinds).get(kind, kind))}</h2>{tables}"


def _rows(item: Mapping[str, Any], reader: Reader, currency: str, before: tuple[str, ...] = ()) -> Iterator[str]:
    currency = item.get("currency") or currency
    for name, value in item.items():
        # In histories fields are called by pointer, such as /consent/greeting.
        path = (*before, *(part for part in name.split("/") if part))
        if isinstance(value, dict):
            yield from _rows(value, reader, currency, path)
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            numbered = {languages.shown(place, reader.language): one for place, one in enumerate(value, start=1)}
            yield from _rows(numbered, reader, currency, path)
        else:
            field = html.escape(called(path, reader.labels))
            said = html.escape(person_values.said(value, path, reader, currency=currency))
            # Each in its own direction: an e-mail address in a page in Urdu, a name in Hebrew in one in English.
            yield f"<tr><th>{field}</th><td><bdi>{said}</bdi></td></tr>"


def called(path: tuple[str, ...], labels: Labels) -> str:
    """What people call the field at a path."""
    parts = [
        labels.get(f"{CUSTOM}/{name}", name) if before == CUSTOM else labels.get(name, name)
        for before, name in zip(("", *path), path, strict=False)
    ]
    return " / ".join(parts)
