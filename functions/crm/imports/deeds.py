"""What rows come to: a deed does one thing to one customer for all rows of a piece that are about the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from crm.core import reason as reasons
from crm.core.reason import NONE, Reason, all_of

Result = Literal["created", "changed", "skipped", "refused", "undone", "kept"]
_REASONS = ("reason", "remedy")
UNDOING: tuple[Result, ...] = ("undone", "kept")


@dataclass(frozen=True)
class Fault:
    """One thing for which a row is refused, and the remedy. `column` is a header; empty: the row as a whole."""

    column: str
    reason: Reason
    remedy: Reason


@dataclass(frozen=True)
class Outcome:
    """What one row comes to. `first_line`: an earlier row is about the same. `known`: the store knew them.

    Of a row that is refused for several things `reason` and `remedy` are all of them, `column` is the first one's, and
    `faults` has each by itself.
    """

    line: int
    result: Result
    customer: str = ""
    column: str = ""
    reason: Reason = NONE
    remedy: Reason = NONE
    first_line: int = 0
    known: bool = False
    faults: tuple[Fault, ...] = ()

    @property
    def each(self) -> tuple[Fault, ...]:
        """What is wrong with the row, one after another; of what is not refused nothing."""
        if self.result != "refused":
            return ()
        return self.faults or (Fault(self.column, self.reason, self.remedy),)


@dataclass(frozen=True)
class Deed:
    """One thing to do. `does` nothing where all of its rows are skipped or refused.

    `customer` is empty until it is made, from `fields`. `version` is that of the profile when the deed was planned, and
    after it was done, the one that it made. `said_at`: since when the values are true. `events`: {line, key, values};
    of a relation {line, other, values} and, where it is changed, what it said {before}.
    """

    outcomes: tuple[Outcome, ...]
    does: Literal["register", "change", "record", "relate", "nothing"] = "nothing"
    customer: str = ""
    version: int = 0
    fields: dict[str, Any] = field(default_factory=dict)
    said_at: str = ""
    reference: str = ""
    shares_address: bool = False
    events: tuple[dict[str, Any], ...] = ()

    @property
    def line(self) -> int:
        """The line of its first row, by which what it makes is recognised."""
        return self.outcomes[0].line


def refused(lines: Iterable[int], faults: Sequence[Fault]) -> Deed:
    """Rows that are not taken, all for the same."""
    return Deed(tuple(_refused(line, tuple(faults)) for line in lines))


def _refused(line: int, faults: tuple[Fault, ...]) -> Outcome:
    return Outcome(
        line,
        "refused",
        column=next((one.column for one in faults if one.column), ""),
        reason=all_of(one.reason for one in faults),
        remedy=all_of(one.remedy for one in faults if one.remedy),
        faults=faults if len(faults) > 1 else (),
    )


def to_json(deed: Deed) -> dict[str, Any]:
    """A deed as JSON, without what is empty."""
    document = {name: value for name, value in vars(deed).items() if value and name != "outcomes"}
    return {**document, "outcomes": [_outcome(one) for one in deed.outcomes]}


def from_json(document: dict[str, Any]) -> Deed:
    """A deed from JSON."""
    outcomes = tuple(_read(one) for one in document["outcomes"])
    return Deed(**{**document, "outcomes": outcomes, "events": tuple(document.get("events", ()))})


def _outcome(one: Outcome) -> dict[str, Any]:
    told = {name: value for name, value in vars(one).items() if value}
    told |= {name: reasons.kept(told[name]) for name in _REASONS if name in told}
    faults = [[fault.column, reasons.kept(fault.reason), reasons.kept(fault.remedy)] for fault in one.faults]
    return {**told, "faults": faults} if faults else told


def _read(stored: dict[str, Any]) -> Outcome:
    told = {name: reasons.of(stored[name]) for name in _REASONS if name in stored}
    faults = tuple(Fault(column, reasons.of(why), reasons.of(what)) for column, why, what in stored.get("faults", ()))
    return Outcome(**{**stored, **told, "faults": faults})


def counts(deeds: Iterable[Deed]) -> dict[str, int]:
    """Rows by result, and how many are about somebody the file, or the store, had before."""
    found: dict[str, int] = {}
    for outcome in (outcome for deed in deeds for outcome in deed.outcomes):
        names = (outcome.result, "in_file" if outcome.first_line else "", "in_store" if outcome.known else "")
        for name in filter(None, names):
            found[name] = found.get(name, 0) + 1
    return found
