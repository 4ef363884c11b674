"""Whether what an encoding makes of some bytes are words: that is how encodings of one byte a letter are told apart."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_MOST = 2000
_MISREAD = re.compile("[ÃÂØÙ×à][\u0080-\u00bf\u0152-\u0178\u2013-\u2122]")
# They stand around words in every script, and say nothing.
_AROUND = "“”‘’„‚‹›«»–—…•·€£°©®™§¿¡\u00a0\xad"
_UNSEEN = re.compile("[\x01-\x08\x0e-\x1b\x1c-\x1f\x7f]")
_MOST_UNSEEN = 0.03
_INSIDE = re.compile("[’\u200c\u200d\u200e\u200f\u05be]")
_NEUTRAL = 0.9
_NONE: frozenset[str] = frozenset()
_SCRIPTS = ("LATIN", "HEBREW", "ARABIC", "CYRILLIC", "GREEK")
_CASED = {"LATIN", "CYRILLIC", "GREEK"}
_ONLY_LAST = {"HEBREW": frozenset("ךםןףץ"), "ARABIC": frozenset("ةىےں"), "GREEK": frozenset("ς")}
_NEVER_LAST = {"HEBREW": frozenset("כמנצ")}
# Letters of Latin script that hardly any name has; they are what other encodings look like in this one.
_RARE = frozenset("þðÞÐÿŸýÝĺŕĹŔËƒªºµ")


def beyond_ascii(text: bytes) -> list[bytes]:
    """The first two thousand different runs of letters that are not ASCII alone."""
    found: dict[bytes, None] = {}
    for word in _WORD.finditer(text):
        found[word[0][:60]] = None
        if len(found) == _MOST:
            break
    return list(found)


def read_as_one_byte(cell: str) -> tuple[str, str] | None:
    """JosÃ© and José: the cell and what it was before its UTF-8 was read as cp1252."""
    if not _MISREAD.search(cell):
        return None
    try:
        return cell, cell.encode("cp1252").decode()
    except UnicodeError:
        return None


def are_written(text: str) -> bool:
    """Whether a text may be one that people keep: a program or a picture is full of signs that nobody sees.

    NUL is none of them: programs that write C strings into fixed places leave it behind them.
    """
    unseen = len(_UNSEEN.findall(text))
    return unseen <= _MOST_UNSEEN * (len(text) - text.count("\0"))


def scores(found: Sequence[str]) -> list[float]:
    """From 0 to 1 for each: whether it is a well-formed word. What says nothing counts little less than one.

    In scripts with capitals some names begin with one; where none does, another script is in its place.
    """
    bare = [_INSIDE.sub("", word.strip(_AROUND)) for word in found]
    bare = ["" if word.isascii() else word for word in bare]
    own = [word for word in bare if word and not any(map(str.isascii, word)) and _script(word) in _CASED]
    plain = len(own) > 1 and sum(word[0].isupper() for word in own) < 0.3 * len(own)
    return [_well_formed(word) * (0.1 if plain and not any(map(str.isascii, word)) else 1) for word in bare]


def _well_formed(word: str) -> float:
    script = _script(word)
    if script is None:
        return _NEUTRAL if not word else 0.0
    if script in _CASED and any(c.isupper() for c in word[1:]):
        return _capitals(word, script)
    if script in {"HEBREW", "ARABIC"} and any(map(unicodedata.combining, word)):
        # Points are for children and prayer books; but bytes of Arabic letters are points of Hebrew ones.
        return 0.1
    if script == "LATIN":
        return _latin(word)
    if set(word[:-1]) & _ONLY_LAST.get(script, _NONE):
        return 0.2
    return 0.7 if word[-1] in _NEVER_LAST.get(script, _NONE) and len(word) > 2 else 1.0


def _capitals(word: str, script: str) -> float:
    if word.isupper():
        return 1.0 if script == "LATIN" and any(map(str.isascii, word)) else 0.1
    # McKé, DeLaRuë: with small letters around it.
    camel = script == "LATIN" and all(a.islower() for a, b in pairwise(word) if b.isupper()) and word[-1].islower()
    return 0.4 if camel and word[0].isupper() else 0.0


def _latin(word: str) -> float:
    high = sum(not c.isascii() for c in word)
    if high == len(word) or (len(word) > 2 and high > 0.6 * len(word)):
        return 0.04 if len(word) > 1 else 0.3
    return 0.2 if _RARE & set(word) else 1.0


@lru_cache(maxsize=4096)
def _script(word: str) -> str | None:
    """The one script of all its letters; None for several, or for what is no letter."""
    scripts = {_of(character) for character in word}
    return next(iter(scripts)) if len(scripts) == 1 else None


@lru_cache(maxsize=1024)
def _of(character: str) -> str | None:
    if unicodedata.category(character)[0] not in "LM":
        return None
    name = unicodedata.name(character, "").split(" ")[0]
    return name if name in _SCRIPTS else None
