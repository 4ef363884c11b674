"""Finding customers by the beginnings of words: one Query for a page.

The index is asked for the rarest word, and its entries hold all words of their customers, so DynamoDB itself leaves
out whom the other words do not fit. The order is that of the index: whose word is nearest to what was typed comes
first, then by name, then by id.
"""

from typing import Any

from crm.core import views
from crm.core.errors import InvalidFields
from crm.core.paging import PageRequest
from crm.core.views import Sieve, Where
from crm.customers import words
from crm.customers.projection import searched_under

# Of one customer several words may begin alike, and only the first entry is shown.
_SPARE = 20


def wanted(search: str) -> list[str]:
    """The words looked for, the rarest first. Raises InvalidFields where there are none or too many."""
    found = words.of_search(search)
    if not found:
        raise InvalidFields.one("search", "give at least one letter or digit")
    if len(found) > words.MOST_WANTED:
        raise InvalidFields.one("search", f"give at most {words.MOST_WANTED} words, the rarest")
    return found


def exact(
    request: PageRequest, looked_for: list[str], *, filters: tuple[Where, ...]
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of entries of whom all words fit, each customer once, and where to go on; it may be short."""
    rarest, *others = looked_for
    fitting = (*(Where("words", "contains", f" {word}") for word in others), *filters)
    first = Where("shared", "less", len(rarest))
    return views.query(
        searched_under(rarest),
        prefix=rarest,
        after=request.after,
        limit=request.limit,
        sieve=Sieve((first, *fitting), reads=None if fitting else 2 * request.limit + _SPARE),
        consistent=False,
    )
