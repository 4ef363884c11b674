"""Where what was typed stands in what is shown of a customer, for a page that marks it. Pure.

Texts are marked by whole letters as their reader sees them, however they are written: a search folds accents, points,
digits and look-alikes, so a place in the folded word says nothing by itself of the place in the written one.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from crm.core import text
from crm.customers import words
from crm.customers.words import Sought

Parts = list[tuple[str, bool]]
"""A text in pieces, each with whether it is what was looked for."""
_BETWEEN = " "


def in_entry(entry: Mapping[str, Any], search: str) -> dict[str, Parts]:
    """The name, the phone and the email of an entry, by what was typed into a search."""
    looked_for = words.sought(search)
    return {
        "name": in_name(str(entry["name"]), looked_for),
        "phone": in_number(entry.get("phone") or "", looked_for),
        "email": in_address(entry.get("email") or "", looked_for),
    }


def in_name(name: str, looked_for: Iterable[Sought]) -> Parts:
    """A name: beginnings of its words, and where a word begins none of them the parts inside."""
    letters = text.graphemes(name)
    folded = [(letter, text.loose_key(letter)) for letter in letters]
    # What only stretches a word folds to nothing, and parts no words.
    parted = [key if text.words(key) or letter[0].isalpha() else _BETWEEN for letter, key in folded]
    return _marked(letters, parted, looked_for)


def in_address(address: str, looked_for: Iterable[Sought]) -> Parts:
    """An e-mail address: as a name, and what was typed with its @ as it stands there."""
    wanted = list(looked_for)
    whole = [one for one in wanted if "@" in one.begins]
    letters = text.graphemes(address)
    folded = [text.loose_key(letter) for letter in letters]
    found = set(_places(folded, [one.begins for one in whole]))
    if not found:
        return in_name(address, wanted)
    return _pieces(letters, found)


def in_number(number: str, looked_for: Iterable[Sought]) -> Parts:
    """A number in E.164: its beginning, with or without the country's code, else digits inside."""
    digits = [text.loose_key(letter) if letter.isdecimal() else "" for letter in number]
    local = words.national("".join(digits))
    behind = len("".join(digits)) - len(local)
    found = set[int]()
    for one in looked_for:
        if not one.begins.isdecimal():
            continue
        starts = [at for at in (0, behind) if "".join(digits)[at:].startswith(one.begins)]
        places = [place for place, digit in enumerate(digits) if digit]
        if starts:
            found.update(places[starts[0] : starts[0] + len(one.begins)])
        elif one.inside:
            found.update(_places(digits, [one.inside]))
    return _pieces(list(number), found)


def _marked(letters: list[str], folded: list[str], looked_for: Iterable[Sought]) -> Parts:
    found = set[int]()
    for one in looked_for:
        begun = list(_places(folded, [one.begins], begins=True))
        found.update(begun or (_places(folded, [one.inside]) if one.inside else ()))
    return _pieces(letters, found)


def _places(folded: list[str], wanted: Iterable[str], *, begins: bool = False) -> Iterator[int]:
    """The letters in which one of these stands, from where a letter begins; `begins`: from where a word does."""
    starts = [sum(map(len, folded[:place])) for place in range(len(folded) + 1)]
    whole = "".join(folded)
    for one in wanted:
        for place, start in enumerate(starts[:-1]):
            # A word that begins with a number is found without its zeros.
            before = whole[:start].rstrip("0") if one[:1].isdecimal() else whole[:start]
            if whole.startswith(one, start) and (not begins or before[-1:] in {"", _BETWEEN}):
                end = start + len(one)
                yield from (at for at in range(place, len(folded)) if starts[at] < end)


def _pieces(letters: list[str], found: set[int]) -> Parts:
    numbered = groupby(range(len(letters)), key=lambda place: place in found)
    return [("".join(letters[place] for place in places), is_found) for is_found, places in numbered]
