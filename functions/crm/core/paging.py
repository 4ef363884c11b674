"""Pages and their cursors.

A cursor holds only the place in the list where the last page ended, signed together with which list of which caller
it belongs to; partition keys come from the request, so an edited or borrowed cursor opens nothing else.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from crm.core import signing
from crm.core.errors import InvalidFields

Item = TypeVar("Item")

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200


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
        """Where the page starts: the sort key that ended the page before. Raises InvalidFields on a foreign cursor."""
        if self.cursor is None:
            return None
        try:
            return signing.verify(f"cursor:{self.scope}", self.cursor).decode()
        except (signing.BadToken, UnicodeDecodeError) as bad:
            raise InvalidFields.one(self.named, "not a cursor of this list; ask for the first page again") from bad

    def cursor_at(self, place: str | None) -> str | None:
        """The cursor for the page after `place`; None where the list ends."""
        return None if place is None else signing.sign(f"cursor:{self.scope}", place.encode())


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some entries of a list and the cursor of the next page, if there is one."""

    items: list[Item]
    next: str | None
