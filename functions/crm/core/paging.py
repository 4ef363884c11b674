"""Pages and their cursors.

A cursor holds only the place in the list where the last page ended, sealed and signed together with which list of which
caller it belongs to; partition keys come from the request, so an edited or borrowed cursor opens nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pynamodb.pagination import ResultIterator

from crm.core import signing, table
from crm.core.errors import ForeignCursor

Item = TypeVar("Item")
Stored = TypeVar("Stored", bound=table.CrmItem)

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200
# Of what somebody does not see so much is read over for one page.
_MOST_ASKS = 40
_AT_ONCE = 100


@dataclass(frozen=True)
class PageRequest:
    """How much of which list is asked for. `scope` names the list, its filters and the caller.

    `named` is where the cursor stood: the name of a parameter, or the JSON pointer of a field of the body.
    """

    scope: str
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    named: str = "cursor"

    @property
    def after(self) -> str | None:
        """Where the page starts: the sort key that ended the page before. Raises ForeignCursor."""
        if self.cursor is None:
            return None
        try:
            return signing.unseal(f"cursor:{self.scope}", self.cursor).decode()
        except (signing.BadToken, UnicodeDecodeError) as bad:
            raise ForeignCursor.at(self.named) from bad

    def cursor_at(self, place: str | None) -> str | None:
        """The cursor for the page after `place`; None where the list ends."""
        return None if place is None else signing.seal(f"cursor:{self.scope}", place.encode())


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some entries of a list and the cursor of the next page, if there is one."""

    items: list[Item]
    next: str | None


def of_partition(
    model: type[Stored], pk: str, begin: str, *, after: str | None, limit: int, newest_first: bool = False
) -> tuple[list[Stored], str | None]:
    """Up to `limit` items of a partition whose sort keys begin so, behind one of them, and where more may be."""
    answer: ResultIterator[Stored] = model.query(
        pk,
        model.sk.startswith(begin),
        scan_index_forward=not newest_first,
        limit=limit,
        page_size=limit,
        consistent_read=True,
        last_evaluated_key=table.to_item({"pk": pk, "sk": after}) if after else None,
    )
    found = list(answer)
    last = answer.last_evaluated_key
    return found, last["sk"]["S"] if last else None


def filled(
    ask: Callable[[str | None, int], tuple[list[tuple[str, Item]], str | None]],
    *,
    after: str | None,
    limit: int,
    sees_all: bool,
) -> tuple[list[Item], str | None]:
    """A page of a list of which not everybody sees everything, and where to go on.

    `ask(after, most)` reads up to so many entries, leaves out what the caller does not see, and says where it stands.
    Who sees all gets what it finds. For who does not, a short or empty page before the end of the list, or a next page
    with nothing on it, would tell how much is left out: so it reads on until the page is full and one more is found.
    """
    if sees_all:
        entries, place = ask(after, limit)
        return [item for _, item in entries], place
    found, place = list[tuple[str, Item]](), after
    for _ in range(_MOST_ASKS):
        more, place = ask(place, max(limit, _AT_ONCE))
        found += more
        if place is None or len(found) > limit:
            break
    page = [item for _, item in found[:limit]]
    return page, found[limit - 1][0] if len(found) > limit else place
