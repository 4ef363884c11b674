"""Which names are one slip of the finger away from what was typed. Pure.

A slip is a letter too many, one too few, a wrong one, or two neighbours that changed places (optimal string alignment
distance 1). Short words are not forgiven: nearly every name of four letters is a slip away from another.
"""

from collections.abc import Iterable

_SHORTEST_TYPED = 5
# One letter too many may have been typed.
_SHORTEST_MEANT = _SHORTEST_TYPED - 1
WHOLE, BEGINNING = 0, 1


def is_forgiven(typed: str) -> bool:
    """Whether a slip in this word is looked for: not in numbers and addresses, whose neighbours differ by one."""
    return len(typed) >= _SHORTEST_TYPED and not typed.isdecimal() and "@" not in typed


def can_be_meant(word: str) -> bool:
    """Whether a word of a name can be a slip away from one that is forgiven."""
    return len(word) >= _SHORTEST_MEANT and not word.isdecimal()


def halves(typed: str) -> tuple[str, str]:
    """The beginning and the end of a word, of which one slip can touch only one: a letter between them is left out.

    Two neighbours that changed places would else touch both.
    """
    middle = (len(typed) - 1) // 2
    return typed[:middle], typed[middle + 1 :]


def rank(looked_for: Iterable[str], *, words: str, name: list[str]) -> int | None:
    """How near a customer is to what was typed: WHOLE words, or only a BEGINNING of one; None where one does not fit.

    `words`: all words of the customer as the index holds them, a blank before each; `name`: those of the name.
    """
    ranks = [WHOLE if f" {typed}" in words else _slip(typed, name) for typed in looked_for]
    known = [one for one in ranks if one is not None]
    return max(known) if len(known) == len(ranks) else None


def _slip(typed: str, name: list[str]) -> int | None:
    if not is_forgiven(typed):
        return None
    if any(_is_near(typed, word) for word in name):
        return WHOLE
    # Whoever has not typed the whole word has typed one letter more or less of it than is right, or as many.
    sizes = (len(typed) - 1, len(typed), len(typed) + 1)
    return BEGINNING if any(_is_near(typed, word[:size]) for word in name for size in sizes) else None


def _is_near(typed: str, meant: str) -> bool:
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - tenths of a second, for a search that found nobody

    return OSA.distance(typed, meant, score_cutoff=1) <= 1
