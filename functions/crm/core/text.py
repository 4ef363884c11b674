"""Folding of names and digits for comparison, in all scripts the product is used in.

The fold keeps what distinguishes names (vowel signs of Devanagari and Bengali: combining classes 0 and 9) and drops
what does not (Latin accents, Arabic vowel points, Hebrew points). NFC and NFKC alone do not join ي/ی or ك/ک.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

# 202 and 216 are what is attached to a Latin letter: cedilla, ogonek, horn.
_DROPPED_CLASSES = frozenset({*range(10, 36), 202, 216, 220, 222, 228, 230, 232})
_NUKTA = 7
_VIRAMA = 9
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
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the direction of a line; joiners, which Urdu needs, are none of it."""
_SPACES = re.compile(r"\s+")


class _Table(dict[int, str]):
    """What each character becomes, worked out once: names use a few hundred of them over and over."""

    def __init__(self, rule: Callable[[str], str]) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, code: int) -> str:
        found = self[code] = self._rule(chr(code))
        return found


def strict_key(text: str) -> str:
    """The key under which two spellings are the same name (duplicates): keeps the nukta."""
    return _fold(text, _STRICT)


def loose_key(text: str) -> str:
    """The key for search: also drops the nukta, which many people do not type."""
    return _fold(text, _LOOSE)


def distinct(words: Iterable[str]) -> list[str]:
    """The words in order, of several ways of writing one (VIP, vip) only the first."""
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(strict_key(word), word)
    return list(found.values())


def quoted(words: str, *, most: int = 60) -> str:
    """What somebody wrote, as part of a sentence of ours: in quotes and isolates, so that a Hebrew tag turns no words
    around it; without what turns or breaks lines itself."""
    kept = (one for one in words[:most] if one not in _TURNING and unicodedata.category(one) not in {"Cc", "Zl", "Zp"})
    shown = "".join(kept)
    return f"“\u2068{shown}\u2069”"


def ascii_digits(text: str) -> str:
    """The text with the decimal digits of every script written 0-9."""
    return text.translate(_DIGITS)


def words(text: str) -> list[str]:
    """The loosely folded words of a text, in order: runs of letters, their marks, and digits.

    Every other character parts words: בן־גוריון is also looked for under its second half, O’Brien by any apostrophe.
    """
    return loose_key(text).translate(_OF_WORDS).split()


def graphemes(text: str) -> list[str]:
    """The text in what its reader takes for one letter: with its marks, and consonants that a virama joins as one.

    Extended grapheme clusters (UAX #29), as far as names go; what emoji are made of is parted.
    """
    found, before = list[str](), " "
    for character in text:
        category = unicodedata.category(character)
        is_joined = unicodedata.combining(before) == _VIRAMA and category[0] == "L"
        if found and (is_joined or category[0] == "M" or category == "Cf"):
            found[-1] += character
        else:
            found.append(character)
        # Joiners stand between a virama and what it joins.
        before = before if category == "Cf" else character
    return found


def mixes_scripts(text: str) -> bool:
    """Whether any label of a domain joins letters of several scripts, as look-alikes (exаmple with a Cyrillic а) do."""
    return any(len(_scripts(label)) > 1 for label in text.split("."))


def _scripts(label: str) -> set[str]:
    # The first word of a letter's Unicode name is its script; Japanese writes three of them together.
    names = {unicodedata.name(letter, "").split(" ")[0] for letter in label if letter.isalpha()}
    return names - _JAPANESE | ({"CJK"} if names & _JAPANESE else set())


def _fold(text: str, kept: _Table) -> str:
    if text.isascii():
        # What is below comes to this, at a tenth of the time.
        return " ".join(text.lower().split())
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).translate(kept)).translate(_LETTERS)
    return _SPACES.sub(" ", composed.casefold().translate(_DIGITS)).strip()


def _kept(character: str, dropped: frozenset[int]) -> str:
    is_dropped = unicodedata.category(character) == "Cf" or unicodedata.combining(character) in dropped
    return "" if is_dropped else character


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


_STRICT = _Table(lambda character: _kept(character, _DROPPED_CLASSES))
_LOOSE = _Table(lambda character: _kept(character, _DROPPED_CLASSES | {_NUKTA}))
_DIGITS = _Table(_digit)
_OF_WORDS = _Table(lambda character: character if unicodedata.category(character)[0] in "LMN" else " ")
