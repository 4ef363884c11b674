"""What became of everything that was due in a simulated period, by occasion."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.cloud import printed
from tests.support.witness import SENT, may_repeat

if TYPE_CHECKING:
    from tests.simulation.digests import Digests
    from tests.simulation.history import History


@dataclass
class Report:
    """By occasion: due, and what became of it; messages that were not due; broken promises; what happened."""

    rows: dict[str, Counter[str]]
    extra: list[str]
    broken: list[str]
    met: Counter[str]
    digest: str
    dead: int

    def lines(self) -> list[str]:
        """The report as text."""
        found = []
        for occasion, row in sorted(self.rows.items()):
            outcomes = ", ".join(f"{name} {count}" for name, count in sorted(row.items()) if name != "due" and count)
            found.append(f"{occasion:20} due {row['due']:6}   doubled {row['doubled']}   {outcomes}")
        total = sum((Counter(row) for row in self.rows.values()), Counter())
        ended = sum(count for name, count in total.items() if name not in {"due", "doubled"})
        found.append(f"{'all':20} due {total['due']:6}   doubled {total['doubled']}   sum of outcomes {ended}")
        found.append("met: " + ", ".join(f"{count} {name}" for name, count in sorted(self.met.items())))
        found.append(f"not due, and yet on record: {len(self.extra)} {self.extra[:3]}")
        found.append(f"broken promises: {len(self.broken)} {self.broken[:3]}; dead letters: {self.dead}")
        return [*found, f"digest {self.digest}"]

    @property
    def missing(self) -> int:
        """How many were due and left no trace."""
        return sum(row["missing"] for row in self.rows.values())

    @property
    def doubled(self) -> int:
        """How many greetings went out twice."""
        return sum(row["doubled"] for row in self.rows.values())

    @property
    def is_well(self) -> bool:
        """Nothing missing, nothing doubled, nothing that was not due, no promise broken."""
        return not (self.missing or self.doubled or self.extra or self.broken or self.dead)


def of(history: History, digests: Digests) -> Report:
    """The report on a history that has come to its end."""
    states, taken = history.witness.states_of_all(), history.witness.taken
    erased = {f"customer_{person.id}_" for person in history.persons if person.erased}
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for key, occasion in history.due.items():
        row = rows[occasion]
        row["due"] += 1
        row["doubled"] += taken[key] > 1 and not may_repeat(key)
        row[_outcome(states.get(key), any(key.startswith(one) for one in erased))] += 1
    for task, told in digests.ended():
        row = rows[task.occasion]
        row["due"] += 1
        row["sent" if told else _outcome(states.get(task.key), False)] += 1
    extra = sorted(states.keys() - history.due.keys() - digests.alone)
    seen = [[key, printed(message["history"])] for key, message in sorted(states.items())]
    return Report(rows, extra, history.witness.broken, history.met, _digest([seen, taken]), len(history.cloud.dead))


def together(reports: Iterable[Report]) -> Report:
    """One report on several shops, in their order."""
    all_of = list(reports)
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for report in all_of:
        for occasion, row in report.rows.items():
            rows[occasion].update(row)
    return Report(
        rows,
        [key for report in all_of for key in report.extra],
        [sentence for report in all_of for sentence in report.broken],
        sum((report.met for report in all_of), Counter()),
        _digest([report.digest for report in all_of]),
        sum(report.dead for report in all_of),
    )


def _digest(document: Any) -> str:
    return hashlib.sha256(printed(document).encode()).hexdigest()[:16]


def _outcome(message: Mapping[str, Any] | None, erased: bool) -> str:
    if message is None:
        return "erased" if erased else "missing"
    state = str(message["state"])
    if state in SENT:
        return "sent"
    # Held back when the period ended: a row counts what was due under that name already.
    named = "waiting" if state == "due" else state
    return f"{named} ({message.get('reason_code')})" if state in {"withheld", "expired", "due"} else named
