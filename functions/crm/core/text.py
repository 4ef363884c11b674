"""Folding of names and digits for comparison, in all scripts the product is used in.

The fold keeps what distinguishes names (vowel signs of Devanagari and Bengali: combining classes 0 and 9) and drops
what does not (Latin accents, Arabic vowel points, Hebrew points). NFC and NFKC alone do not join ي/ی or ك/ک.
"""

import re
import unicodedata

_DROPPED_CLASSES = frozenset({*range(10, 36), 220, 222, 228, 230, 232})
_NUKTA = 7
_TATWEEL = "\u0640"
_LETTERS = str.maketrans(
    {
        **dict.fromkeys("يىې", "ی"),
        "ك": "ک",
        **dict.fromkeys("هۃةۂ", "ہ"),
        **dict.fromkeys("أإآٱ", "ا"),
        "ؤ": "و",
        "ئ": "ی",
        _TATWEEL: None,
    }
)
_JAPANESE = {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK"}
_SPACES = re.compile(r"\s+")


def strict_key(text: str) -> str:
    """The key under which two spellings are the same name (duplicates): keeps the nukta."""
    return _fold(text, dropped=_DROPPED_CLASSES)


def loose_key(text: str) -> str:
    """The key for search: also drops the nukta, which many people do not type."""
    return _fold(text, dropped=_DROPPED_CLASSES | {_NUKTA})


def ascii_digits(text: str) -> str:
    """The text with the decimal digits of every script written 0-9."""
    return "".join(_digit(character) for character in text)


def words(text: str) -> list[str]:
    """The loosely folded words of a text, in order: runs of letters, their marks, and digits.

    Every other character parts words: בן־גוריון is also looked for under its second half, O’Brien by any apostrophe.
    """
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in loose_key(text)).split()


def mixes_scripts(text: str) -> bool:
    """Whether any label of a domain joins letters of several scripts, as look-alikes (exаmple with a Cyrillic а) do."""
    return any(len(_scripts(label)) > 1 for label in text.split("."))


def _scripts(label: str) -> set[str]:
    # The first word of a letter's Unicode name is its script; Japanese writes three of them together.
    names = {unicodedata.name(letter, "").split(" ")[0] for letter in label if letter.isalpha()}
    return names - _JAPANESE | ({"CJK"} if names & _JAPANESE else set())


def _fold(text: str, *, dropped: frozenset[int]) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    kept = (c for c in decomposed if unicodedata.category(c) != "Cf" and unicodedata.combining(c) not in dropped)
    composed = unicodedata.normalize("NFC", "".join(kept)).translate(_LETTERS)
    return _SPACES.sub(" ", ascii_digits(composed.casefold())).strip()


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
