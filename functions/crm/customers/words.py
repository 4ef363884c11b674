"""The words by which a customer is found, and the words of a search, folded and cut alike. Pure.

A word is found by any beginning, and by a part inside of it, which begins where one of its letters does, as its reader
sees them. Numbers stand without their leading zeros, in the index as in a search: that is what 0300, +92 300 and
00 92 300 have in common. So does what begins with a number, since a search may end there: 01a. Inside of a number
zeros are what they are.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import accumulate
from typing import Any, NamedTuple

from crm.core import text

# A key holds 1024 bytes, and one letter takes up to four.
_LONGEST = 60
# Of somebody whose name is a whole text the first words are the ones people know.
_MOST = 40
# Each end of a word is an entry: of a long name the first ones stand for all.
_MOST_ENDS = 60
MOST_WANTED = 20
# Of fewer there are too many: of ten thousand numbers a tenth hold any three digits.
_SHORTEST_PART, _SHORTEST_PART_OF_NUMBER = 3, 4
_NUMBER = re.compile(r"[\d+\-().,/]*\d[\d+\-().,/]*", re.ASCII)
_LEADING_ZEROS = re.compile(r"^0+(?=[0-9])")
_TRUNK_ZERO_IN_BRACKETS = "(0)"
_AROUND_ADDRESS = "<>()[]{},;:\"'"
_SCHEME = re.compile(r"https?://(www\.)?", re.IGNORECASE)
_CARDS = ("card_number", "card")
# ITU-T E.164, the list of assigned country codes: all others have three digits.
_SHORT_COUNTRY_CODE = re.compile(r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")
# Whoever types an address does not mean all others at its provider, and some names a tenth of all people bear.
_MANY_BEAR = """
com net org edu gmail googlemail yahoo hotmail outlook icloud live example the and company trading traders store shop
muhammad mohammad mohammed ahmed ahmad khan ali hussain begum islam kumar singh sharma das thapa cohen levi
محمد احمد خان علی حسین بیگم মোহাম্মদ ইসলাম বেগম খান আহমেদ शर्मा थापा कुमार श्रेष्ठ राई כהן לוי משה
"""
_FREQUENT = frozenset(_MANY_BEAR.split())
# Who looks for "mail" does not mean everybody at these.
_PROVIDERS = frozenset({"gmail", "googlemail", "yahoo", "hotmail", "outlook", "icloud", "example"})


class Sought(NamedTuple):
    """A word that is looked for: by what a word of the customer would begin with, and by what it would hold.

    `inside`: as it was typed, leading zeros and all; empty where it is too short to be looked for inside of words.
    `held_by`: of an address, with what the word that holds it goes on from there; else `inside` itself.
    """

    begins: str
    inside: str
    held_by: str

    @property
    def is_address(self) -> bool:
        """Whether it goes beyond a single word."""
        return self.inside != self.held_by

    def begins_in(self, words: str) -> bool:
        """Whether one of the words begins like this; a blank stands before each."""
        return f" {self.begins}" in words

    def fits(self, words: str) -> bool:
        """Whether one of the words begins like this, or holds it."""
        return self.begins_in(words) or (bool(self.inside) and self.inside in words)


def of_customer(profile: Mapping[str, Any], *, searched: Iterable[str] = ()) -> list[str]:
    """Every word of the phone number, the card, the e-mail address, the name and the own fields searched, each once."""
    custom = profile.get("custom") or {}
    cards = [_card(custom[name]) for name in _CARDS if custom.get(name) is not None]
    found = [*_of_phone(profile.get("phone") or ""), *(word for card in cards for word in _all_words(card))]
    found += [*_of_email(profile.get("email") or ""), *_all_words(profile["name"])]
    found += [word for name in searched for word in _all_words(_without_scheme(custom.get(name)))]
    # Those of records that were merged into this one, last: they are the first that are left out.
    for address in sorted(profile.get("other_addresses") or ()):
        found += _of_email(address) if "@" in address else _of_phone(address)
    return _distinct(found)[:_MOST]


def of_name(name: str) -> list[str]:
    """The words of a name alone, in order."""
    return _distinct(text.words(name))


def ends_of_customer(profile: Mapping[str, Any]) -> list[str]:
    """With what the words of the number, the name, the address and the card go on inside of them, each once.

    Of own fields and of the addresses of merged records there is none: they are found by beginnings.
    """
    custom = profile.get("custom") or {}
    local, _, domain = text.loose_key(profile.get("email") or "").strip(_AROUND_ADDRESS).partition("@")
    cards = [_card(custom[name]) for name in _CARDS if custom.get(name) is not None]
    name = text.words(profile["name"])
    found = [_ends_of(_of_phone(profile.get("phone") or "")[-1:], but=()), _ends_of(name, but=name)]
    found += [_ends_of(of_mail := text.words(local), but=(*of_mail, *name))]
    found += [_ends_of([word for word in text.words(domain) if word not in _PROVIDERS], but=name)]
    found += [_ends_of([word for word in _typed(card) if word.isdecimal()], but=()) for card in cards]
    return list(dict.fromkeys(end for ends in found for end in ends))[:_MOST_ENDS]


def sought(search: str) -> list[Sought]:
    """The words looked for, the rarest first; without those that another begins with."""
    wanted: dict[str, str] = {}
    for word in _typed(search):
        begins = word.lstrip("0") or word if word.isdecimal() else word
        wanted.setdefault(begins[:_LONGEST], word[:_LONGEST])
    kept = [word for word in wanted if not any(other != word and other.startswith(word) for other in wanted)]
    return [_sought(word, wanted[word]) for word in sorted(kept, key=lambda word: (-_rarity(word), word))]


def rarest_inside(looked_for: Iterable[Sought]) -> Sought | None:
    """By which of these the ends of words are to be asked; None where none is long enough."""
    return max((one for one in looked_for if one.inside), key=lambda one: _rarity_inside(one.held_by), default=None)


def _sought(begins: str, typed: str) -> Sought:
    if not _is_part(typed):
        return Sought(begins, "", "")
    pieces = text.words(typed) if "@" in typed else [typed]
    # Of an address the first piece may be the end of a word, all others begin one.
    ways = pieces[:1] if pieces and _is_part(pieces[0]) else pieces[1:]
    held_by = max(ways, key=len, default="")
    return Sought(begins, typed if held_by else "", held_by)


def _is_part(word: str) -> bool:
    return len(word) >= (_SHORTEST_PART_OF_NUMBER if word.isdecimal() else _SHORTEST_PART)


def _ends_of(found: Iterable[str], *, but: Iterable[str]) -> list[str]:
    """Each end of these words that begins where a letter does, the longest first; without words that stand alone."""
    whole = set(but)
    return [
        end
        for word in dict.fromkeys(word[:_LONGEST] for word in found)
        for start in list(accumulate(map(len, text.graphemes(word))))[:-1]
        if _is_part(end := word[start:]) and end not in whole
    ]


def _typed(given: str) -> Iterable[str]:
    """The words of a text as people type it: digits that only spaces and signs part are one number."""
    number, others = "", list[str]()
    for token in text.loose_key(given).split():
        if _NUMBER.fullmatch(token):
            number += "".join(c for c in token.replace(_TRUNK_ZERO_IN_BRACKETS, "") if c.isdecimal())
            continue
        if number and text.words(token):
            others.append(number)
            number = ""
        others += _parts(token)
    return [*others, number] if number else others


def _parts(token: str) -> list[str]:
    address = token.strip(_AROUND_ADDRESS)
    return [address] if "@" in address[1:] else text.words(token)


def _all_words(given: str) -> list[str]:
    """Whatever somebody may type who has the text before them: its words, and its digits as one number."""
    return [*text.words(given), *_typed(given)]


def national(digits: str) -> str:
    """The digits of a number in E.164 without the country's code."""
    short = _SHORT_COUNTRY_CODE.match(digits)
    return digits[short.end() if short else 3 :]


