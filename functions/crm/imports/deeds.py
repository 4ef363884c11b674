"""What rows come to: a deed does one thing to one customer for all rows of a piece that are about the same."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from crm.core import reason as reasons
from crm.core.reason import NONE, Reason

Result = Literal["created", "changed", "skipped", "refused", "undone", "kept"]
_REASONS = ("reason", "remedy")
UNDOING: tuple[Result, ...] = ("undone", "kept")


@dataclass(frozen=True)
class Outcome:
    """What one row comes to. `first_line`: an earlier row is about the same. `known`: the store knew them."""

    line: int
    result: Result
    customer: str = ""
    column: str = ""
    reason: Reason = NONE
    remedy: Reason = NONE
    first_line: int = 0
    known: bool = False


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


def refused(line: int, reason: Reason, remedy: Reason, *, column: str = "") -> Deed:
    """A row that is not taken."""
    return Deed((Outcome(line, "refused", column=column, reason=reason, remedy=remedy),))


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
    return {**told, **{name: reasons.kept(told[name]) for name in _REASONS if name in told}}


def _read(stored: dict[str, Any]) -> Outcome:
    return Outcome(**{**stored, **{name: reasons.of(stored[name]) for name in _REASONS if name in stored}})


def counts(deeds: Iterable[Deed]) -> dict[str, int]:
    """Rows by result, and how many are about somebody the file, or the store, had before."""
    found: dict[str, int] = {}
    for outcome in (outcome for deed in deeds for outcome in deed.outcomes):
        names = (outcome.result, "in_file" if outcome.first_line else "", "in_store" if outcome.known else "")
        for name in filter(None, names):
            found[name] = found.get(name, 0) + 1
    return found
