"""Projects the items whose day has come: a message for a small shop, a chain for each part of the entries for a large.

An entry goes when its item is projected. So whoever is killed leaves the rest of the entries for the message that
comes again, or else for the next day's; and an item that cannot be projected waits with its entry.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.core import views
from crm.views import waking
from crm.views.refresh import refresh_batch
from crm.views.state import source_of

_PAGE = 200


@dataclass(frozen=True)
class Piece:
    """The work of one message: a page of one part of the entries up to `day`, behind the sort key `after`."""

    day: str
    part: int
    after: str | None = None


def pieces_of(day: str) -> list[Piece]:
    """All that is to be done by a day."""
    return [Piece(date.fromisoformat(day).isoformat(), part) for part in range(waking.PARTS)]


def piece_of(message: Mapping[str, Any]) -> Piece:
    """The piece that a message carries."""
    return Piece(message["day"], message["part"], message["after"])


def do(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Project the items of these pieces; the pieces that are left. Raises the store's passing errors."""
    for piece in pieces:
        entries, place = views.query(
            waking.partition(piece.part), after=piece.after, until=waking.last_of(piece.day), limit=_PAGE
        )
        failed = refresh_batch(source_of(entry["of"])[0] for entry in entries)
        for error in failed.values():
            raise error
        if place is not None:
            yield Piece(piece.day, piece.part, place)
