"""The words of the console's pages: from its templates into the catalogues, and from these into what gettext reads.

The sentences of the policy, which pages show as well, are taken from its file; the reasons why something is refused,
from all slices.

`python -m infra.build.catalogues` takes new words into `functions/crm/catalogues/locales/*/LC_MESSAGES/console.po`,
where they wait for a translation, and throws out those that no template says any more. English is what the templates
say.
"""

from __future__ import annotations

import io
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
CRM = ROOT / "functions" / "crm"
CONSOLE = CRM / "console"
LOCALES = CRM / "catalogues" / "locales"
POLICY = CRM / "access" / "policy.toml"
LANGUAGES = ("ur", "bn", "ne", "he")
DOMAIN = "console"
_METHODS = [("**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
_OPTIONS = {"**.html": {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}


@lru_cache(maxsize=1)
def template() -> Catalog:
    """All words that the templates and the code say, in the order in which they do, and the policy's sentences."""
    found = Catalog(project="crm", domain=DOMAIN, charset="utf-8")
    keywords = {"gettext": None, "ngettext": (1, 2), "_": None, "N_": None}
    said = sorted(extract_from_dir(CONSOLE, _METHODS, _OPTIONS, keywords), key=lambda one: (one[0], one[1]))
    for name, _, message, comments, _ in said:
        found.add(message, locations=[(name, 1)], auto_comments=comments)
    for sentence in reasons(CRM):
        found.add(sentence)
    for sentence in sentences(tomllib.loads(POLICY.read_text("utf-8"))):
        found.add(sentence)
    return found


def reasons(slices: Path) -> Iterator[str]:
    """Why something is refused (`crm.core.reason`), as the slices say it where they refuse it."""
    found = extract_from_dir(slices, [("**.py", "python")], {}, {"Reason": None, "meaning": (2,)})
    for _, _, sentence, _, _ in sorted(found, key=lambda one: (one[0], one[1])):
        if isinstance(sentence, str):
            yield sentence


def sentences(policy: Mapping[str, Any]) -> Iterator[str]:
    """What a policy says in words: of permissions, of fields that can be hidden, of roles."""
    for group in ("customers", "everybody", "business"):
        yield from policy["permissions"][group].values()
    yield from policy["hideable"].values()
    yield from (role["says"] for role in policy["roles"].values())


def place(language: str, locales: Path = LOCALES) -> Path:
    """Where the catalogue of a language is."""
    return locales / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """The catalogue of a language; an empty one where there is none yet."""
    path = place(language)
    if not path.exists():
        return Catalog(locale=language, project="crm", domain=DOMAIN, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def update(language: str) -> int:
    """Bring a catalogue up to what the pages say; how many words wait for a translation."""
    catalogue = read(language)
    # Nothing is guessed: a translation of something alike would be taken for one.
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    path = place(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_written(catalogue))
    return sum(1 for _ in untranslated(catalogue))


def untranslated(catalogue: Catalog) -> Iterator[str]:
    """What has no translation, or not of all plurals, or a doubtful one."""
    for message in catalogue:
        if message.id:
            forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
            if message.fuzzy or not all(forms):
                yield str(message.id)


def compile_into(locales: Path) -> None:
    """Write what gettext reads, where it is not there or older than its catalogue."""
    for language in LANGUAGES:
        source, target = place(language), place(language, locales).with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            target.parent.mkdir(parents=True, exist_ok=True)
            # Of its own: tests beside each other compile, too.
            unfinished = target.with_suffix(f".{os.getpid()}.new")
            with unfinished.open("wb") as file:
                write_mo(file, read(language))
            unfinished.replace(target)


def _written(catalogue: Catalog) -> bytes:
    """Without dates and line numbers, which would change with each edit."""
    text = io.BytesIO()
    write_po(text, catalogue, omit_header=False, no_location=True, width=120)
    lines = text.getvalue().decode().splitlines(keepends=True)
    dated = ('"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator', '"Report-Msgid', '"Generated-By', "# ")
    kept = (
        line for line in lines if not line.startswith(dated) and line not in {"#\n", '"FULL NAME <EMAIL@ADDRESS>\\n"\n'}
    )
    return "".join(kept).encode()


if __name__ == "__main__":
    waiting = {language: update(language) for language in LANGUAGES}
    compile_into(LOCALES)
    sys.stdout.write(", ".join(f"{language}: {count} to translate" for language, count in waiting.items()) + "\n")
    sys.exit(1 if any(waiting.values()) else 0)
