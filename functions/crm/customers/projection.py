"""What the lists and the search hold because of one customer. Pure."""

from collections.abc import Mapping
from typing import Any

from crm.core import text
from crm.core.projection import Projected

EVERYBODY = "CUSTOMERS"
_SHOWN = ("kind", "name", "email", "phone", "language", "owner")
# Folding can make eighteen letters of one, and a key holds 1024 bytes.
_LONGEST_NAME = 80
_LONGEST_WORD = 60
_MOST_WORDS = 30
# Searched with or without the country code: the number's last digits, too, begin a word.
_NATIONAL_DIGITS = 10


def owned_by(owner: str) -> str:
    """The list of the customers of one member of staff."""
    return f"OWNER#{owner}"


def searched_under(word: str) -> str:
    """The part of the search index in which a word stands."""
    return f"SEARCH#{word[0]}"


def project(item: Mapping[str, Any], _: object = None) -> Projected:
    """One entry by name, one under the owner, and one under each word by which the customer can be found."""
    customer_id = item["pk"].partition("#")[2]
    shown = {name: item[name] for name in _SHOWN if name in item} | {"id": customer_id}
    by_name = f"{text.strict_key(item['name'])[:_LONGEST_NAME]}#{customer_id}"
    listings = {(EVERYBODY, by_name): shown}
    if "owner" in item:
        listings[owned_by(item["owner"]), by_name] = shown
    found_by = _words(item)
    for word in found_by:
        listings[searched_under(word), f"{word}#{customer_id}"] = shown | {"words": found_by}
    return Projected(listings=listings, totals={})


def _words(item: Mapping[str, Any]) -> list[str]:
    found = text.words(item["name"]) + text.words(item.get("email", ""))
    digits = item.get("phone", "").removeprefix("+")
    if digits:
        found += [digits, digits[-_NATIONAL_DIGITS:], "0" + digits[-_NATIONAL_DIGITS:]]
    return sorted({word[:_LONGEST_WORD] for word in found})[:_MOST_WORDS]
