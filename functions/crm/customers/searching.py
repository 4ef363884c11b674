"""Finding customers by the beginnings of words: one Query for a page.

The index is asked for the rarest word, and its entries hold all words of their customers, so DynamoDB itself leaves
out whom the other words do not fit. The order is that of the index: whose word is nearest to what was typed comes
first, then by name, then by id.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crm.core import views
from crm.core.errors import InvalidFields
from crm.core.views import Sieve, Where
from crm.customers import similarity, words
from crm.customers.projection import ending_like, searched_under

# Of one customer several words may begin alike, and only the first entry is shown.
_SPARE = 20
# More than a megabyte holds.
_CANDIDATES = 10_000


def wanted(search: str) -> list[str]:
    """The words looked for, the rarest first. Raises InvalidFields where there are none or too many."""
    found = words.of_search(search)
    if not found:
        raise InvalidFields.one("search", "give at least one letter or digit")
    if len(found) > words.MOST_WANTED:
        raise InvalidFields.one("search", f"give at most {words.MOST_WANTED} words, the rarest")
    return found


def exact(
    looked_for: list[str], filters: tuple[Where, ...], after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of entries of whom all words fit, each customer once, and where to go on; it may be short."""
    rarest, *others = looked_for
    fitting = (*_having(others), *filters)
    first = Where("shared", "less", len(rarest))
    return views.query(
        searched_under(rarest),
        prefix=rarest,
        after=after,
        limit=limit,
        sieve=Sieve((first, *fitting), reads=None if fitting else 2 * limit + _SPARE),
        consistent=False,
    )


def fits(looked_for: list[str], entry: Mapping[str, Any]) -> bool:
    """Whether each word begins one of the name, the address or the number that an entry shows."""
    shown = words.of_customer(entry)
    return all(any(word.startswith(one) for word in shown) for one in looked_for)


def similar(looked_for: list[str], *, filters: tuple[Where, ...], limit: int) -> tuple[list[dict[str, Any]], bool]:
    """Entries of whom the words fit but for one slip of the finger each, the nearest first; and whether these are all.

    Two Queries. One word: the slip is in the first half, and the end of the word is right, or the beginning is. Of
    several words one of the two rarest must be right. Each Query takes a megabyte, which may not be all there is.
    """
    found: dict[str, dict[str, Any]] = {}
    complete = True
    for pk, prefix, others in _ways(looked_for):
        exactly = [word for word in others if not similarity.is_forgiven(word)]
        sieve = Sieve((*_having(exactly), *filters))
        entries, place = views.query(pk, prefix=prefix, after=None, limit=_CANDIDATES, sieve=sieve, consistent=False)
        found |= {entry["id"]: entry for entry in entries}
        complete = complete and place is None
    ranked = sorted(
        (rank, entry["sk"].partition("#")[2], entry["id"])
        for entry in found.values()
        if (rank := similarity.rank(looked_for, words=entry["words"], name=words.of_name(entry["name"]))) is not None
    )
    return [found[customer_id] for *_, customer_id in ranked[:limit]], complete and len(ranked) <= limit


def _ways(looked_for: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Which parts of the index to ask for which beginning, and the words that are left to compare."""
    if len(looked_for) == 1:
        if similarity.is_forgiven(looked_for[0]):
            head, tail = similarity.halves(looked_for[0])
            yield searched_under(head), head, []
            yield ending_like(tail), tail[::-1], []
        return
    for right in looked_for[:2]:
        others = [word for word in looked_for if word != right]
        if any(map(similarity.is_forgiven, others)):
            yield searched_under(right), right, others


def _having(looked_for: Iterable[str]) -> tuple[Where, ...]:
    return tuple(Where("words", "contains", f" {word}") for word in looked_for)