def _of_phone(phone: str) -> list[str]:
    """The digits with the country code and without it. The number is in E.164."""
    digits = phone.removeprefix("+")
    return [part for part in (digits, national(digits)) if part]


def _of_email(email: str) -> list[str]:
    """The whole address, which whoever types it means, and its parts."""
    address = text.loose_key(email).strip(_AROUND_ADDRESS)
    local, _, domain = address.partition("@")
    return [address, *_all_words(local), *text.words(domain)] if address else []


def _without_scheme(value: Any) -> str:
    return _SCHEME.sub("", value) if isinstance(value, str) else ""


def _card(number: Any) -> str:
    return (format(number, "f") if isinstance(number, Decimal) else str(number))[:_LONGEST]


def _distinct(words: Iterable[str]) -> list[str]:
    """The words cut to what a key holds, each once, those that begin with a number without leading zeros as well."""
    found: dict[str, None] = {}
    for word in words:
        found[word[:_LONGEST]] = None
        found[_LEADING_ZEROS.sub("", word)[:_LONGEST]] = None
    return list(found)


def _rarity_inside(word: str) -> int:
    """The higher, the fewer customers a part like this is likely to find; the last digits differ from all others."""
    return 3 * len(word) if word.isdecimal() else 2 * len(word) - (10 if word in _FREQUENT else 0)


def _rarity(word: str) -> int:
    """The higher, the fewer customers a beginning like this is likely to find. A guess: it costs time, never a hit."""
    if word.isdecimal():
        # The first digits of a number say the country and the network, which all neighbours share.
        return 3 * (len(word) - 4)
    frequent = any(known.startswith(word) for known in _FREQUENT)
    return 2 * len(word) - (20 if frequent else 0)
