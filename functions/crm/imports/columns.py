"""Where a table begins, and which field each of its columns holds: by the words above it, and by what stands in it."""

import re
from collections.abc import Sequence
from functools import lru_cache

from crm.core import text
from crm.imports import days, telling
from crm.imports.kinds import Field, Kind
from crm.imports.reading import Guess

_EMAIL = re.compile(r"(?:mailto:)?[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_PHONE = re.compile(r"\+?[\d\s().\-/]{7,20}", re.ASCII)
_NUMERIC = re.compile(r"[\d.,\s+-]+", re.ASCII)
_FIRST_ROWS = 20
_MOST = 0.8


def header_line(table: Sequence[tuple[int, Sequence[str]]], kind: Kind) -> tuple[Guess[bool], int]:
    """Whether there is a row of headers, and in which line. `table`: the first rows with the lines they begin in."""
    known = _known(kind)
    for line, cells in table[:_FIRST_ROWS]:
        named = sum(_plain(cell) in known or telling.is_head(cell) for cell in cells)
        if named and (named >= 2 or named * 2 >= sum(map(bool, cells))) and not any(map(_is_value, cells)):
            return Guess(True, 1.0, "its cells are names of fields"), line
    if not table:
        return Guess(False, 1.0, "there are no rows"), 0
    line, first = table[0]
    if any(map(_is_value, first)):
        return Guess(False, 0.97, "the first row holds an address, a number or a date"), 0
    below = [cells for _, cells in table[1:]]
    if any(_typed([row[index] for row in below if index < len(row)]) for index in range(len(first))):
        return Guess(True, 0.97, "the first row is words, and what stands below them is not"), line
    return Guess(True, 0.6, "nothing tells the first row from the others", (False,)), line


def fields(headers: Sequence[str], values: Sequence[Sequence[str]], kind: Kind) -> list[Guess[str]]:
    """For each column its field, "" for none. A field is given once, to the column that fits it best."""
    guesses = [_field(header, found, kind) for header, found in zip(headers, values, strict=True)]
    taken: dict[str, int] = {}
    for index in sorted(range(len(guesses)), key=lambda index: -guesses[index].certainty):
        guess = guesses[index]
        if not guess.value:
            continue
        if guess.value not in taken:
            taken[guess.value] = index
        elif guess.certainty < guesses[taken[guess.value]].certainty:
            guesses[index] = Guess("", 1.0, f"another column is surer to be {guess.value}", (guess.value,))
        else:
            guesses[index] = Guess("", 0.5, f"two columns are called {guess.value}", (guess.value,))
    return guesses


def _field(header: str, values: Sequence[str], kind: Kind) -> Guess[str]:
    if telling.is_head(header):
        return Guess("", 1.0, "it says why rows of another file were refused")
    if not values:
        return _by_name(header, kind) or Guess("", 1.0, "nothing stands in it")
    named = _by_name(header, kind)
    content = _by_content(values, kind)
    if named and content and _contradicts(kind.field(named.value), values):
        return Guess(named.value, 0.6, f"it is called {header}, but holds {content.value}", (content.value,))
    if named and (named.certainty == 1.0 or not content):
        return named
    return content or (Guess("", 1.0, "no field goes by this name") if header else Guess("", 0.5, "it has no name"))


def _by_name(header: str, kind: Kind) -> Guess[str] | None:
    plain = _plain(header)
    if not plain:
        return None
    if kind.is_own(header):
        return Guess(header, 1.0, "the words above it")
    known = _known(kind)
    if plain in known:
        return Guess(known[plain], 1.0, "the words above it")
    words = f" {plain} "
    near = [name for word, name in known.items() if f" {word} " in words and len(word) > 2]
    near = list(dict.fromkeys(sorted(near, key=lambda name: -len(name))))
    return Guess(near[0], 0.8, "some of the words above it", tuple(near[1:])) if near else None


def _by_content(values: Sequence[str], kind: Kind) -> Guess[str] | None:
    for type_, pattern in (("email", _EMAIL), ("phone", _PHONE)):
        share = sum(bool(pattern.fullmatch(text.ascii_digits(value))) for value in values) / len(values)
        field = next((field for field in kind.fields if field.type == type_), None)
        digits = type_ == "email" or sum(sum(c.isdigit() for c in value) >= 8 for value in values) > _MOST * len(values)
        if field and digits and share >= _MOST:
            certainty = 0.97 if type_ == "email" or all(value.startswith("+") for value in values) else 0.7
            return Guess(field.name, certainty, f"{share:.0%} of its cells look like it")
    return None


def _contradicts(field: Field | None, values: Sequence[str]) -> bool:
    """A column of a type that what stands in it is not: an e-mail column without any address."""
    pattern = {"email": _EMAIL, "phone": _PHONE}.get(field.type) if field else None
    if pattern:
        return not any(pattern.fullmatch(text.ascii_digits(value)) for value in values)
    return bool(field) and sum(bool(_EMAIL.fullmatch(value)) for value in values) > _MOST * len(values)


def _typed(values: Sequence[str]) -> bool:
    filled = [value for value in values if value]
    return bool(filled) and sum(map(_is_value, filled)) >= _MOST * len(filled)


def _is_value(cell: str) -> bool:
    plain = text.ascii_digits(cell)
    digits = any(map(str.isdigit, plain))
    return bool(_EMAIL.fullmatch(plain) or (digits and (_NUMERIC.fullmatch(plain) or days.fits(plain))))


def _plain(words: str) -> str:
    return " ".join(text.words(words))


@lru_cache(maxsize=16)
def _known(kind: Kind) -> dict[str, str]:
    """The field by each word for it, folded; of two fields with the same word the first has it."""
    pairs = [(_plain(word), field.name) for field in kind.fields for word in (field.name, *field.synonyms)]
    return dict(reversed(pairs))
