"""What the product says in English in the other languages: the words of the pages, and why something is refused.

The catalogues are gettext's; `infra/build/catalogues.py` fills them. They lie here, below all slices, because not only
pages speak to people: a file that somebody downloads does, too.
"""

import re
from functools import lru_cache, partial
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Any

from crm.core import named
from crm.core.reason import Reason, Word
from crm.mail import languages
from crm.mail.languages import Language
from crm.templates.rules import LANGUAGES, LAST_RESORT

DOMAIN = "console"
LOCALES = Path(__file__).with_name("locales")
_PARTS = re.compile(r"\{\w+\}")


@lru_cache(maxsize=len(LANGUAGES))
def words(code: str) -> NullTranslations:
    """The catalogue of a language. English is what the templates say."""
    # Without catalogues a build would speak English, which is better than nothing; a test looks into what is built.
    return translation(DOMAIN, LOCALES, languages=[code], fallback=True)


def reason(code: str, refused: str) -> str | None:
    """Why something was refused, in a language; None where only English has words for it."""
    if code == LAST_RESORT or not refused:
        # Our sentence, where the API answers with pydantic's.
        return refused.said(str, str) if isinstance(refused, Reason) else refused
    word = words(code).gettext
    if not isinstance(refused, Reason) or not all(map(partial(_has_words, word), refused.sentences())):
        return None
    return refused.said(word, partial(_part, languages.choose(code)))


def field(code: str, pointer: str) -> str | None:
    """What a field is called in a language, by its name or pointer; None for one that has no word."""
    known = named.FIELDS.get(pointer.strip("/").replace("/", "."))
    return words(code).gettext(known.template) if known else None


def _has_words(word: Word, sentence: str) -> bool:
    """Whether a language has words for a sentence; one of parts and signs alone is the same in many."""
    return word(sentence) != sentence or not any(map(str.isalpha, _PARTS.sub("", sentence)))


def _part(language: Language, part: Any) -> str:
    """A number in the reader's digits; what is not ours set apart, as it may run the other way (Unicode, UAX #9)."""
    return languages.shown(part, language) if isinstance(part, int) else f"\u2068{part}\u2069"
