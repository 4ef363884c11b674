"""Counting who fits a rule, piece by piece over all customers, in calls that each do a bounded part. Pure.

The table is read in parallel segments of DynamoDB's Scan, which cut it by the hash of the partition key. So the
segments that are done are a fair sample of all customers, and what they hold can be raised to the whole.
"""

import json
import math
from dataclasses import dataclass, replace

from crm.core.projection import Key

LANES = 4
MOST_PIECES = 4096
_ITEMS_PER_PIECE = 2000
"""About a megabyte, which is what one Scan reads."""
_SAMPLE = 10
_TWO_DEVIATIONS = 1.96


@dataclass(frozen=True)
class Lane:
    """A piece under way: where it stands, and what it has found so far."""

    piece: int
    after: Key | None = None
    looked_at: int = 0
    members: int = 0


@dataclass(frozen=True)
class Count:
    """What has been found: in all pieces that are `done`, and in those under way. `begun` pieces were taken up."""

    pieces: int
    begun: int = 0
    done: int = 0
    looked_at: int = 0
    members: int = 0
    lanes: tuple[Lane, ...] = ()
    sample: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        return self.done == self.pieces

    @property
    def share(self) -> float:
        """The part of the table that is done, 0 to 1."""
        return self.done / self.pieces

    @property
    def found(self) -> int:
        """Members met so far: there are at least so many."""
        return self.members + sum(lane.members for lane in self.lanes)

    @property
    def met(self) -> int:
        """Customers looked at so far."""
        return self.looked_at + sum(lane.looked_at for lane in self.lanes)

    @property
    def estimate(self) -> int:
        """How many members there probably are; at least as many as were met."""
        return max(self.found, round(self.members / self.share)) if self.done else self.found

    @property
    def customers(self) -> int:
        """How many customers there probably are."""
        return max(self.met, round(self.looked_at / self.share)) if self.done else self.met

    @property
    def margin(self) -> int | None:
        """By how much the estimate is off at most in 19 of 20 cases: sampling by shares, binomial; None: unknown."""
        if self.is_complete:
            return 0
        if not self.done:
            return None
        return math.ceil(_TWO_DEVIATIONS * math.sqrt(max(self.members, 1) * (1 - self.share)) / self.share)

    def taken_up(self) -> "Count":
        """With as many pieces under way as there are lanes, while there are any left."""
        more = range(self.begun, min(self.pieces, self.begun + LANES - len(self.lanes)))
        return replace(self, begun=self.begun + len(more), lanes=(*self.lanes, *map(Lane, more)))

    def with_pages(self, pages: "list[tuple[Lane, list[str]]]") -> "Count":
        """After one page in every lane: the lanes as they stand now (`after` None: at the end), members met in each."""
        ended = [lane for lane, _ in pages if lane.after is None]
        met = [one for _, members in pages for one in members]
        return replace(
            self,
            done=self.done + len(ended),
            looked_at=self.looked_at + sum(lane.looked_at for lane in ended),
            members=self.members + sum(lane.members for lane in ended),
            lanes=tuple(lane for lane, _ in pages if lane.after is not None),
            sample=(*self.sample, *met)[:_SAMPLE],
        )


def begin(*, items: int) -> Count:
    """A count over a table of about so many items."""
    return Count(pieces=max(1, min(MOST_PIECES, items // _ITEMS_PER_PIECE)))


def to_text(count: Count) -> str:
    """A count under way, to go on with later."""
    lanes = [[lane.piece, lane.after, lane.looked_at, lane.members] for lane in count.lanes]
    figures = [count.pieces, count.begun, count.done, count.looked_at, count.members]
    return json.dumps([figures, lanes, count.sample], separators=(",", ":"))


def from_text(text: str) -> Count:
    """A count from its text."""
    (pieces, begun, done, looked_at, members), lanes, sample = json.loads(text)
    places = [(piece, (after[0], after[1]) if after else None, *rest) for piece, after, *rest in lanes]
    return Count(pieces, begun, done, looked_at, members, tuple(Lane(*place) for place in places), tuple(sample))
