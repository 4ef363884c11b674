"""The texts that come with the product: one file per template and language under `texts/`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from crm.templates.placeholders import Use
from crm.templates.rules import LANGUAGES

USES: Mapping[str, Use] = {
    "birthday": "greeting",
    "purchase_anniversary": "greeting",
    "joined_anniversary": "greeting",
    "thank_you": "greeting",
    "welcome": "greeting",
    "follow_up": "greeting",
    "maintenance": "greeting",
    "feast": "greeting",
    "checkup": "greeting",
    "reminder": "reminder",
    "reminder_staff": "staff",
    "digest": "digest",
    "assigned": "assigned",
    "announcement": "announcement",
}
"""What each shipped template is for."""
OTHER_NAMES = {"reminder_customer": "reminder"}

_FOLDER = Path(__file__).parent / "texts"
_SECTION = re.compile(r"^\[([a-z_]+)\]$", re.MULTILINE)


def by_its_name(name: str) -> str:
    """The name under which a template is kept; some are called by an older one."""
    return OTHER_NAMES.get(name, name)


@lru_cache(maxsize=64)
def sections(name: str, language: str) -> Mapping[str, str] | None:
    """Subject, heading and body of a shipped template in one language (`ur`); None where there is none."""
    if name not in USES or language not in LANGUAGES:
        return None
    parts = _SECTION.split((_FOLDER / name / f"{language}.txt").read_text(encoding="utf-8"))
    return {title: text.strip() for title, text in zip(parts[1::2], parts[2::2], strict=True)}
