"""Adds up the faults that the tests of a run have met, and says so at its end."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.support import faults

_PROPERTY = "fault: "


@pytest.fixture(autouse=True)
def faults_are_counted(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Notes with each test how many faults of each kind it met; notes travel from the workers of a parallel run."""
    before = Counter(faults.MET)
    yield
    for kind, count in (faults.MET - before).items():
        record_property(_PROPERTY + kind, count)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a kind. What a test met is noted when it ends, so it is in the report of its teardown."""
    met: Counter[str] = Counter()
    for report in terminalreporter.stats.get("", []):
        if getattr(report, "when", None) == "teardown":
            met.update({kind: count for kind, count in report.user_properties if kind.startswith(_PROPERTY)})
    for kind, count in sorted(met.items()):
        terminalreporter.write_line(f"faults met: {count} x {kind.removeprefix(_PROPERTY)}")
