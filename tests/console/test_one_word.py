"""Each thing has one word in a language, wherever it is spoken of: on pages, in mails, in the sentence of a rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.build import catalogues

CRM = Path(catalogues.CRM)
# The word that is used: others for the same, or the same for another thing, that once stood beside it.
WORDS = {
    "ur": {
        "مبارک باد": "مبارکباد",
        "قاعدہ": "اصول",
        "گروہ": "گروپ",
        "پتہ": r"\bپتا\b",
        "سائن اِن": "سائن ان",
        "ای میل": r"(?<!ای )\bمیل(?:یں|وں)?\b(?! نہیں کھاتا| باکس)|ای میلز|ڈاک سروس",
        "ڈیمو دکان": "نمونے کی دکان|نمائشی دکان",
        "نمونہ": "سانچ",
        "ضم": "ملائے گئے ریکارڈ|ملا دیا گیا",
        "فیصد": "%%",
        "ہو گا": "ہوگا|ہوگی",
    },
    "he": {
        "רכישה": r"(?<!ו)קני(?:יה|ות)\b",
        "מבצעים": r"\bהצעות\b",
        "מייל": r"\bדברי דואר\b|שירות הדואר|מכתב(?!ים שונים)|דואר אלקטרוני",
        "מוזג": r"\bאוחדה?ו?\b(?! עם)|איחוד(?! השתיים)",
        "הפעלה": "הדלק|[הי]ודלק",
        "שלכם": r"\b(?:משלך|אינך|באחריותך|אצלך)\b",
        "אחד": r"(?:רשומה|שורה|לקוח|יום|קובץ|תזכורת|תשובה|רישום|פנייה|מייל) %\(shown\)s",
        "״": "[“”„]",
        "־": r"(?<![א-תA-Za-z])[בכלמוהש]-(?=[%{A-Za-z0-9])",
    },
}


def _said(language: str) -> Iterator[str]:
    for message in catalogues.read(language):
        if message.id:
            yield from message.string if isinstance(message.string, (list, tuple)) else (message.string or "",)
    yield (CRM / "criteria" / "wording" / f"{language}.json").read_text("utf-8")
    for folder in (CRM / "mail" / "templates", CRM / "templates" / "texts"):
        yield from (path.read_text("utf-8") for path in sorted(folder.glob(f"*/{language}.txt")))


@pytest.mark.parametrize(("language", "word"), [(one, word) for one, words in WORDS.items() for word in words])
def test_one_thing_has_one_word(language: str, word: str) -> None:
    other = re.compile(WORDS[language][word])
    assert [text for text in _said(language) if other.search(text)] == []
