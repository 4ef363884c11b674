"""The pages' words in the reader's language (gettext), and which language that is."""

import re
from functools import lru_cache, partial
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Any

from markupsafe import Markup

from crm.console.asked import Asked
from crm.core import accepting
from crm.core.config import settings
from crm.core.reason import Reason, Word
from crm.mail import languages
from crm.mail.languages import Language
from crm.templates.rules import LANGUAGES, LAST_RESORT

DOMAIN = "console"
LOCALES = Path(__file__).with_name("locales")
_PARTS = re.compile(r"\{\w+\}")


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it, which Babel looks for
    """A word that is translated where it is shown: marks it for the catalogues."""
    return text


def chosen(asked: Asked, own: str | None) -> Language:
    """The reader's own language, else the first of those that the browser names, else the business's."""
    accepted = accepting.by_weight(asked.headers.get("accept-language", ""))
    return languages.choose(own, *accepted, settings().business_language)


@lru_cache(maxsize=len(LANGUAGES))
def words(code: str) -> NullTranslations:
    """The catalogue of a language. English is what the templates say."""
    # Without catalogues a build would speak English, which is better than nothing; a test looks into what is built.
    return translation(DOMAIN, LOCALES, languages=[code], fallback=True)


def reason(code: str, refused: str) -> str | None:
    """Why something was refused, in a language; None where only English has words for it."""
    if code == LAST_RESORT or not refused:
        return refused
    word = words(code).gettext
    if not isinstance(refused, Reason) or not all(map(partial(_has_words, word), refused.sentences())):
        return None
    return refused.said(word, partial(_part, languages.choose(code)))


def _has_words(word: Word, sentence: str) -> bool:
    """Whether a language has words for a sentence; one of parts and signs alone is the same in many."""
    return word(sentence) != sentence or not any(map(str.isalpha, _PARTS.sub("", sentence)))


def _part(language: Language, part: Any) -> str:
    """A number in the reader's digits; what is not ours set apart, as it may run the other way (Unicode, UAX #9)."""
    return languages.shown(part, language) if isinstance(part, int) else f"\u2068{part}\u2069"


def functions(code: str) -> dict[str, Any]:
    """gettext's functions as templates call them. Texts are ours, markup and all; what is put into one is not."""
    known = words(code)

    def gettext(text: str, /, **values: Any) -> Markup:
        return Markup(known.gettext(text)) % values  # noqa: S704 - what follows the sign is escaped

    def ngettext(one: str, many: str, number: int, /, **values: Any) -> Markup:
        return Markup(known.ngettext(one, many, number)) % {"num": number, **values}  # noqa: S704

    return {"gettext": gettext, "ngettext": ngettext, "_": gettext}
