"""A run of a job over everything, its pieces, and the pages that its messages carry.

Runs and pieces stand in ViewsTable, one partition for each job: whoever asks how far a job is makes one Query.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from crm.core import table
from crm.core.projection import Key

Tally = Mapping[str, Decimal | int]
"""What a job counts on its way, by name: of each page once, however often the page was done. Some thousand names."""
Facts = Mapping[str, str | int]
"""What a run was told, and every message of it carries."""

RUN = "RUN"
ZERO = Decimal(0)


@dataclass(frozen=True)
class Run:
    """One time through everything. `rank`: a run of a higher rank takes the place of this one.

    `by` is the id of the request that began it; `expected`: how many keys the last complete run found, 0: unknown.
    """

    job: str
    id: str
    rank: int
    pieces: int
    by: str
    begun_at: str
    expected: int = 0
    finished_at: str | None = None
    done: int = 0
    facts: Facts = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


@dataclass(frozen=True)
class Piece:
    """How far one piece of a run is: at the page of number `step` that came of `reading`, `after` which may be more.

    The place stands here and not in messages: the key at which a page happens to end may be anything, such as
    somebody's e-mail address, and messages live long.
    """

    run: str
    number: int
    step: int = 0
    reading: str = ""
    after: Key | None = None
    done: int = 0
    is_finished: bool = False
    tally: Tally = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """The work of one message: the keys to be done, `ahead` of which others of the same page have been done already.

    `reading` is the id of the time when they were read: of several readings of a page the piece goes on with one.
    `is_first`: no keys yet, the next page is the first of all. `after` is a place that only messages carry which were
    sent before places stood with the piece.
    """

    job: str
    run: str
    piece: int
    pieces: int
    step: int
    keys: tuple[Key, ...]
    reading: str = ""
    ahead: int = 0
    is_first: bool = False
    is_last: bool = False
    facts: Facts = field(default_factory=dict)
    after: Key | None = None

    def following(self, keys: tuple[Key, ...], *, reading: str, ahead: int, is_last: bool) -> "Page":
        """The page that its chain goes on with."""
        page = replace(self, step=self.step + 1, keys=keys, is_first=False, is_last=is_last, after=None)
        return replace(page, reading=reading, ahead=ahead)


def first_page(run: Run, piece: int) -> Page:
    """The page that a piece begins with."""
    return Page(run.job, run.id, piece, run.pieces, 0, (), is_first=True, facts=run.facts)


def to_message(page: Page) -> dict[str, Any]:
    """A page as a message's body."""
    return {
        "job": page.job,
        "run": page.run,
        "piece": page.piece,
        "pieces": page.pieces,
        "step": page.step,
        "keys": [list(key) for key in page.keys],
        "reading": page.reading,
        "ahead": page.ahead,
        "is_first": page.is_first,
        "is_last": page.is_last,
        "facts": dict(page.facts),
    }


def from_message(message: Mapping[str, Any]) -> Page:
    """A page from a message's body, also from one that carries its place and not whether it is the last."""
    named = {name: message[name] for name in ("job", "run", "piece", "pieces", "step", "is_first", "facts")}
    named |= {name: message[name] for name in ("reading", "ahead") if name in message}
    keys = tuple((pk, sk) for pk, sk in message["keys"])
    place = message.get("after")
    is_last = message.get("is_last", place is None and not message["is_first"])
    return Page(**named, keys=keys, is_last=is_last, after=(place[0], place[1]) if place else None)


def partition(job: str) -> str:
    """Where the run and the pieces of a job stand."""
    return f"JOB#{job}"


def run_key(job: str) -> Key:
    """Where the latest run of a job stands."""
    return partition(job), RUN


def piece_key(job: str, number: int) -> Key:
    """Where a piece of the latest run stands."""
    return partition(job), f"PIECE#{number:02}"


def run_item(run: Run) -> dict[str, Any]:
    """A run as a low-level item."""
    return table.to_item({**dict(zip(("pk", "sk"), run_key(run.job), strict=True)), **vars(run)})


def piece_item(job: str, piece: Piece) -> dict[str, Any]:
    """A piece as a low-level item."""
    return table.to_item({**dict(zip(("pk", "sk"), piece_key(job, piece.number), strict=True)), **vars(piece)})


def to_run(values: Mapping[str, Any]) -> Run:
    """A run from plain values."""
    named: dict[str, Any] = {name: values[name] for name in ("job", "id", "by", "begun_at")}
    named |= {name: int(values[name]) for name in ("rank", "pieces", "expected", "done")}
    facts = {name: int(fact) if isinstance(fact, Decimal) else fact for name, fact in values["facts"].items()}
    return Run(**named, finished_at=values.get("finished_at"), facts=facts)


def to_piece(values: Mapping[str, Any]) -> Piece:
    """A piece from plain values."""
    counts = {name: int(values[name]) for name in ("number", "step", "done")}
    place = values.get("after")
    return Piece(
        values["run"],
        **counts,
        reading=values.get("reading", ""),
        after=(place[0], place[1]) if place else None,
        is_finished=values["is_finished"],
        tally=values["tally"],
    )


def added(*tallies: Tally) -> dict[str, Decimal]:
    """Several tallies as one."""
    found: dict[str, Decimal] = {}
    for tally in tallies:
        for name, amount in tally.items():
            found[name] = found.get(name, ZERO) + amount
    return found
