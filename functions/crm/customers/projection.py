"""What the lists and the search hold because of one customer. Pure.

Entries hold what a page shows, and nothing that changes with a purchase. What moves with each contact is a family of
its own, so that a call rewrites two entries and a small state.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise, takewhile
from typing import Any

from crm.core import text
from crm.core.projection import EMPTY_RULES, Key, Projected, Rules
from crm.customers import tags, words
from crm.customers.similarity import can_be_meant

EVERYBODY = "CUSTOMERS"
BY_OWNER = "CUSTOMERS#owner"
NOBODY = "~"
"""Stands behind every owner's id, for the customers of nobody."""
NEVER = "-"
"""Stands before every instant, for who was never contacted; the day of the registration follows."""
_SHOWN = ("kind", "name", "email", "phone", "language", "owner")
# Folding can make eighteen letters of one, and a key holds 1024 bytes.
_LONGEST_NAME = 80
# In the search the word stands before it.
_LONGEST_SECOND_NAME = 40


def newest(pk: str) -> str:
    """The list of everybody, or of one owner's, by the time of registration."""
    return f"{pk}#newest"


def contacted(pk: str) -> str:
    """The list of everybody, or of one owner's, by the last contact."""
    return f"{pk}#last_contact"


def owned_by(owner: str) -> str:
    """What the lists of one member of staff's customers begin with."""
    return f"OWNER#{owner}"


def tagged(tag: str) -> str:
    """The list of the customers with a tag, however it is written."""
    return f"TAG#{tags.key(tag)}"


def speaking(language: str) -> str:
    """The list of the customers with a language."""
    return f"LANGUAGE#{language}"


def searched_under(word: str) -> str:
    """The part of the search index in which a word stands."""
    return f"SEARCH#{word[0]}"


def ending_like(word: str) -> str:
    """The part of the index of reversed words in which a word stands."""
    return f"ENDING#{word[-1]}"


def inside_under(end: str) -> str:
    """The part of the index of the ends of words in which an end stands."""
    return f"INSIDE#{end[0]}"


def project(item: Mapping[str, Any], _: object = None) -> Projected:
    """One entry in each list that moves only when somebody changes the profile: by name, by owner, newest."""
    entry, customer_id, name = _entry(item), _id(item), _name(item)
    # With a blank, so that Anna stands before Anna Maria.
    owner, by_name = item.get("owner"), f"{name} #{customer_id}"
    made_at = item.get("created_at") or NEVER
    by_time = f"{made_at}#{customer_id}"
    listings: dict[Key, Mapping[str, Any]] = {
        (EVERYBODY, by_name): entry,
        (BY_OWNER, f"{owner or NOBODY}#{by_name}"): entry,
        (newest(EVERYBODY), by_time): entry | {"created_at": made_at},
    }
    if owner:
        listings[newest(owned_by(owner)), by_time] = entry | {"created_at": made_at}
    if item.get("language"):
        listings[speaking(item["language"]), by_name] = entry
    by_tag = {(tagged(tag), by_name): entry for tag in item.get("tags") or ()}
    return Projected(listings=listings | by_tag, totals=tags.totals(item))


def project_contact(item: Mapping[str, Any], _: object = None) -> Projected:
    """One entry by the last contact among everybody, and one among the owner's."""
    at = (item.get("facts") or {}).get("last_contact_at")
    place = f"{at or NEVER + (item.get('created_at') or '')}#{_id(item)}"
    entry = _entry(item) | {"last_contact_at": at}
    lists = [EVERYBODY, *([owned_by(item["owner"])] if item.get("owner") else [])]
    return Projected(listings={(contacted(pk), place): entry for pk in lists})


def project_search(item: Mapping[str, Any], rules: Rules = EMPTY_RULES) -> Projected:
    """One entry under each word by which the customer can be found, and one under each end of a word.

    `words` is one text in which a blank stands before each, so that a filter can ask for beginnings and for parts;
    `shared` says how many letters a word has in common with the customer's word before it: of all the entries that a
    shorter beginning finds only the first is shown. Words of the name stand reversed as well, for who mistypes their
    beginning.
    """
    found = words.of_customer(item, searched=rules.searched)
    entry = _entry(item) | {"words": "".join(f" {word}" for word in found)}
    place = f"{_name(item)[:_LONGEST_SECOND_NAME]}#{_id(item)}"
    # Most share one number, and are one entry at several places.
    sharing = _Sharing(entry)
    forwards = {(searched_under(word), f"{word}#{place}"): sharing[shared] for word, shared in _with_shared(found)}
    inside = {
        (inside_under(end), f"{end}#{place}"): sharing[shared]
        for end, shared in _with_shared(words.ends_of_customer(item))
    }
    backwards = {
        (ending_like(word), f"{word[::-1]}#{place}"): entry
        for word in words.of_name(item["name"])
        if can_be_meant(word)
    }
    return Projected(listings=forwards | inside | backwards)


class _Sharing(dict[int, Mapping[str, Any]]):
    """An entry of the search by how much its word shares with the one before, each made once."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        super().__init__()
        self._entry = entry

    def __missing__(self, shared: int) -> Mapping[str, Any]:
        found = self[shared] = {**self._entry, "shared": shared}
        return found


def _with_shared(found: Iterable[str]) -> Iterable[tuple[str, int]]:
    """The words in order, each with how many letters it begins like the one before."""
    return ((word, _alike(before, word)) for before, word in pairwise(["", *sorted(found)]))


def _entry(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": _id(item), **{name: item[name] for name in _SHOWN if item.get(name) is not None}}


def _alike(before: str, word: str) -> int:
    """How many letters two words begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, word, strict=False)))


def _id(item: Mapping[str, Any]) -> str:
    return str(item["pk"]).partition("#")[2]


def _name(item: Mapping[str, Any]) -> str:
    return text.strict_key(item["name"])[:_LONGEST_NAME]
